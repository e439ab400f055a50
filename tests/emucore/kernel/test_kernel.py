"""The machine kernel on both engines: address maps, banks, wait states, lines, events, hosts, CPUs.

What is expected is written down or computed here, not taken from an engine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from boards import random_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from probe import (
    CLEAR,
    IN,
    LONG,
    OUT,
    Chip,
    add_ports,
    logged,
    make,
    peek,
    poke,
    probe_board,
    remembered,
)
from test_lockstep import ISAS, differences, random_program, random_registers

from emucore.assembler import assemble
from emucore.board import Board, CpuPart, Memory
from emucore.cpus.i8080 import i8080
from emucore.cpus.z80 import z80
from emucore.device import NEVER
from emucore.isa import Isa
from emucore.machine import Machine
from jit.llvm.native import threaded

ENGINES = ("reference", "interp", *(["jit"] if threaded() else []))
each_engine = pytest.mark.parametrize("engine", ENGINES)

SELECT, RING, CALL, ARM = (bytes([OUT, port]) for port in (2, 3, 4, 5))
long, clear = bytes([LONG]), bytes([CLEAR])


# -- address maps ---------------------------------------------------------------------------------


@dataclass
class Row:
    """A row of the map under test, as the test itself understands it."""

    kind: str  # rom, ram, bank, banked ram, or functions of the chip
    start: int
    end: int
    mirror: int
    memory: str = ""
    size: int = 0
    waits: int = 0

    def answers(self, address: int, way: str) -> bool:
        inside = self.start <= address & ~self.mirror <= self.end
        return inside and (bool(self.memory) or way in self.kind)


class Model:
    """An address map with its memories, straight from the documentation of the board."""

    def __init__(self, rows: list[Row], memories: dict[str, bytearray], open_bus: int) -> None:
        self.rows, self.memories, self.open_bus = rows, memories, open_bus
        self.value = self.bank = 0
        self.clock = 0

    def find(self, address: int, way: str) -> Row | None:
        return next((row for row in self.rows if row.answers(address, way)), None)

    def place(self, row: Row, address: int) -> int:
        offset = (address & ~row.mirror) - row.start
        if "bank" not in row.kind:
            return offset % row.size
        window = row.end - row.start + 1
        return offset + self.bank % (row.size // window) * window

    def read(self, address: int) -> int:
        row = self.find(address, "read")
        self.clock += 1
        if row is None:
            return self.open_bus
        self.clock += row.waits
        if row.memory:
            return self.memories[row.memory][self.place(row, address)]
        offset = (address & ~row.mirror) - row.start
        self.clock += 0 if row.waits else offset & 1
        return (self.value + offset) & 0xFF

    def write(self, address: int, value: int) -> None:
        row = self.find(address, "write")
        self.clock += 1
        if row is None:
            return
        self.clock += row.waits
        if "ram" in row.kind:
            self.memories[row.memory][self.place(row, address)] = value
        elif not row.memory:
            self.value = value
            self.clock += 0 if row.waits else ((address & ~row.mirror) - row.start) & 1

    def select(self, bank: int) -> None:
        self.clock += 1
        self.bank = bank


def random_rows(rng: random.Random) -> list[Row]:
    """Overlapping rows with odd borders, mirrors above, between and below the bits they decode."""
    rows = []
    for i in range(rng.randrange(2, 9)):
        step = rng.choice([0x10, 0x100, 0x100, 0x400])
        start = rng.randrange(0, 0x2000, step)
        end = start + rng.choice([0x10, 0x80, 0x100, 0x200, 0x400, 0x1000]) - 1
        free = [1 << b for b in range(16) if not (start | end) >> b & 1]
        mirror = sum(rng.sample(free, min(len(free), rng.choice([0, 0, 1, 3]))))
        kind = rng.choice(["rom", "ram", "ram", "bank", "banked ram", "read", "write", "readwrite"])
        row = Row(kind, start, end, mirror)
        if "read" not in kind and "write" not in kind:
            row.memory = f"m{i}"
            row.size = rng.choice([0x40, 0x80, 0x100, 0x180, 0x200, 0x1000])
            if "bank" in kind:
                row.size = (end - start + 1) * rng.choice([1, 2, 3])
        if "bank" not in kind:
            row.waits = rng.choice([0, 0, 0, 2])
        rows.append(row)
    return rows


def mapped(rows: list[Row], open_bus: int) -> Board:
    board, cpu, chip = probe_board()
    mem = cpu.spaces["mem"]
    mem.open_bus = open_bus
    for r in rows:
        place = (r.start, r.end)
        if r.kind == "rom":
            mem.rom(*place, board.rom(r.memory, r.size), mirror=r.mirror, waits=r.waits)
        elif r.kind == "ram":
            mem.ram(*place, board.ram(r.memory, r.size), mirror=r.mirror, waits=r.waits)
        elif r.memory:
            writable = "ram" in r.kind
            memory = board.ram(r.memory, r.size)
            mem.bank(*place, memory, chip, "bank", mirror=r.mirror, writable=writable)
        else:
            mem.device(
                *place,
                chip,
                read="read" if "read" in r.kind else None,
                write="write" if "write" in r.kind else None,
                mirror=r.mirror,
                waits=r.waits or (chip, "stall"),
            )
    return board


@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_random_maps(seed: int) -> None:
    """Every access gives the value and takes the time that a model of the map says."""
    rng = random.Random(seed)
    rows, open_bus = random_rows(rng), rng.randrange(256)
    images = {r.memory: rng.randbytes(r.size) for r in rows if r.memory}
    model = Model(rows, {n: bytearray(image) for n, image in images.items()}, open_bus)
    script, expected = [], []
    for _ in range(150):
        row = rng.choice(rows)
        near = rng.choice([0, 1, row.end - row.start, row.end - row.start + 1, -1])
        near = rng.choice([near, rng.randrange(row.end - row.start + 1)])
        address = (row.start + near | row.mirror & rng.getrandbits(16)) & 0xFFFF
        action = rng.randrange(8)
        if action == 0:
            bank = rng.randrange(256)
            script.append(SELECT + bytes([bank]))
            model.select(bank)
        elif action < 4:
            value = rng.randrange(256)
            script.append(poke(address, value))
            model.write(address, value)
        else:
            script.append(peek(address))
            value = model.read(address)
            expected.append((model.clock, value))
    for engine in ENGINES:
        machine = make(mapped(rows, open_bus), engine, script)
        for name, image in images.items():
            machine.load(name, image)
        machine.run_until(model.clock)
        assert machine.time == model.clock
        assert logged(machine) == expected
        for name, contents in model.memories.items():
            assert machine.arena[name].tobytes() == contents


@each_engine
def test_device_offsets_and_times(engine: str) -> None:
    """Offsets count from the range's start, mirrors or not; times are the clock's, in ticks."""
    board, cpu, chip = probe_board(divider=7)
    place, stall = (0x1234, 0x1235), (chip, "stall")
    mem = cpu.spaces["mem"]
    mem.device(*place, chip, read="read", write="arm", mirror=0xC000, waits=stall)
    machine = make(board, engine, [peek(0x1235), peek(0x5235), peek(0x9234), poke(0xD234, 9)])
    machine.run_until(7 * 6)
    assert logged(machine) == [(2, 1), (4, 1), (5, 0)]
    assert remembered(machine)[0] == (7 * 6, 0xAA)


# -- lines ----------------------------------------------------------------------------------------


def wired(*, divider: int = 1, line: str = "irq", **initial: int) -> tuple[Board, CpuPart]:
    """Two chips on one line; the second's ports begin at 8."""
    board, cpu, chip = probe_board(divider=divider, **initial)
    other = board.device("other", Chip())
    add_ports(cpu, other, 8)
    board.wire(chip, "irq", cpu, line)
    board.wire(other, "irq", cpu, line)
    return board, cpu


