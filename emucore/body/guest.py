"""What an engine runs: a body, and the hooks at which it stops."""

from __future__ import annotations

from emucore.body.body import Body
from emucore.body.hooks import Hooks


class Guest(Body):
    """A body with hooks."""

    def _attach(self) -> None:
        super()._attach()
        self.hooks = Hooks(self)
