"""What a machine has played: its samples as they come, until somebody reads them.

A device has a ring of samples, and counts all that it has made since power-on; they are taken from
it before it begins to overwrite them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from emucore.board import Board
from emucore.device import Record
from emucore.device.speaker import Speaker
from emucore.kernel import layout as k
from emucore.plan.arena import Arena

#: Seconds of sound that are kept for whoever reads it: what is older is dropped.
KEPT = 10


class Sounds:
    """The sound of a machine whose state is in *arena*."""

    def __init__(self, board: Board, arena: Arena) -> None:
        speaker = board.speaker
        self._shape = (-1,) if speaker is None or speaker.channels == 1 else (-1, speaker.channels)
        self._none = np.zeros(0, np.int16).reshape(self._shape)
        self._words = arena.memory.cast("q")
        self._heard = bytearray()
        #: Frames that may be run before samples are lost; 0 where none are made.
        self.frames = 0
        if speaker is not None:
            name = f"{speaker.device.name}.{speaker.samples}"
            self._ring: npt.NDArray[np.int16] = arena[name].reshape(self._shape)
            self._mixer = None
            if isinstance(speaker.device, Speaker):
                at = arena.fields[speaker.device.name].offset
                self._mixer = Record(arena.memory, at, type(speaker.device))
            self._most = KEPT * speaker.rate * speaker.channels * 2  # bytes
            frame = max(1, board.frame_ticks * speaker.rate // board.clock_hz)
            self.frames = max(1, len(self._ring) // (frame + 1) - 1)
            self._taken = 0
            if self._words[k.SOUND_COUNT]:  # a clone's
                self.forget()

    @property
    def _made(self) -> int:
        """Samples since power-on."""
        return self._words[self._words[k.SOUND_COUNT]]

    def forget(self, time: int | None = None) -> None:
        """Another state, of that *time*: what it has played was heard elsewhere."""
        if self.frames:
            if self._mixer is not None and time is not None:
                self._mixer.begin(time)
            made = self._made
            self._taken = made
            self._words[k.SOUND_LAST] = self._words[k.SOUND_BEGUN] = made

    def keep(self) -> None:
        """Take what the device has made."""
        if self.frames and (count := self._made - self._taken):
            self._heard += self._copy(self._taken, self._made).data
            self._taken += count
            if len(self._heard) > self._most:
                del self._heard[: len(self._heard) - self._most]

    def _copy(self, first: int, end: int) -> npt.NDArray[np.int16]:
        """The samples of those numbers, as far as the ring has them still."""
        size = len(self._ring)
        first = max(first, end - size)
        at, count = first % size, end - first
        return np.concatenate(
            (self._ring[at : at + count], self._ring[: max(0, at + count - size)])
        )

    def take(self) -> npt.NDArray[np.int16]:
        """All there is to hear, which is forgotten then."""
        self.keep()
        heard, self._heard = self._heard, bytearray()
        return np.frombuffer(heard, np.int16).reshape(self._shape)

    def last(self, *, within: bool) -> npt.NDArray[np.int16]:
        """The samples of the last frame; those that the present one has so far, *within* it."""
        if not self.frames:
            return self._none
        words = self._words
        if within:
            return self._copy(words[k.SOUND_BEGUN], self._made)
        return self._copy(words[k.SOUND_LAST], words[k.SOUND_BEGUN])
