"""The machine: its program, its console, and how a run of it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from emucore.base.elf import Segment
from emucore.body.console import Console
from emucore.device import NEVER, Record
from emucore.kernel import layout as k
from emucore.machine import Machine
from machines.boards.flat.board import Shape
from machines.boards.flat.console import KEYS, TEXT
from machines.boards.flat.rest import Rest

#: Clocks after which it is looked for the first time whether a program has ended, and at most
#: between two times.
SOON, LATE = 1000, 1 << 20


@dataclass(frozen=True)
class Loaded:
    """What is in RAM at power-on, and in registers by name; a program that rests at an address of
    *failures* has the status that is given there."""

    segments: tuple[Segment, ...] = ()
    registers: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[int, int] = field(default_factory=dict)


class Flat(Machine):
    """A flat board with a program in it."""

    def __init__(self, shape: Shape, loaded: Loaded | None = None) -> None:
        self.shape = shape
        self.loaded = loaded or Loaded()
        super().__init__(shape.board())

    def _attach(self) -> None:
        super()._attach()
        at = self.layout.fields["console"].offset
        self.record = Record(self.arena.memory, at, type(self.board.devices["console"]))
        self.printer = self.console = Console()
        self._unheard = int(self.record.printed)  # characters that its console was never given
        self._rest = Rest(self, super()._advance)
        self._called = False  # whether hooks were called since the engine ran last
        self.host = lambda _: self._serve()

    def power_on(self) -> None:
        """See :meth:`Machine.power_on`; the program is loaded again."""
        super().power_on()
        for segment in self.loaded.segments:
            self.load("ram", segment.data, segment.address - self.shape.at)
        for name, value in self.loaded.registers.items():
            self.cpus["cpu"][name] = value

    def _take(self, image: npt.NDArray[np.uint8]) -> None:
        super()._take(image)
        self._unheard = int(self.record.printed) - self.printer.place

    # -- running ----------------------------------------------------------------------------

    @property
    def _heeds_frames(self) -> bool:
        """Whether the program rests is looked at frame by frame."""
        return True

    def _run(self, end: int, goal: int) -> bool:
        try:
            return self.status is None and super()._run(end, goal)
        finally:
            self._show()

    def _serve(self) -> None:
        """What the machine asks its host: to take what is printed; or nothing, it has ended."""
        self._show()
        self.record.full = NEVER

    def _show(self) -> None:
        """Have the console print what was printed since."""
        new = range(self._unheard + self.printer.place, self.record.printed)
        if new:
            text = self.record.text
            self.printer.put(bytes(text[at % TEXT] for at in new))

    def _advance(self, end: int) -> int:
        """Have the engine run on, frame by frame, and see whether the program comes to rest
        meanwhile."""
        words = self.words
        while end > self.frame_ends:
            reason = self._within_frame(self.frame_ends)
            if reason:
                return reason
            goal, words[k.FRAME_GOAL] = words[k.FRAME_GOAL], self.frame + 1
            reason = super()._advance(end)  # which is to count it, and no more
            words[k.FRAME_GOAL] = goal
            if reason or self.frame == goal:
                return reason
        return self._within_frame(end)

    def _within_frame(self, end: int) -> int:
        """Run within the present frame.

        A young program is looked at sooner, so that a short one is not run far beyond its end; and
        so is one whose hooks were called, which are not to be called while it rests.
        """
        while True:
            time = self.time
            until = min(end, time + (1 if self._called else min(time + SOON, LATE)))
            reason, rests = self._rest.advance(until)
            self._called = reason == 3
            if rests:
                return self._end()
            if reason or until == end:
                return reason

    def _end(self) -> int:
        """The program has come to rest."""
        part = self.board.cpus[0]
        self.record.status = self.loaded.failures.get(self.cpus[part.name][part.isa.pc.name], 0)
        self.record.ended = self.time
        return 1

    @property
    def status(self) -> int | None:
        """The exit status of the program; None until it has ended."""
        return None if self.record.ended == NEVER else int(self.record.status)

    def summary(self) -> str:
        """How the program ended, if it has, where it is, and the registers that are not 0."""
        part = self.board.cpus[0]
        registers = self.cpus[part.name].line(part.isa.pc.name)
        return registers if self.status is None else f"status {self.status}: {registers}"

    # -- the keyboard -----------------------------------------------------------------------

    @property
    def waiting(self) -> bool:
        """Whether the program has last read a character that is not typed yet."""
        return bool(self.record.wanting) and self.record.typed == self.record.taken

    def keyboard_room(self) -> int:
        """How many characters can be typed now."""
        return KEYS - int(self.record.typed - self.record.taken)

    def _type(self, text: bytes) -> None:
        for code in text:
            self.record.keys[self.record.typed % KEYS] = code
            self.record.typed += 1
