"""Taking back what was begun: how the reference engine stops at a boundary when it is interrupted.

An exception can come out of any line of Python: Ctrl-C, a signal of a timeout, a mistake in a
device.  The reference engine *is* Python, so it would stop in the midst of an instruction.  So it
notes what each step changes of the arena before it is changed; on an exception that is put back,
newest first, and the machine is where the last instruction began.  Compiled engines need none of
this: compiled code ends where it will.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

#: Exceptions that may come while a step is taken back and still not keep that from being done.
_TIMES = 100


class Undo:
    """What has changed in *memory* since the last boundary."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        #: Offsets, and what was there before, oldest first.  A new boundary is a new list, put here
        #: at once: what comes between two lines finds the old one or the new one, whole.
        self.log: list[tuple[int, bytes]] = []

    def keep(self, start: int, end: int) -> None:
        """The bytes from *start* to *end* are about to change."""
        self.log.append((start, self._memory[start:end].tobytes()))

    def back(self) -> None:
        """Put back all that has changed; once more from the start if that is interrupted too."""
        for _ in range(_TIMES):
            try:
                for start, old in reversed(self.log):
                    self._memory[start : start + len(old)] = old
                self.log = []
                return
            except BaseException:  # another one is on its way out already
                continue

    def attempt(self, do: Callable[[], int]) -> int:
        """What *do* gives; where it raises, the machine is at the last boundary."""
        self.log = []
        try:
            return do()
        except BaseException:
            self.back()
            raise

    def watched(self, view: memoryview[int]) -> Any:
        """*view*, of the whole memory: an array to be read and stored to, which keeps what was
        there before each store.  Reading is as quick as before."""
        size, log = view.itemsize, self

        class Watched(_ARRAYS[view.format] * len(view)):  # type: ignore[misc]
            def __setitem__(self, at: int, value: int) -> None:
                log.keep(at * size, at * size + size)
                view[at] = value

        return Watched.from_buffer(view)


_ARRAYS: dict[str, Any] = {"q": ctypes.c_int64, "B": ctypes.c_uint8}
