"""The raster: shows the upper 7 KiB of RAM, one bit a pixel, through the cabinet's film.

It shares the RAM with the CPU, whose READY it may hold for a moment; how long, no source tells, and
the CPU is not made to wait here.
"""

from __future__ import annotations

from typing import Any

from emucore.device import Device, array, bus, drawn, due, integer, into, part, shared
from machines.arcade.invaders.interrupts import Interrupts
from machines.arcade.invaders.sync import BLANK, FRAME, LINE, MIDDLE, PIXEL

#: The raster reads a byte of eight pixels in the middle of the eight before it shows them.
FETCH = 8 * PIXEL
ROW, ROWS = 32, 224
BYTES = ROWS * ROW
AHEAD = 2 * ROW  # no instruction ends later behind an event that it overtakes
VIDEO = 0x400  # where the picture begins in RAM

ALL = (1 << ROW) - 1

BLACK, WHITE, RED, GREEN = range(4)


@shared
def fetched(time: int) -> int:
    """How many bytes the raster has read in the frame up to *time*."""
    since = time % FRAME
    row = since // LINE
    column = (since % LINE + FETCH // 2) // FETCH
    return min(row * ROW + min(column, ROW), BYTES)


@shared
def tint(row: int, column: int) -> int:
    """Colour of the cabinet's film over eight pixels.

    The screen stands on its side: lines run upwards.  Red is before the saucer, green before
    shields and base, and before the bases left, bottom left.
    """
    if 24 <= column < 28:
        return RED
    if 2 <= column < 9 or (column < 2 and 16 <= row < 134):
        return GREEN
    return WHITE


class Raster(Device):
    """Draws when somebody touches what it shows, up to where the beam is; if anybody looks.

    Two things make it cheap: a byte is looked at only if it was written to since it was drawn, and
    ``shown`` tells what of it is in ``pixels`` already.
    """

    ram: Any = bus(13)
    flip: int = into(8, changes="turn")  # 1: upside down
    interrupts: Interrupts = part(Interrupts)
    due: int = due()
    watched: int = drawn()
    blind: int = integer(output=True)  # there were frames that nobody looked at
    pixels = array("u1", ROWS, 8 * ROW, output=True)  # BLACK, WHITE, RED or GREEN
    shown = array("i2", BYTES, output=True)
    clean = array("i8", ROWS, output=True)  # a bit for each byte of a row, 0: it is to be drawn
    reached: int = integer(output=True)  # bytes drawn since power-on

    def __init__(self) -> None:
        super().__init__(due=MIDDLE)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        comes = self.due <= time + FRAME and self.due % FRAME in (MIDDLE, BLANK)
        return comes and 0 <= self.flip <= 1

    def event(self, time: int) -> None:
        """The vertical counter has come to the middle of the picture, or to its end."""
        self.interrupts.rise(time)
        if time % FRAME == MIDDLE:
            self.due = time - MIDDLE + BLANK
        else:
            self.due = time - BLANK + FRAME + MIDDLE
            self.draw(self.flip, time)

    def changing(self, offset: int, value: int, time: int) -> None:
        """A byte of the picture is about to change."""
        self.draw(self.flip, time)
        spot = BYTES - 1 - offset if self.flip else offset
        self.clean[spot // ROW] &= ~(1 << spot % ROW)

    def turn(self, offset: int, value: int, time: int) -> None:
        """The picture is turned: what was shown up to now was the other way round."""
        self.draw(1 - value, time)
        self.draw_anew()

    def catch_up(self, time: int) -> None:
        """Draw up to *time*."""
        self.draw(self.flip, time)

    def draw_anew(self) -> None:
        """Have all be drawn that is to come."""
        for row in range(ROWS):
            self.clean[row] = 0

    def draw(self, flip: int, time: int) -> None:
        """Draw what the raster has shown since the last call, up to *time*."""
        if self.watched == 0:
            self.blind = 1
            return
        if self.blind:  # what was written since, nobody has told
            self.blind = 0
            self.draw_anew()
        top = time // FRAME * BYTES
        end = top + fetched(time)
        spot = self.reached
        if not top <= spot <= end + AHEAD:  # that was another frame, or an undrawn one
            spot = top
        while spot < end:
            row = spot // ROW % ROWS
            stop = min(end, (spot // ROW + 1) * ROW)
            if self.clean[row] != ALL:
                self.draw_row(flip, row, spot % ROW, spot % ROW + stop - spot, time)
            spot = stop
        self.reached = max(spot, end)

    def draw_row(self, flip: int, row: int, first: int, end: int, time: int) -> None:
        """Draw the bytes *first* to *end* - 1 of a row."""
        shown = self.shown
        pixels = self.pixels
        clean = self.clean[row]
        self.clean[row] = clean | (1 << end) - (1 << first)
        for column in range(first, end):
            if clean >> column & 1 == 0:
                spot = row * ROW + column
                at = VIDEO + (BYTES - 1 - spot if flip else spot)
                pattern = self.ram.read(at, time) | flip << 8
                if shown[spot] != pattern:
                    shown[spot] = pattern
                    colour = tint(row, column)
                    for i in range(8):
                        bit = pattern >> (7 - i if flip else i) & 1
                        pixels[row, column * 8 + i] = colour * bit
