"""The sync chain: counters from which picture, interrupts and watchdog have their time.

Facts are from Midway's schematics of 1978 (part M051-00739-A005), as its users wrote them down.

The crystal's 19.968 MHz divided by 4 clock the pixels.  A line has 320 of them, 256 visible; a
frame has 262 lines, 224 visible (59.54 Hz).  The vertical counter runs from 0x20 to 0xFF in the
visible lines and from 0xDA to 0xFF in the blank ones.
"""

from __future__ import annotations

from emucore.device import shared

CRYSTAL = 19_968_000
PIXEL = 4  # all times in ticks of the crystal
LINE = 320 * PIXEL
FRAME = 262 * LINE
MIDDLE, BLANK = 96 * LINE, 224 * LINE  # lines with the counts 0x80 and 0xDA, from the frame's top


@shared
def vertical(time: int) -> int:
    """The vertical counter's eight bits, 1V to 128V."""
    line = time % FRAME // LINE
    return line + 0x20 if line < 224 else line - 224 + 0xDA
