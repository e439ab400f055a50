"""Fujitsu MB14241: the shift register that 8080 boards draw moved pictures with."""

from __future__ import annotations

from emucore.device import Device, integer


class Mb14241(Device):
    """Two bytes are held; the byte that begins *count* bits into them can be read."""

    data: int = integer()  # the newest byte on top: 15 bits, as the oldest bit is never seen
    shift: int = integer(7)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return 0 <= self.data < 1 << 15 and 0 <= self.shift <= 7

    def set_count(self, offset: int, value: int, time: int) -> None:
        """Choose by how many bits (0 to 7, the low bits of *value*) results are shifted left."""
        self.shift = ~value & 7

    def load(self, offset: int, value: int, time: int) -> None:
        """Shift a byte in; the one before the last is lost."""
        self.data = self.data >> 8 | value << 7

    def result(self, offset: int, time: int) -> int:
        """The eight bits *count* bits below the top of the newest byte."""
        return self.data >> self.shift & 0xFF
