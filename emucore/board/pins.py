"""The output pins of a CPU, as a device that it writes to: lines and numbers that others see."""

from __future__ import annotations

from typing import Any

from emucore.device import NEVER, Device, Spec
from emucore.language.registers import PINS

#: As many as there can be.
MOST = 1 << PINS.bits


class Pins(Device):
    """Output number *n* of the CPU is ``level[n]``, a line, and ``number[n]``."""

    level: Any = Spec("i8", (MOST,), NEVER, "out")
    number: Any = Spec("i8", (MOST,), 0, "value")

    def set(self, offset: int, value: int, time: int) -> None:
        """The CPU drives an output."""
        self.number[offset] = value
        if value == 0:
            self.level[offset] = NEVER
        elif self.level[offset] == NEVER:
            self.level[offset] = time