RING_OTHER = bytes([OUT, 8 + 3])
ON, OFF = b"\1", b"\0"


def line_after_each(engine: str, line: str, script: list[bytes]) -> list[int]:
    """The line after each instruction of a script."""
    machine = make(wired(line=line)[0], engine, script)
    values = []
    for _ in script:
        assert machine.engine is not None
        machine.engine.step()
        machine.run_until(machine.time)  # what the last instruction did to the wire
        values.append(machine.cpus["cpu"][line])
    return values


@each_engine
def test_a_level_line_is_the_or_of_its_sources(engine: str) -> None:
    """It holds the time of the source that was first."""
    script = [RING + ON, RING_OTHER + ON, RING + OFF, RING + ON, RING_OTHER + OFF, RING + OFF]
    assert line_after_each(engine, "irq", script) == [1, 1, 2, 2, 4, NEVER]


@each_engine
def test_an_edge_line_latches_the_first_rise(engine: str) -> None:
    script = [RING + ON, RING + OFF, RING + ON, clear, RING_OTHER + ON, RING + OFF]
    script += [RING_OTHER + OFF, RING_OTHER + ON, clear]
    expected = [1, 1, 1, NEVER, NEVER, NEVER, NEVER, 8, NEVER]
    assert line_after_each(engine, "nmi", script) == expected


