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

import numpy as np
import numpy.typing as npt
import zstandard

from emucore.body.body import Body

#: Fast levels of zstandard: most of a difference is zeros, at any level.
LEVEL = -1


class Rewind:
    """Remembers the states of *machine* from now on, in *budget* bytes.

    All of them are taken at once and no more later, so that a long session takes what a short one
    does; the newest state and, while it is recorded, its difference come on top: twice the size of
    the machine's state.  Raises :class:`MemoryError` if there is no room.
    """

    def __init__(self, machine: Body, budget: int = 64 << 20) -> None:
        self.machine = machine
        self.budget = budget
        self._past = Ring(budget)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL)
        self._decompressor = zstandard.ZstdDecompressor()
        self._newest = self._state()

    @property
    def bytes(self) -> int:
        """Bytes of the budget that are in use."""
        return self._past.used

    @property
    def frames(self) -> int:
        """How many steps back there are."""
        return len(self._past)

    def record(self) -> None:
        """Remember the machine's state; called after each frame.

        Whatever changed it counts, so that the way back leads through a loaded state too.
        """
        state = self._state()
        delta = self._compressor.compress(_difference(state, self._newest).data)
        after = self._past.put(len(self._newest).to_bytes(_LENGTH, "little") + delta)
        # an exception finds all of this or nothing: it comes behind a call, not in front of one
        self._newest, self._past.at = state, after

    def back(self) -> bool:
        """Give the machine the state recorded before the newest; False if there is none any more.

        All state is that frame's, buttons held down among it: press them anew as they are now.
        """
        top = self._past.top()
        if top is None:
            return False
        delta, after = top
        size = int.from_bytes(delta[:_LENGTH], "little")
        delta = self._decompressor.decompress(delta[_LENGTH:])
        newest = _difference(self._newest, np.frombuffer(delta, np.uint8))[:size]
        self.machine.set_state(newest.data)
        self._newest, self._past.at = newest, after  # as in :meth:`record`
        return True

    def _state(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.machine.arena.state(), np.uint8)


def _difference(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Their XOR, as long as the longer one: states grow as media are written."""
    if len(a) == len(b):
        return a ^ b
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    whole = longer.copy()
    whole[: len(shorter)] ^= shorter
    return whole


#: Bytes of a piece's length, which stands before and behind it.
_LENGTH = 4


class Ring:
    """Pieces of bytes within *size* bytes of memory: a stack that forgets from below.

    It holds no object for each piece: what a compressor returns may take more memory than its
    length tells, and any object takes some.  What it holds is told by :attr:`at`, which changes at
    once: :meth:`put` and :meth:`top` give what it is to be.
    """

    def __init__(self, size: int) -> None:
        self._memory = bytearray(size)
        self._view = memoryview(self._memory)
        #: Where the newest piece ends, bytes in use, and pieces.
        self.at = (0, 0, 0)

    def __len__(self) -> int:
        return self.at[2]

    @property
    def used(self) -> int:
        """Bytes in use."""
        return self.at[1]

    def put(self, piece: bytes) -> tuple[int, int, int]:
        """Write *piece* above the newest; the oldest make room, and go for nothing if it has none
        even so."""
        end, used, pieces = self.at
        length = len(piece).to_bytes(_LENGTH, "little")
        whole = len(piece) + 2 * _LENGTH
        while pieces and used + whole > len(self._memory):
            used -= self._length_at(end - used) + 2 * _LENGTH
            pieces -= 1
        self.at = end, used, pieces
        if whole > len(self._memory):
            return self.at
        self._write(end, length + piece + length)
        return (end + whole) % len(self._memory), used + whole, pieces + 1

    def top(self) -> tuple[bytes, tuple[int, int, int]] | None:
        """The newest piece, and what is below it; None if there is none."""
        end, used, pieces = self.at
        if not pieces:
            return None
        length = self._length_at(end - _LENGTH)
        piece = self._get(end - _LENGTH - length, length)
        whole = length + 2 * _LENGTH
        return piece, ((end - whole) % len(self._memory), used - whole, pieces - 1)

    def _length_at(self, at: int) -> int:
        return int.from_bytes(self._get(at, _LENGTH), "little")

    def _get(self, at: int, count: int) -> bytes:
        at %= len(self._memory)
        piece = bytes(self._view[at : at + count])
        return piece + bytes(self._view[: count - len(piece)])

    def _write(self, at: int, data: bytes) -> None:
        room = len(self._memory) - at
        self._view[at : at + len(data)] = data[:room]
        self._view[: len(data) - min(room, len(data))] = data[room:]
