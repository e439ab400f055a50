"""The board with the CPU: raster, picture, interrupts and the switches.

Facts are from Midway's schematics of 1978 (part M051-00739-A005), as its users wrote them down.

The crystal's 19.968 MHz divided by 4 clock the pixels.  A line has 320 of them, 256 visible; a
frame has 262 lines, 224 visible (59.54 Hz).  The vertical counter runs from 0x20 to 0xFF in the
visible lines and from 0xDA to 0xFF in the blank ones.  Interrupts come from a flip-flop that is set
where ``VBLANK | 128V & ~64V`` rises, at the counts 0x80 (line 96) and 0xDA (line 224).  The CPU's
acknowledge clears it and reads RST with ``64V`` and its complement in bits 4 and 3.

The raster shares the RAM with the CPU, whose READY it may hold for a moment; how long, no source
tells, and the CPU is not made to wait here.
"""

from __future__ import annotations

from emucore.device import NEVER, Device, array, drawn, due, integer, out, shared

PIXEL = 4  # all times in ticks of the crystal
LINE = 320 * PIXEL
FRAME = 262 * LINE
MIDDLE, BLANK = 96 * LINE, 224 * LINE  # when the interrupts come, from the top of the frame

#: The raster reads a byte of eight pixels in the middle of the eight before it shows them.
FETCH = 8 * PIXEL
ROW = 32
BYTES = 224 * ROW
AHEAD = 2 * ROW  # no instruction ends later behind an event that it overtakes
VIDEO = 0x400  # where the picture begins in RAM

#: A row of the picture is to be drawn; need not be; or was changed while it was being drawn.
STALE, CLEAN, CHANGED = range(3)

BLACK, WHITE, RED, GREEN = range(4)


@shared
def fetched(time: int) -> int:
    """How many bytes the raster has read in the frame up to *time*."""
    since = time % FRAME
    row = since // LINE
    column = (since % LINE + FETCH // 2) // FETCH
    return min(row * ROW + min(column, ROW), BYTES)


@shared
def tint(spot: int) -> int:
    """Colour of the cabinet's film over the eight pixels that the raster shows as *spot*.

    The screen stands on its side: lines run upwards.  Red is before the saucer, green before
    shields and base, and before the bases left, bottom left.
    """
    column = spot % ROW
    if 24 <= column < 28:
        return RED
    if 2 <= column < 9 or (column < 2 and 16 <= spot // ROW < 134):
        return GREEN
    return WHITE


@shared
def draw(board: MainBoard, time: int) -> None:
    """Draw what the raster has shown since the last call, up to *time*, if anybody looks.

    Two things make it cheap: a row is looked at only if it was written to since it was drawn whole,
    and ``shown`` tells which of its bytes are in ``pixels`` already.
    """
    if board.watched == 0:
        board.blind = 1
        return
    if board.blind:  # what was written since, nobody has told
        board.blind = 0
        for row in range(224):
            board.clean[row] = STALE
    top = time // FRAME * BYTES
    end = fetched(time)
    spot = board.drawn - top
    if not 0 <= spot <= end + AHEAD:  # that was another frame, or an undrawn one
        spot = 0
    clean = board.clean
    while spot < end:
        row = spot // ROW
        stop = min(end, (row + 1) * ROW)
        if clean[row] != CLEAN:
            draw_row(board, row, spot, stop)
            if stop == (row + 1) * ROW:
                clean[row] = STALE if clean[row] == CHANGED else CLEAN
        spot = stop
    board.drawn = top + max(spot, end)


@shared
def draw_row(board: MainBoard, row: int, first: int, end: int) -> None:
    """Draw the bytes that the raster shows as *first* to *end* - 1, all of one row."""
    ram = board.ram
    shown = board.shown
    pixels = board.pixels
    flip = board.flip
    for spot in range(first, end):
        pattern = ram[VIDEO + BYTES - 1 - spot if flip else VIDEO + spot] | flip << 8
        if shown[spot] != pattern:
            shown[spot] = pattern
            colour = tint(spot)
            left = spot % ROW * 8
            for i in range(8):
                bit = pattern >> (7 - i if flip else i) & 1
                pixels[row, left + i] = colour * bit


@shared
def touch(board: MainBoard, row: int) -> None:
    """See to it that *row* is drawn again; once more, if the raster is in its midst."""
    inside = board.watched and 0 < board.drawn % BYTES - row * ROW < ROW
    board.clean[row] = CHANGED if inside else STALE


class MainBoard(Device):
    """RAM, picture, interrupt flip-flop and switches."""

    ram = array("u1", 0x2000)  # the CPU's 0x2000..0x3FFF
    watched: int = drawn()
    blind: int = integer(output=True)  # there were frames that nobody looked at
    pixels = array("u1", 224, 256, output=True)  # BLACK, WHITE, RED or GREEN
    shown = array("i2", BYTES, output=True)
    clean = array("u1", 224, output=True)  # STALE, CLEAN or CHANGED, each row
    drawn: int = integer(output=True)  # bytes drawn since power-on
    flip: int = integer()
    irq: int = out()
    due: int = due()

    panel: int = integer(0x08)  # coin, start buttons; bit 3 is pulled up
    player1: int = integer()  # fire 0x10, left 0x20, right 0x40
    player2: int = integer()
    options: int = integer()  # DIP switches and tilt, as in port 2
    cocktail: int = integer()  # the cabinet is a table with a side for each player

    def __init__(self) -> None:
        super().__init__(due=MIDDLE)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        comes = self.due <= time + FRAME and self.due % FRAME in (MIDDLE, BLANK)
        table = 0 <= self.flip <= 1 and 0 <= self.cocktail <= 1
        return comes and table

    def event(self, time: int) -> None:
        """The interrupt flip-flop is set."""
        if self.irq == NEVER:
            self.irq = time
        if time % FRAME == MIDDLE:
            self.due = time - MIDDLE + BLANK
        else:
            self.due = time - BLANK + FRAME + MIDDLE
            draw(self, time)

    def acknowledge(self, offset: int, time: int) -> int:
        """The CPU asks which interrupt: RST 1 (mid-screen) or RST 2, by the counter's bit 64V."""
        self.irq = NEVER
        row = time % FRAME // LINE
        count = row + 0x20 if row < 224 else row - 224 + 0xDA
        return 0xC7 | (count & 0x40) >> 2 | (~count & 0x40) >> 3

    def changing(self, offset: int, value: int, time: int) -> None:
        """A byte of the picture is about to change."""
        draw(self, time)
        touch(self, (BYTES - 1 - offset if self.flip else offset) // ROW)

    def set_flip(self, offset: int, value: int, time: int) -> None:
        """Bit 5 turns the picture upside down for the second player, if the cabinet is a table."""
        flip = value >> 5 & self.cocktail
        if flip != self.flip:
            draw(self, time)
            self.flip = flip
            for row in range(224):
                touch(self, row)

    def catch_up(self, time: int) -> None:
        """Draw up to *time*."""
        draw(self, time)

    def in0(self, offset: int, time: int) -> int:
        """Port 0, which the game leaves alone: the upright's controls; a table's pins are open."""
        if self.cocktail:
            return 0xFE
        return 0x08 | self.player1

    def in1(self, offset: int, time: int) -> int:
        """Port 1: coin (0 while it falls), start buttons, the first player's controls."""
        return self.panel | self.player1

    def in2(self, offset: int, time: int) -> int:
        """Port 2: options, tilt, and the second player's controls (in the upright, the same)."""
        return self.options | (self.player2 if self.cocktail else self.player1)
