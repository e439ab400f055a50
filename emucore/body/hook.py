"""A hook: the function, and where and on what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Hook:
    """What :meth:`Machine.hook` gives: *function* is called until :meth:`remove`."""

    cpu: str
    space: str
    on: str
    addresses: range
    function: Callable[..., object]
    _remove: Callable[[Hook], None] = field(repr=False)

    @property
    def address(self) -> int:
        """Its first address."""
        return self.addresses.start

    def remove(self) -> None:
        """Call it no more; without effect the second time."""
        self._remove(self)
