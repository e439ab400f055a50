"""Audio ports of devices for the reference engine: what a step changes can be taken back."""

from __future__ import annotations

from typing import Any

from emucore.device import Record, as_python
from emucore.device.speaker import CHANNEL_FUNCTIONS, PHASE_BITS, TAPS, Channel, make_audio
from emucore.reference.undo import Undo


class Audio:
    """See :func:`emucore.device.speaker.make_audio`: a port is where it is in *memory*, and so is a
    channel."""

    def __init__(self, memory: memoryview, undo: Undo) -> None:
        self._bytes = memory
        self._words = memory.cast("q")
        self._undo = undo
        self._channels: dict[int, Record] = {}
        self._functions = {n: as_python(Channel.functions[n]) for n in CHANNEL_FUNCTIONS}
        functions = {"spot": self._spot, "rise": self._rise}
        functions |= {name: self._adding(name) for name in ("add", "add_whole")}
        self._step, self._put = make_audio(self._channel_of, functions, lambda f: f)

    def step(self, at: int, time: int, change: float) -> None:
        """The level of the port at byte *at* rises."""
        self._step(_Port(self._words, at), time, change)

    def put(self, at: int, time: int, level: float) -> None:
        """It is *level*."""
        self._put(_Port(self._words, at), time, level)

    def _channel_of(self, port: _Port, distance: int) -> int:
        at = port.at + distance
        if at not in self._channels:
            self._channels[at] = Record(self._bytes, at, Channel)
        return at

    def _keep(self, channel: int, field: str, element: int = 0, count: int = 1) -> None:
        at = channel + Channel.field_offset(field) + 8 * element
        self._undo.keep(at, at + 8 * count)

    def _spot(self, channel: int, time: int) -> int:
        return int(self._functions["spot"](self._channels[channel], time))

    def _rise(self, channel: int, number: int, level: float) -> float:
        self._keep(channel, "levels", number)
        return float(self._functions["rise"](self._channels[channel], number, level))

    def _adding(self, name: str) -> Any:
        def add(channel: int, place: int, change: float) -> None:
            self._keep(channel, "pending")
            self._keep(channel, "steps", place >> PHASE_BITS, TAPS)
            self._functions[name](self._channels[channel], place, change)

        return add


class _Port:
    """The words of a port."""

    __slots__ = ("_words", "at")

    def __init__(self, words: memoryview[int], at: int) -> None:
        self._words = words
        self.at = at

    def __getitem__(self, word: int) -> int:
        return self._words[self.at // 8 + word]
