"""Going back in time: the states of past frames, as differences within a budget of memory.

    past = Rewind(machine)
    machine.run_frames(1)
    past.record()
    past.back()               # to the frame before, to the bit

Kept are the newest state and, from it backwards, each state's difference (XOR) from the one after
it, compressed.  So a step back is one decompression, and the oldest are dropped without loss to the
others.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
import zstandard

from emucore.machine import Machine

#: Fast levels of zstandard: most of a difference is zeros, at any level.
LEVEL = -1


class Rewind:
    """Remembers the states of *machine* from now on, in at most *budget* bytes.

    The newest state and, while it is recorded, its difference are not counted: twice the size of
    the machine's state.
    """

    def __init__(self, machine: Machine, budget: int = 64 << 20) -> None:
        self.machine = machine
        self.budget = budget
        #: Bytes that the differences take.
        self.bytes = 0
        self._deltas: deque[bytes] = deque()
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)
        self._decompressor = zstandard.ZstdDecompressor()
        self._newest = self._state()

    @property
    def frames(self) -> int:
        """How many steps back there are."""
        return len(self._deltas)

    def record(self) -> None:
        """Remember the machine's state; called after each frame.

        Whatever changed it counts, so that the way back leads through a loaded state too.
        """
        state = self._state()
        delta = self._compressor.compress((state ^ self._newest).data)
        size = len(delta)
        # an exception finds all of this or nothing: it comes behind a call, not in front of one
        self._newest, self.bytes = state, self.bytes + size
        self._deltas.append(delta)
        while self.bytes > self.budget:
            size = len(self._deltas[0])
            self.bytes -= size
            self._deltas.popleft()

    def back(self) -> bool:
        """Give the machine the state recorded before the newest; False if there is none any more.

        All state is that frame's, buttons held down among it: press them anew as they are now.
        """
        if not self._deltas:
            return False
        delta = self._deltas[-1]
        size = len(delta)
        newest = self._newest ^ np.frombuffer(self._decompressor.decompress(delta), np.uint8)
        self.machine.set_state(newest.data)
        self._newest, self.bytes = newest, self.bytes - size  # as in :meth:`record`
        self._deltas.pop()
        return True

    def _state(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.machine.arena.state(), np.uint8)