@each_engine
@pytest.mark.parametrize(("due", "cycle"), [(1500, 150), (1501, 151), (1509, 151), (1511, 152)])
def test_an_event_in_a_long_instruction(engine: str, due: int, cycle: int) -> None:
    """The line holds the first cycle not before the event, though the CPU was far past it."""
    board, _ = wired(divider=10, due=due)
    machine = make(board, engine, [long, long, long])
    machine.run_until(3000)
    assert machine.cpus["cpu"]["irq"] == cycle
    assert machine.cpus["cpu"]["told"] == cycle
    assert remembered(machine) == [(due, 0xEE)]


# -- events ---------------------------------------------------------------------------------------


@each_engine
def test_events_at_the_same_time_come_in_the_board_s_order(engine: str) -> None:
    board, cpu, _ = probe_board(due=50)
    names = ["second", "third"]
    for name in names:
        board.device(name, Chip(due=50, period=10))
    machine = make(board, engine, [])
    machine.run_until(85)
    assert remembered(machine) == [(50, 0xEE)]
    assert [remembered(machine, n) for n in names] == [[(t, 0xEE) for t in (50, 60, 70, 80)]] * 2
    assert cpu.name == "cpu"


@each_engine
def test_events_that_rearm_within_one_instruction_keep_their_times(engine: str) -> None:
    board, _, _ = probe_board(due=30, period=25)
    machine = make(board, engine, [long, long])
    machine.run_until(101)
    times = [time for time, _ in remembered(machine)]
    assert times == list(range(30, 201, 25))  # the second instruction ends at 200


@each_engine
def test_an_access_can_bring_an_event_nearer(engine: str) -> None:
    """The event comes at the boundary next to it, not at the one the CPU was running to."""
    board, _, _ = probe_board(due=900, period=1000)
    machine = make(board, engine, [ARM + bytes([3])] + [bytes([IN, 0])] * 100)
    machine.run_until(2000)
    assert remembered(machine)[:3] == [(1, 0xAA), (4, 0xEE), (1004, 0xEE)]


@each_engine
def test_without_end(engine: str) -> None:
    """Events and hosts are heeded in a run to the end of time, too."""
    board, _, chip = probe_board(divider=10)
    board.call_host(chip, "ask")
    machine = make(board, engine, [ARM + bytes([50]), long, CALL + b"\7", long])
    assert not machine.run_until(NEVER)
    assert machine.time == 10 * 102
    assert remembered(machine) == [(10, 0xAA), (60, 0xEE), (1020, 7)]


# -- the host -------------------------------------------------------------------------------------


