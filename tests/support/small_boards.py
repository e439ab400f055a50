"""Small boards, each of which shows one thing that real machines do: see test_small_boards."""

from __future__ import annotations

from typing import Any

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus import isa
from emucore.device import (
    NEVER,
    Device,
    array,
    bus,
    drawn,
    due,
    frame_end,
    integer,
    into,
    out,
    part,
    wants,
)
from emucore.machine import Machine

RING = 1 << 12


def build(board: Board, sources: dict[str, tuple[str, str]], engine: str) -> Machine:
    """A machine with programs: by the names of memories, a CPU's name and a source for it."""
    images = {name: assemble(isa(cpu), text).image(0) for name, (cpu, text) in sources.items()}
    machine = Machine(board)
    for name, image in images.items():
        machine.load(name, image)
    machine.use(engine)
    return machine


# -- two chips of a kind, on a board of chips -----------------------------------------------------


class Tone(Device):
    """A square wave: it turns every *half* ticks, 0 is silence."""

    half: int = integer()
    turned: int = integer()
    high: int = integer()

    def set_half(self, offset: int, value: int, time: int) -> None:
        self.catch(self.turned if time < self.turned else time)  # the argument has a branch
        self.half = value * 8
        self.turned = time

    def catch(self, time: int) -> None:
        """Be as it is at *time*."""
        if self.half:
            turns = (time - self.turned) // self.half
            self.high ^= turns & 1
            self.turned += turns * self.half

    def level(self, time: int) -> int:
        """What it plays at *time*."""
        self.catch(time)
        return 1000 if self.high and self.half else 0


class SoundCard(Device):
    """Two of them, mixed into a ring of samples, 100 ticks each."""

    left: Tone = part(Tone)
    right: Tone = part(Tone)
    made: int = integer()
    ring = array("i2", RING, output=True)

    def catch_up(self, time: int) -> None:
        while self.made * 100 < time:
            at = self.made * 100
            self.ring[self.made & RING - 1] = self.left.level(at) - self.right.level(at)
            self.made += 1

    def write(self, offset: int, value: int, time: int) -> None:
        self.catch_up(time)
        if offset == 0:
            self.left.set_half(0, value, time)
        else:
            self.right.set_half(0, value, time)


def two_chips(engine: str) -> Machine:
    """Two chips of a kind within a card, and two cards on a board."""
    board = Board("chips", "two sound chips", clock_hz=1_000_000, frame_ticks=20_000)
    cpu = board.cpu("cpu", isa("8080"))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    for i, name in enumerate(("card", "other")):
        card = board.device(name, SoundCard())
        cpu.io.device(4 * i, 4 * i + 1, card, write="write")
        cpu.io.device(4 * i + 2, 4 * i + 2, card.left, write="set_half")
    board.sound(board.devices["card"], "ring", "made", 10_000)
    program = """
        lxi sp,4000h
again:  inr b
        mov a,b
        out 0
        ral
        out 1
        out 5
        xri 55h
        out 4
        out 6
        lxi h,40
wait:   dcx h
        mov a,h
        ora l
        jnz wait
        jmp again
"""
    return build(board, {"ram": ("8080", program)}, engine)


# -- a picture chip that reads patterns through a mapper ------------------------------------------

LINE, LINES = 100, 16
COLUMNS = 8


