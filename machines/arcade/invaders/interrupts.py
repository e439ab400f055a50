"""The interrupt flip-flop, and the buffer that answers the CPU's acknowledge."""

from __future__ import annotations

from emucore.device import NEVER, Device, out
from machines.arcade.invaders.sync import vertical


class Interrupts(Device):
    """It is set where ``VBLANK | 128V & ~64V`` rises, at the counts 0x80 and 0xDA, and cleared by
    the acknowledge."""

    irq: int = out()

    def rise(self, time: int) -> None:
        """Its clock rises."""
        if self.irq == NEVER:
            self.irq = time

    def acknowledge(self, offset: int, time: int) -> int:
        """The CPU reads RST with 64V and its complement in bits 4 and 3: RST 1 amid the picture,
        RST 2 behind it."""
        self.irq = NEVER
        count: int = vertical(time)
        return 0xC7 | (count & 0x40) >> 2 | (~count & 0x40) >> 3
