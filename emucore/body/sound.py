"""What a machine has played: the samples of each frame as they come, until somebody reads them.

A device has room for the samples of one frame, and begins anew with the next: they are taken from
it then.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.board import Board
from emucore.plan.arena import Arena

#: Seconds of sound that are kept for whoever reads it: what is older is dropped.
KEPT = 10


class Sounds:
    """The sound of a machine whose state is in *arena*."""

    def __init__(self, board: Board, arena: Arena) -> None:
        speaker = board.speaker
        self._words = arena.memory.cast("q")
        self._frame_at = arena.fields["machine.frame"].offset // 8
        self._sounding_at = arena.fields["machine.sounding"].offset // 8
        #: Word that counts the frame's samples; None without a loudspeaker.
        self._count_at: int | None = None
        self._pieces: deque[bytes] = deque()
        #: Samples of the present frame that are in them, or that were.
        self.taken = 0
        if speaker is not None:
            self._count_at = arena.fields[f"{speaker.device.name}.{speaker.count}"].offset // 8
            samples = arena.fields[f"{speaker.device.name}.{speaker.samples}"]
            # a piece a frame, but for those read, or left for another state, in their midst
            frames = KEPT * board.clock_hz // max(1, board.frame_ticks)
            self._pieces = deque(maxlen=frames + 1)
            self._samples = arena.memory[samples.offset : samples.end]
            self.taken = self.played(self._words)

    def begin(self) -> None:
        """A run begins: if it is a new frame's, the device's room is for that from now on."""
        if self._count_at is not None:
            words = self._words
            if words[self._sounding_at] != words[self._frame_at] + 1:
                self.keep()
                words[self._count_at] = self.taken = 0
                words[self._sounding_at] = words[self._frame_at] + 1

    def keep(self) -> None:
        """Take what the device has and is about to lose."""
        if self._count_at is not None:
            count = self._words[self._count_at]
            if count > self.taken:
                self._pieces.append(self._samples[2 * self.taken : 2 * count].tobytes())
                self.taken = count

    def played(self, words: Any) -> int:
        """How many samples the present frame has in the *words* of an arena."""
        return 0 if self._count_at is None else int(words[self._count_at])

    def take(self) -> npt.NDArray[np.int16]:
        """All there is to hear, which is forgotten then."""
        self.keep()
        data = b"".join(self._pieces)
        self._pieces.clear()
        return np.frombuffer(bytearray(data), np.int16)

    def last(self) -> npt.NDArray[np.int16]:
        """The samples that the present frame has so far."""
        if self._count_at is None:
            return np.zeros(0, np.int16)
        count = self._words[self._count_at]
        return np.frombuffer(bytearray(self._samples[: 2 * count]), np.int16)