class PictureChip(Device):
    """Eight bytes a line, read from its own bus as the beam passes; bit 12 of the address is a
    line that a mapper sees.

    It reads when somebody touches it, and whenever that line may change: so it changes in time.
    """

    tick: int = due()
    chr: Any = bus(13)
    a12: int = out()
    seen: int = integer()  # bytes read since power-on
    scroll: int = integer()
    sum: int = integer()
    watched: int = drawn()
    pixels = array("u1", LINES, COLUMNS, output=True)

    def spot(self, time: int) -> int:
        """Bytes that the beam has passed at *time*."""
        return time // LINE * COLUMNS + min(time % LINE // 10, COLUMNS)

    def draw(self, time: int) -> None:
        """Read what the beam passes, up to *time*."""
        end = self.spot(time)
        while self.seen < end:
            row, column = self.seen // COLUMNS % LINES, self.seen % COLUMNS
            at = self.seen // COLUMNS * LINE + column * 10 + 10
            high = row + self.scroll & 1
            if high and self.a12 == NEVER:
                self.a12 = at
            elif not high:
                self.a12 = NEVER
            byte = self.chr.read(high << 12 | row * COLUMNS + column, at)
            self.sum = (self.sum * 31 + byte) & 0xFFFFFFFF
            if self.watched:
                self.pixels[row, column] = byte & 3
            self.seen += 1

    def event(self, time: int) -> None:
        self.draw(time)
        self.tick = (time // LINE + 1) * LINE + 10

    def set_scroll(self, offset: int, value: int, time: int) -> None:
        self.draw(time)
        self.scroll = value
        column = self.seen % COLUMNS
        self.tick = self.seen // COLUMNS * LINE + column * 10 + 10

    def changing(self, offset: int, value: int, time: int) -> None:
        self.draw(time)

    def status(self, offset: int, time: int) -> int:
        self.draw(time)
        return self.seen & 0xFF

    def catch_up(self, time: int) -> None:
        self.draw(time)


class Mapper(Device):
    """Two windows of 4 KiB on the patterns, and a counter of rising edges of A12."""

    low: int = integer()
    high: int = integer()
    on: int = integer(1)
    count: int = integer()
    reload: int = integer(3)
    edges: int = integer()
    a12: int = into(rises="on_a12")
    irq: int = out()

    def on_a12(self, time: int) -> None:
        self.edges += 1
        self.count -= 1
        if self.count <= 0:
            self.count = self.reload
            if self.irq == NEVER:
                self.irq = time

    def write(self, offset: int, value: int, time: int) -> None:
        if offset == 0:
            self.low = value
        elif offset == 1:
            self.high = value
        elif offset == 2:
            self.irq = NEVER
        else:
            self.on = value & 1


def picture_through_mapper(engine: str) -> Machine:
    """The CPU switches banks while the picture chip reads through them."""
    board = Board("mapped", "a mapper", clock_hz=1_000_000, frame_ticks=LINE * LINES)
    cpu = board.cpu("cpu", isa("z80"), divider=1)
    chip = board.device("chip", PictureChip(tick=10))
    mapper = board.device("mapper", Mapper())
    patterns = board.rom("patterns", 0x8000)
    work = board.ram("work", 0x10000)
    cpu.mem.ram(0, 0xFFFF, work)
    chip.chr.bank(0x0000, 0x0FFF, patterns, mapper, "low", enable="on")
    chip.chr.bank(0x1000, 0x1FFF, patterns, mapper, "high")
    chip.chr.open_bus = 0x77
    board.wire(chip, "a12", mapper, "a12")
    board.wire(mapper, "irq", cpu, "int")
    cpu.io.device(0x00, 0x00, chip, read="status", write="set_scroll", mirror=0xFF00)
    cpu.io.watch(0x10, 0x13, chip, "changing", mirror=0xFF00)
    cpu.io.device(0x10, 0x13, mapper, write="write", mirror=0xFF00)
    board.screen(chip, "pixels", ((0, 0, 0), (90, 90, 90), (180, 180, 180), (255, 255, 255)))
    program = """
        ld sp,$8000
        im 1
        ei
again:  inc b
        ld a,b
        out ($10),a
        rra
        out ($11),a
        and 1
        out ($13),a
        in a,($00)
        ld hl,$9000
        add a,l
        ld l,a
        inc (hl)
        jr again
        .org $38
        push af
        ld a,c
        inc c
        out ($00),a
        out ($12),a
        pop af
        ei
        ret
"""
    machine = build(board, {"work": ("z80", program)}, engine)
    machine.load("patterns", bytes((i * 7 ^ i >> 8) & 0xFF for i in range(0x8000)))
    return machine


# -- a master that takes cycles from the CPU ------------------------------------------------------


class Dma(Device):
    """Reads a byte of the CPU's memory every *period* cycles: four cycles before a read, and none
    before a write, which it lets pass."""

    mem: Any = bus(16)
    when: int = wants(grant="take")
    period: int = integer(0, fixed=True)
    at: int = integer(0x300)
    sum: int = integer()
    count: int = integer()
    log = array("i8", 256)

    def take(self, access: int, writing: int, time: int) -> int:
        if writing:
            return 0
        self.sum = (self.sum * 31 + self.mem.read(self.at, time + 3)) & 0xFFFFFFFF
        self.log[self.count & 255] = (access & 0xFFFF) << 32 | time
        self.at = 0x300 | self.at + 1 & 0xFF
        self.count += 1
        self.when += self.period
        return 4

    def start(self, offset: int, value: int, time: int) -> None:
        self.when = time if value else NEVER


def stealing(engine: str, source: str, first: int, period: int) -> Machine:
    """A 6502 from which cycles are taken at *first* and every *period* cycles from then."""
    board = Board("stealing", "DMA", clock_hz=1_000_000, frame_ticks=5000)
    cpu = board.cpu("cpu", isa("6502"))
    dma = board.device("dma", Dma(when=first, period=period), mem=cpu.mem)
    cpu.mem.device(0x4000, 0x4000, dma, write="start")
    cpu.mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
    board.steal(dma, cpu)
    machine = build(board, {"ram": ("6502", source)}, engine)
    machine.load("ram", bytes(range(256)), at=0x300)
    machine.cpus["cpu"]["pc"] = 0x200
    return machine


# -- waits by the phase of a video chip -----------------------------------------------------------

PATTERN = (6, 5, 4, 3, 2, 1, 0, 0)


class Ula(Device):
    """Makes the CPU wait by the phase of its picture: six, five … cycles of each eight."""

    waited: int = integer()

    def contention(self, offset: int, time: int) -> int:
        phase = time % 8
        wait = 6 - phase if phase < 6 else 0
        self.waited += wait
        return wait


def contended(engine: str) -> Machine:
    """A Z80 whose lower RAM a picture chip contends for."""
    board = Board("contended", "contention", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", isa("z80"))
    ula = board.device("ula", Ula())
    cpu.mem.ram(0x4000, 0x7FFF, board.ram("low", 0x4000), waits=(ula, "contention"))
    cpu.mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
    program = """
        ld hl,$4000
again:  ld a,(hl)
        inc (hl)
        inc hl
        ld ($9000),a
        res 7,h
        set 6,h
        jp again
"""
    return build(board, {"ram": ("z80", program)}, engine)


# -- two CPUs ---------------------------------------------------------------------------------


class Latch(Device):
    """A byte from one CPU to another: it asserts a line until it is read."""

    value: int = integer()
    irq: int = out()
    log = array("i8", 4096)
    count: int = integer()

    def note(self, what: int, time: int) -> None:
        if self.count < 4096:
            self.log[self.count] = time << 16 | what
            self.count += 1

    def send(self, offset: int, value: int, time: int) -> None:
        self.note(0x100 | value, time)
        self.value = value
        if self.irq == NEVER:
            self.irq = time

    def receive(self, offset: int, time: int) -> int:
        self.note(0x200 | self.value, time)
        self.irq = NEVER
        return self.value

    def look(self, offset: int, time: int) -> int:
        """Whether the byte is still waiting; disturbs nothing."""
        self.note(0x300 | (self.irq != NEVER), time)
        return 1 if self.irq != NEVER else 0


MAIN = """
        lxi sp,3000h
        lxi d,1
again:  mvi b,6
work:   lxi h,2000h
        mov a,e
        add m
        mov m,a
        inx d
        mov a,d
        xra e
        sta 2100h
        lda 8001h
        adi 3
        sta 8000h
        mvi c,60
spin:   mov a,c
        xra b
        sta 2200h
        dcr c
        jnz spin
        dcr b
        jnz work
        mov a,e
        out 0
        in 1
        sta 2101h
        lda 8010h
        sta 2102h
        jmp again
"""

SUB = """
        ld sp,$3000
        im 1
        ei
again:  ld hl,$2000
        ld b,50
more:   ld a,(hl)
        add a,b
        ld (hl),a
        inc l
        djnz more
        ld a,($8000)
        add a,7
        ld ($8001),a
        jr again
        .org $38
        push af
        in a,(0)
        ld ($8010),a
        pop af
        ei
        ret
"""


def two_cpus(engine: str, dividers: tuple[int, int] = (3, 2)) -> Machine:
    """An 8080 that sends bytes to a Z80, which it interrupts; both use the RAM at 8000."""
    board = Board("pair", "main and sound CPU", clock_hz=6_000_000, frame_ticks=100_000)
    shared = board.ram("shared", 0x100)
    latch = board.device("latch", Latch())
    main = board.cpu("main", isa("8080"), divider=dividers[0])
    sub = board.cpu("sub", isa("z80"), divider=dividers[1])
    for cpu in (main, sub):
        cpu.mem.ram(0x0000, 0x7FFF, board.ram(f"{cpu.name}_ram", 0x8000))
        cpu.mem.ram(0x8000, 0x80FF, shared)
    main.io.device(0, 0, latch, write="send")
    main.io.device(1, 1, latch, read="look")
    sub.io.device(0, 0, latch, read="receive", mirror=0xFF00)
    board.wire(latch, "irq", sub, "int")
    programs = {"main_ram": ("8080", MAIN), "sub_ram": ("z80", SUB)}
    return build(board, programs, engine)


# -- outputs of a CPU, lines between chips, ahead and joined ---------------------------------------


class Bell(Device):
    """Rings a while after it was told to: a line that is ahead."""

    line: int = out()

    def ring(self, offset: int, value: int, time: int) -> None:
        self.line = time + value if value else NEVER


class Listener(Device):
    """Counts the edges of a wire that two bells drive, and sees the CPU halt."""

    wire: int = into(rises="up", falls="down")
    halted: int = into(rises="on_halt")
    wake: int = out()
    port: int = out(8)
    rises: int = integer()
    fallen: int = integer()
    last: int = integer()
    halts: int = integer()

    def up(self, time: int) -> None:
        self.rises += 1
        self.last = time

    def down(self, time: int) -> None:
        self.fallen += 1

    def on_halt(self, time: int) -> None:
        self.halts += 1
        self.wake = time + 100
        self.port = self.halts & 0xFF

    def told(self, offset: int, time: int) -> int:
        self.wake = NEVER
        return 0xFF


class Display(Device):
    """Is told a number."""

    number: int = into(8, changes="shown")
    sum: int = integer()

    def shown(self, offset: int, value: int, time: int) -> None:
        self.sum = (self.sum * 31 + value * time) & 0xFFFFFFFF


def lines(engine: str) -> Machine:
    """A Z80 that halts until a chip which sees that wakes it; two bells on one wire."""
    board = Board("lines", "lines", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", isa("z80"))
    cpu.mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
    listener, display = board.device("listener", Listener()), board.device("display", Display())
    for i, name in enumerate(("one", "two")):
        bell = board.device(name, Bell())
        cpu.io.device(i, i, bell, write="ring", mirror=0xFF00)
        board.wire(bell, "line", listener, "wire")
    cpu.io.device(8, 8, listener, read="told", mirror=0xFF00)
    board.wire(cpu, "halt", listener, "halted")
    board.wire(listener, "wake", cpu, "int")
    board.wire(listener, "port", display, "number")
    program = """
        ld sp,$8000
        im 1
again:  ld a,b
        and $3f
        out (0),a
        add a,20
        out (1),a
        ei
        halt
        inc b
        xor a
        out (0),a
        out (1),a
        jr again
        .org $38
        in a,(8)
        ei
        ret
"""
    return build(board, {"ram": ("z80", program)}, engine)


# -- frames that the video ends -------------------------------------------------------------------


class Video(Device):
    """Every other frame is a tick shorter; a frame with its picture off is as long as four.  Where
    one ends, it interrupts."""

    ends: int = frame_end(1000)
    vblank: int = out()
    off: int = integer()
    frames: int = integer()
    tick: int = due("strike")
    struck: int = integer()

    def frame(self, time: int) -> None:
        self.frames += 1
        if self.off:
            self.ends = time + 4000
        else:
            self.ends = time + 1000 - (self.frames & 1)
        self.tick = time + 500
        if self.vblank == NEVER:
            self.vblank = time

    def acknowledge(self, offset: int, time: int) -> int:
        self.vblank = NEVER
        return 0xFF

    def strike(self, time: int) -> None:
        self.struck += 1

    def switch(self, offset: int, value: int, time: int) -> None:
        self.off = value & 1
        if self.off == 0:
            self.ends = time + 700


def varying(engine: str) -> Machine:
    """Frames of varying length."""
    board = Board("varying", "frames", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa("8080"))
    video = board.device("video", Video())
    cpu.mem.ram(0x0000, 0xFFFF, board.ram("ram", 0x10000))
    cpu.io.device(0, 0, video, write="switch")
    cpu.inta.device(0, (1 << cpu.inta.space.bits) - 1, video, read="acknowledge")
    board.wire(video, "vblank", cpu, "int")
    program = """
        lxi sp,4000h
        ei
again:  lxi h,2000h
more:   inr m
        inr l
        jnz more
        inr b
        mov a,b
        rrc
        rrc
        out 0
        jmp again
        .org 38h
        push psw
        mov a,e
        rlc
        add l
        mov e,a
        inr c
        pop psw
        ei
        ret
"""
    return build(board, {"ram": ("8080", program)}, engine)