@each_engine
def test_the_host_is_asked_and_the_machine_goes_on(engine: str) -> None:
    """A machine that stops for its host is in the end the one whose program did the work."""
    board, _, chip = probe_board()
    board.call_host(chip, "ask")
    machine = make(board, engine, [CALL + b"\1", peek(0), CALL + b"\2", long])
    assert not machine.run_until(500)  # nobody answers
    assert machine.stopped
    assert machine.time == 1
    times = []

    def host(machine: Machine) -> None:
        times.append(machine.time)
        machine.arena["chip.ask"][0] = NEVER

    machine.host = host
    assert machine.run_until(500)
    assert times == [1, 3]
    assert not machine.stopped
    assert machine.time == 500
    assert [what for _, what in remembered(machine)] == [1, 2]


# -- several CPUs ---------------------------------------------------------------------------------

COUNT = """
loop:   lda 2000h
        adi {step}
        sta 2000h
        lxi h,{own}
        mov m,a
        inr l
        mov a,l
        sta $ - 5
        jmp loop
"""
COUNT_Z80 = """
loop:   ld a,(2000h)
        xor {step}
        ld (2000h),a
        ld hl,({own})
        inc hl
        ld ({own}),hl
        ld (hl),a
        jp loop
"""


def two_cpus(engine: str, quantum: int) -> Machine:
    """An 8080 and a Z80 that count in one byte of RAM; what each saw is in its own page."""
    board = Board("two", "two CPUs", clock_hz=1_000_000, quantum=quantum)
    shared = board.ram("shared", 0x1000)
    programs: list[tuple[str, Isa, int, str]] = [
        ("first", i8080, 3, COUNT.format(step=7, own="2100h")),
        ("second", z80, 7, COUNT_Z80.format(step=91, own="2200h")),
    ]
    images = {}
    for name, isa, divider, source in programs:
        cpu = board.cpu(name, isa, divider=divider)
        memory: Memory = board.ram(f"{name}_program", 0x100)
        cpu.mem.ram(0, 0xFF, memory)
        cpu.mem.ram(0x2000, 0x2FFF, shared)
        images[f"{name}_program"] = assemble(isa, source).image(0)
    machine = Machine(board, images)
    machine.use(engine)
    return machine


@pytest.mark.parametrize("quantum", [1, 16, 200])
def test_two_cpus_share_memory(quantum: int) -> None:
    """Engines agree, in one go or in pieces; and the CPUs do disturb each other."""
    machines = [two_cpus(engine, quantum) for engine in ENGINES]
    for machine in machines:
        machine.run_until(30_000)
        assert differences(machine, machines[0]) == []
    rng = random.Random(quantum)
    pieces = two_cpus("interp", quantum)
    while pieces.time < 30_000:
        pieces.run_until(min(30_000, pieces.time + rng.randrange(1, 700)))
    first, second = (pieces.cpus[name]["clock"] for name in ("first", "second"))
    assert 0 <= first * 3 - 30_000 < 3 * 20
    assert 0 <= second * 7 - 30_000 < 7 * 25
    assert len(set(pieces.arena["shared"][0x100:0x180])) > 40


def test_a_quantum_bounds_how_far_cpus_part() -> None:
    for quantum in (1, 50):
        machine = two_cpus("interp", quantum)
        for _ in range(200):
            assert machine.engine is not None
            machine.engine.step()
            times = [machine.cpus[p.name]["clock"] * p.divider for p in machine.board.cpus]
            longest = 7 * 23  # the slowest instruction of either
            assert abs(times[0] - times[1]) <= longest + quantum


# -- runs, states, machines -----------------------------------------------------------------------


def busy_board() -> Board:
    """Everything at once: banks, wait states, an edge, two level sources, events, catch-up."""
    board, cpu = wired(due=40, period=61, line="nmi")
    chip = board.devices["chip"]
    mem = cpu.spaces["mem"]
    mem.device(0x0000, 0x000F, chip, read="read", write="write")
    mem.bank(0x0000, 0x01FF, board.ram("banked", 0x800), chip, "bank", writable=True)
    mem.ram(0x0200, 0x02FF, board.ram("slow", 0x100), waits=2)
    return board


