"""What an engine runs: a body, and the hooks at which it stops."""

from __future__ import annotations

from emucore.body.body import Body
from emucore.body.hooks import Hooks
from emucore.kernel import layout as k


class Guest(Body):
    """A body with hooks."""

    def _attach(self) -> None:
        super()._attach()
        self.hooks = Hooks(self)
        #: What a hook raised amid an instruction.
        self._raised: BaseException | None = None

    def call_hooks(self) -> None:
        """Engines call this where a CPU stops at a hook amid another's instruction.

        What a hook raises comes out of the run when that instruction is complete.
        """
        try:
            self.hooks.call()  # after one that raised, the CPU stops there again for the others
        except BaseException as error:
            self._raised = self._raised or error
        if self.ending:
            self.hooks.pass_by()
        if self.ending or self._raised is not None:
            self.words[k.YIELD] = 1
