"""Control panel, coin switch and DIP switches, as the CPU reads them at three ports."""

from __future__ import annotations

from emucore.device import Device, integer, out


class Panel(Device):
    """Switches of the cabinet, and the jumper that makes it a table with a side for each player."""

    buttons: int = integer(0x08)  # coin, start buttons; bit 3 is pulled up
    player1: int = integer()  # fire 0x10, left 0x20, right 0x40
    player2: int = integer()
    options: int = integer()  # DIP switches and tilt, as in port 2
    cocktail: int = integer()  # the cabinet is a table
    flip: int = out(8)  # 1 turns the picture upside down

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return 0 <= self.flip <= 1 and 0 <= self.cocktail <= 1

    def in0(self, offset: int, time: int) -> int:
        """Port 0, which the game leaves alone: the upright's controls; a table's pins are open."""
        if self.cocktail:
            return 0xFE
        return 0x08 | self.player1

    def in1(self, offset: int, time: int) -> int:
        """Port 1: coin (0 while it falls), start buttons, the first player's controls."""
        return self.buttons | self.player1

    def in2(self, offset: int, time: int) -> int:
        """Port 2: options, tilt, and the second player's controls (in the upright, the same)."""
        return self.options | (self.player2 if self.cocktail else self.player1)

    def set_flip(self, offset: int, value: int, time: int) -> None:
        """Bit 5 of port 5 turns the picture for the second player, if the cabinet is a table."""
        self.flip = value >> 5 & self.cocktail