def busy_script(rng: random.Random) -> list[bytes]:
    script = []
    for _ in range(300):
        address = rng.randrange(0x320)
        script += [
            rng.choice(
                [
                    peek(address),
                    poke(address, rng.randrange(256)),
                    SELECT + bytes([rng.randrange(256)]),
                    RING + bytes([rng.randrange(2)]),
                    RING_OTHER + bytes([rng.randrange(2)]),
                    ARM + bytes([rng.randrange(100)]),
                    long,
                    clear,
                ]
            )
        ]
    return script


def busy(engine: str, seed: int) -> Machine:
    return make(busy_board(), engine, busy_script(random.Random(seed)))


def test_in_pieces_or_in_one_go() -> None:
    """Runs to random times, by either engine in turn, end where one run does."""
    for seed in range(4):
        whole, reference, pieces = (busy(e, seed) for e in ("interp", "reference", "interp"))
        end = 5000
        whole.run_until(end)
        reference.run_until(end)
        assert differences(whole, reference) == []
        rng = random.Random(seed)
        time = 0
        while time < end:
            time = min(end, time + rng.randrange(1, 150))
            pieces.use(rng.choice(ENGINES))
            pieces.run_until(time)
            assert int(pieces.arena["chip.reached"][0]) == time
        assert differences(whole, pieces) == []
        assert len(logged(whole)) > 30


@each_engine
def test_power_on_is_a_new_machine(engine: str) -> None:
    """After any run, with another bank and lines asserted; and it then runs the same."""
    board = busy_board()
    fresh, again = Machine(board), Machine(board)
    for machine in (again, fresh):
        script = b"".join(busy_script(random.Random(1)))
        if machine is again:
            machine.load("script", script)
            machine.use(engine)
            machine.run_until(3000)
            machine.power_on()
            assert differences(machine, fresh) == []
        machine.use(engine)
        machine.load("script", b"".join(busy_script(random.Random(2))))
        machine.run_until(3000)
    assert differences(fresh, again) == []


def test_machines_do_not_disturb_each_other() -> None:
    alone = [busy("interp", seed) for seed in range(3)]
    together = [busy("interp", seed) for seed in range(3)]
    for machine in alone:
        machine.run_until(3000)
    for time in range(100, 3001, 100):
        for machine in together:
            machine.run_until(time)
    for a, b in zip(alone, together, strict=True):
        assert differences(a, b) == []
    assert len({m.state_sha256() for m in together}) == 3


def resumed(machine: Machine, fresh: Machine) -> Machine:
    """A new machine with the state of another, and nothing else of it."""
    fresh.arena.set_state(machine.arena.state())
    fresh.refresh()
    return fresh


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_a_state_is_all_there_is(seed: int) -> None:
    """Taken at a random time and put into a new machine of either engine, it goes on the same."""
    rng = random.Random(seed)
    machine = busy("interp", seed)
    for _ in range(3):
        machine.run_until(machine.time + rng.randrange(1, 900))
        other = resumed(machine, busy(rng.choice(ENGINES), seed))
        time = machine.time + rng.randrange(1, 900)
        machine.run_until(time)
        other.run_until(time)
        assert differences(machine, other) == []


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
def test_a_state_is_all_there_is_for_every_cpu(isa: Isa) -> None:
    """As above, amid random programs, interrupts, halts and shadows."""
    for seed in range(8):
        rng = random.Random(seed)
        memory, registers = random_program(isa, rng), random_registers(isa, rng)
        machine = random_machine(isa, memory, registers)
        machine.use("interp")
        for _ in range(4):
            machine.run_until(machine.time + rng.randrange(1, 400))
            other = resumed(machine, random_machine(isa, memory, {}))
            other.use(rng.choice(ENGINES))
            time = machine.time + rng.randrange(1, 300)
            machine.run_until(time)
            other.run_until(time)
            assert differences(machine, other) == [], f"from {machine.time} with seed {seed}"
