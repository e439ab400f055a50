"""A board with every kind of input, whose program looks at all of them without end."""

from __future__ import annotations

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.device import Device, array, integer
from emucore.machine import Machine

WIDTH, HEIGHT = 32, 24
LINE = 50  # ticks
FRAME = LINE * 30
#: Ticks for which a light gun's photocell sees what the beam has drawn.
GLOW = 400

KEYS = """
    [shift]  zZ xX cC 3#£
    aA       sS dD [hash]#~ [space]
    [enter]  1! [symbol] [-] 0·_
"""

#: Reads a port, and keeps what is there.
READ = """
        in   {port}
        mov  m, a
        xra  b
        rlc
        mov  b, a
        inx  h
"""
PROGRAM = f"""
again:  lxi  h, 0x2000
        mvi  b, 0
        {"".join(READ.format(port=port) for port in range(10))}
        out  16
        mvi  c, 1
rows:   mov  a, c
        out  17
        in   10
        mov  m, a
        add  b
        mov  b, a
        inx  h
        mov  a, c
        rlc
        mov  c, a
        cpi  8
        jnz  rows
        lda  0x2100
        xra  b
        sta  0x2100
        jmp  again
"""


class Ports(Device):
    """What is behind the ports: it reads pots, counters and rows, and looks along the gun."""

    panel: int = integer(0x08)
    pads = array("u1", 4)
    paddle: int = integer()
    sticks = array("i2", 2)
    spinner = array("u1", 3)
    column: int = integer(-1)
    row: int = integer(-1)
    rows = array("u1", 3)
    chosen: int = integer(7)
    pixels = array("u1", HEIGHT, WIDTH)

    def valid(self, time: int) -> bool:
        return 0 <= self.chosen <= 255

    def read(self, offset: int, time: int) -> int:
        if offset == 0:
            return self.panel & 0xFF
        if offset < 5:
            return self.pads[offset - 1]
        if offset == 5:
            return self.paddle
        if offset < 8:
            return self.sticks[offset - 6] & 0xFF
        if offset == 8:
            return (self.spinner[0] + 5 * self.spinner[1] + 25 * self.spinner[2]) & 0xFF
        return 0

    def light(self, offset: int, time: int) -> int:
        """Whether the beam has drawn something bright there, a moment ago."""
        if self.column < 0:
            return 0
        since = time % FRAME - self.row * LINE - self.column
        return int(0 <= since < GLOW) * self.pixels[self.row, self.column]

    def keys(self, offset: int, time: int) -> int:
        """The rows that are chosen, together."""
        found = 0xFF
        for i in range(3):
            if self.chosen >> i & 1:
                found &= self.rows[i]
        return found

    def draw(self, offset: int, value: int, time: int) -> None:
        for i in range(8):
            self.pixels[time % HEIGHT, (value + i) % WIDTH] = value >> i & 1

    def choose(self, offset: int, value: int, time: int) -> None:
        self.chosen = value


def board() -> Board:
    """See the module's text."""
    made = Board("inputs", "All kinds of input", 1_000_000, FRAME)
    cpu = made.cpu("cpu", i8080)
    ports = made.device("ports", Ports())
    cpu.mem.ram(0x0000, 0x2FFF, made.ram("ram", 0x3000))
    cpu.io.device(0, 8, ports, read="read")
    cpu.io.device(9, 9, ports, read="light")
    cpu.io.device(10, 10, ports, read="keys")
    cpu.io.device(16, 16, ports, write="draw")
    cpu.io.device(17, 17, ports, write="choose")
    made.screen(ports, "pixels", [(0, 0, 0), (255, 255, 255)])
    made.button("coin", ports, "panel", 1, means="coin", active_low=True, impulse=3, title="Coin")
    made.button("door", ports, "panel", 2, means="service", toggles=True, title="Coin door")
    made.button("trigger", ports, "panel", 4, means="trigger", title="Trigger")
    for player in range(1, 5):
        made.pad(
            ports,
            "pads",
            "a b select start up down left right",
            index=player - 1,
            player=player,
            active_low=player > 2,
        )
    made.axis("paddle", ports, "paddle", 0, 255, means="paddle", title="Paddle")
    made.axis("stick", ports, "sticks", -100, 100, means="x", springs=True, title="Stick")
    made.axis("throttle", ports, "sticks", 0, 9, index=1, means="pedal", rest=0, title="Throttle")
    made.dial("spinner", ports, "spinner", 64, means="dial", title="Spinner")
    for i, way in enumerate("xy", 1):
        title = f"Ball {way.upper()}"
        made.dial(f"ball-{way}", ports, "spinner", 256, index=i, means=f"ball-{way}", title=title)
    made.gun("gun", ports, "column", "row", WIDTH, HEIGHT, title="Gun")
    made.keyboard("key", ports, "rows", KEYS, shifts=("shift", "symbol"), active_low=True, line=4)
    return made


def machine(engine: str = "interp") -> Machine:
    """The board with its program."""
    made = Machine(board())
    made.load("ram", assemble(i8080, PROGRAM).image())
    made.use(engine)
    return made
