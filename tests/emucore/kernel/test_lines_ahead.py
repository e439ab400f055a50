"""Lines that are asserted ahead: at a time that the CPU they are wired to has not reached.

What is expected is what comes of an event that asserts the line at that time, or is computed here.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from boards import Pest, Seer
from dialects import DIALECTS
from probe import CLEAR, LONG, OUT, Chip, add_ports, make, probe, probe_board
from random_programs import random_program
from test_jit import eager as eager
from test_jit_bounds import quick as quick
from test_random_programs import MOST
from test_random_programs import larger as larger

from emucore.board import Board, BoardError
from emucore.cpus.i8080 import i8080
from emucore.device import NEVER, Device, integer, out
from emucore.history import snapshot
from emucore.ir.ops import Space
from emucore.isa import Isa
from emucore.language.cpu import Cpu
from emucore.language.registers import Line, Reg
from emucore.language.value import Value
from emucore.machine import Machine
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine

ENGINES = ("reference", "interp", *(["jit"] if threaded() else []))
each_engine = pytest.mark.parametrize("engine", ENGINES)

long, clear = bytes([LONG]), bytes([CLEAR])
#: Does nothing for a cycle: a write to a port that nobody has.
tick = bytes([OUT, 255, 0])


# -- as an event would have it --------------------------------------------------------------------


def seen(machine: Machine) -> dict[str, bytes | int]:
    """The state, but for lines' times to come, and when the pest has made up its mind."""
    fields: dict[str, bytes | int] = {
        f.name: machine.arena[f.name].tobytes()
        for f in machine.layout.fields.values()
        if f.section == "state" and f.name not in ("pest.irq", "machine.latches")
    }
    for part in machine.board.cpus:
        registers = machine.cpus[part.name]
        for name in part.lines():
            at = registers[name]
            fields[f"{part.name}.{name}"] = at if at <= registers["clock"] else NEVER
    return fields


def differing(a: Machine, b: Machine) -> list[str]:
    one, other = seen(a), seen(b)
    return [name for name in one if one[name] != other[name]]


@pytest.mark.usefixtures("eager", "quick", "larger")
@pytest.mark.parametrize("isa", DIALECTS)
def test_a_line_asserted_ahead_is_one_asserted_then(isa: str) -> None:
    """Masks, shadows, halts, polls and acknowledges of every CPU, in runs of any length."""
    for seed in range(2):
        program = random_program(DIALECTS[isa], seed)
        machines = {
            (engine, kind): program.machine(engine, kind)
            for engine in ENGINES
            for kind in (Pest, Seer)
        }
        plain = machines["interp", Pest]
        for machine in machines.values():
            machine.arena["pest.span"][0] = 400
        rng = random.Random(seed)
        time = 0
        while time < 12_000:
            time += rng.randrange(1, 400)
            plain.run_until(time)
            for (name, _), machine in machines.items():
                if name == "reference" and time > 2000:
                    continue
                machine.run_until(time)
                assert differing(plain, machine) == [], f"{name} with seed {seed} at {time}"
                engine = machine.engine
                if isinstance(engine, JitEngine) and engine.counts["translated"] < MOST:
                    engine.translate_hot()
        assert plain.arena["ram"][program.symbols["irqs"]] > 3


class Later(Device):
    """Asserts its lines so many ticks behind a write, or as it is told."""

    irq: int = out()
    ask: int = out()
    ahead: int = integer()
    acknowledged: int = integer()

    def write(self, offset: int, value: int, time: int) -> None:
        self.irq = time + self.ahead

    def call(self, offset: int, value: int, time: int) -> None:
        self.ask = time + self.ahead

    def drop(self, offset: int, value: int, time: int) -> None:
        self.irq = NEVER

    def ack(self, offset: int, time: int) -> int:
        self.irq = NEVER
        if self.acknowledged == 0:
            self.acknowledged = time
        return 0xFF


def later(engine: str, code: bytes, ahead: int, *, divider: int = 1, wired: bool = True) -> Machine:
    """An 8080 at its program, INT raised so long behind an OUT; RST 7 returns at once."""
    board = Board("later", "later", clock_hz=1_000_000, frame_ticks=10_000)
    cpu = board.cpu("cpu", i8080, divider=divider)
    device = board.device("later", Later(ahead=ahead))
    cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
    for port, name in enumerate(("write", "call", "drop")):
        cpu.io.device(port, port, device, write=name)
    cpu.inta.device(0, 0, device, read="ack")
    if wired:
        board.wire(device, "irq", cpu, "int")
    board.call_host(device, "ask")
    machine = Machine(board)
    machine.cpus["cpu"]["pc"] = START
    machine.load("ram", bytes.fromhex("310010") + code, at=START)
    machine.load("ram", bytes.fromhex("fb c9"), at=0x38)
    machine.use(engine)
    return machine


def taken(machine: Machine) -> int:
    """The first cycle, in ticks, of the first interrupt taken."""
    part = machine.board.cpus[0]
    return int(machine.arena["later.acknowledged"][0]) - part.divider


#: Where programs begin, cycles of LXI SP before each of them, and of OUT up to its access.
START, LXI, TO_ACCESS = 0x100, 10, 8


def boundary(first: int, step: int, time: int, divider: int) -> int:
    """The first cycle of *first*, *first* + *step* … that is not before the master *time*."""
    cycle = -(-time // divider)
    return max(first, first + -(-(cycle - first) // step) * step)


@each_engine
@pytest.mark.parametrize("divider", [1, 7])
def test_an_interrupt_comes_at_its_cycle(engine: str, divider: int) -> None:
    """EI, OUT, and then instructions of 4 cycles each, or a halt that counts by 4."""
    for rest in ("00" * 400, "76"):
        for ahead in (0, 1, 3, 4, 5, 6, 7, 8, 40, 41, 399, 1000):
            machine = later(engine, bytes.fromhex("fb d300" + rest), ahead, divider=divider)
            for end in (30, 300, 301, 777, 1500 * divider):
                machine.run_until(end)
            out = LXI + 4
            asserted = (out + TO_ACCESS) * divider + ahead
            first = out + 10 + (7 if rest == "76" and asserted > (out + 10) * divider else 0)
            expected = boundary(first, 4, asserted, divider) * divider
            assert taken(machine) == expected, (rest[:2], ahead)


@each_engine
def test_what_is_masked_then_waits_for_its_enabling(engine: str) -> None:
    """OUT, NOPs, EI, NOPs: the instruction behind EI runs yet."""
    for ahead in (5, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 100):
        machine = later(engine, bytes.fromhex("d300" + "00" * 7 + "fb" + "00" * 60), ahead)
        machine.run_until(500)
        asserted, enabled = LXI + TO_ACCESS + ahead, LXI + 10 + 7 * 4 + 4 + 4
        assert taken(machine) == boundary(enabled, 4, asserted, 1), ahead


@each_engine
def test_a_hook_at_that_boundary_is_not_called(engine: str) -> None:
    """The interrupt is taken in the instruction's place; one cycle later the hook comes first."""
    at = LXI + 4 + 10 + 4 * 4
    handled = 11 + 4 + 10  # RST, EI, RET
    for asserted, expected in ((at - 3, [at + handled]), (at, [at + handled]), (at + 1, [at])):
        machine = later(
            engine, bytes.fromhex("fb d300" + "00" * 100), asserted - LXI - 4 - TO_ACCESS
        )
        called: list[int] = []
        machine.hook("cpu", START + 6 + 4, lambda m, log=called: log.append(m.cpus["cpu"]["clock"]))
        machine.run_until(300)
        assert called == expected


@each_engine
def test_withdrawn_before_its_time(engine: str) -> None:
    """Then it has never been; behind its time it has been taken."""
    for ahead, taken in ((100, False), (18, True)):
        machine = later(engine, bytes.fromhex("fb d300 00000000 d302" + "00" * 100), ahead)
        machine.run_until(500)
        assert (machine.arena["later.acknowledged"][0] > 0) == taken
        assert machine.cpus["cpu"]["int"] == NEVER


# -- written by hand ------------------------------------------------------------------------------


def by_source(machine: Machine, time: int) -> None:
    machine.arena["later.irq"][0] = time


def by_register(machine: Machine, time: int) -> None:
    machine.cpus["cpu"]["int"] = time


def by_file(machine: Machine, time: int) -> None:
    """As :func:`by_source`, in a state that is loaded."""
    values = {n: machine.arena[n].copy() for n in snapshot.names(machine)}
    values["later.irq"][...] = time
    snapshot.restore(
        machine, snapshot.describe(machine), b"".join(v.tobytes() for v in values.values())
    )


@each_engine
@pytest.mark.parametrize("way", [by_source, by_register, by_file])
def test_a_line_set_from_outside(engine: str, way: Callable[[Machine, int], None]) -> None:
    """By the device's line, by the register of a line that is not wired, by a state's file."""
    for time in (50, 199, 200, 201, 260, 302, 1001):
        wired = way is not by_register
        machine = later(engine, bytes.fromhex("fb" + "00" * 600), 0, wired=wired)
        machine.run_until(200)
        clock = machine.cpus["cpu"]["clock"]
        way(machine, time)
        machine.run_until(300)
        machine.run_until(2000)
        assert taken(machine) == boundary(clock, 4, time, 1), time


@each_engine
@pytest.mark.parametrize("wired", [True, False])
def test_a_line_set_by_a_hook(engine: str, wired: bool) -> None:
    machine = later(engine, bytes.fromhex("fb" + "00" * 600), 0, wired=wired)

    def hook(machine: Machine) -> None:
        (by_source if wired else by_register)(machine, machine.cpus["cpu"]["clock"] + 90)

    machine.hook("cpu", START + 20, hook)
    machine.run_until(2000)
    at = LXI + 4 + (20 - 4) * 4
    assert taken(machine) == boundary(at, 4, at + 90, 1)


# -- the host -------------------------------------------------------------------------------------


@each_engine
def test_the_host_is_asked_at_its_time(engine: str) -> None:
    """Not before; nor if it is withdrawn; and a run to any time before it is one to its end."""
    asked = LXI + TO_ACCESS + 200
    for pieces in ([5000], [100, asked - 1, asked, 5000], [*range(25, 300, 7), 5000]):
        machine = later(engine, bytes.fromhex("d301" + "00" * 300 + "c30300"), 200)
        times = []

        def host(machine: Machine, times: list[int] = times) -> None:
            times.append(machine.time)
            machine.arena["later.ask"][0] = NEVER
            machine.stop()

        machine.host = host
        for end in pieces:
            went_on = machine.run_until(end)
            assert went_on == (not times)
            if times:
                break
            assert not machine.stopped
        assert times == [boundary(LXI + 10, 4, asked, 1)]
    machine = later(engine, bytes.fromhex("d301" + "00" * 300), 200)
    machine.run_until(100)
    machine.arena["later.ask"][0] = NEVER
    assert machine.run_until(1000)


@each_engine
def test_nobody_answers_what_is_asked_ahead(engine: str) -> None:
    machine = later(engine, bytes.fromhex("d301" + "00" * 300), 200)
    assert not machine.run_until(1000)
    assert machine.stopped
    assert machine.time == boundary(LXI + 10, 4, LXI + TO_ACCESS + 200, 1)


# -- edges ----------------------------------------------------------------------------------------


class Bell(Chip):
    """Asserts its line ahead by what is written, halved."""

    def soon(self, offset: int, value: int, time: int) -> None:
        self.irq = time + value if value else NEVER

    def pulse(self, offset: int, value: int, time: int) -> None:
        """Take notice of nothing but the time before this one."""
        self.irq = time - value


SOON, PULSE, OTHER = 16, 17, 32


def soon(ticks: int, chip: int = 0) -> bytes:
    """Assert it so many ticks from now; 0: withdraw it."""
    return bytes([OUT, SOON + chip, ticks])


def edges(engine: str, script: list[bytes], *, divider: int = 1) -> list[int]:
    """The latched line after each instruction of a script; two chips drive it."""
    board, cpu, _ = probe_board(divider=divider)
    for name, first in (("one", 0), ("two", OTHER)):
        bell = board.device(name, Bell())
        for port, what in ((SOON, "soon"), (PULSE, "pulse")):
            cpu.spaces["io"].device(first + port, first + port, bell, write=what)
        board.wire(bell, "irq", cpu, "nmi")
    machine = make(board, engine, script)
    values = []
    for _ in script:
        assert machine.engine is not None
        machine.engine.step()
        values.append(machine.cpus["cpu"]["nmi"])
    return values


@each_engine
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        # it comes at its time, once; and again behind a fall
        ([soon(3), tick, tick, tick, clear, tick, soon(0), soon(2), tick, tick],
         [0, 0, 0, 4, 0, 0, 0, 0, 0, 10]),
        # withdrawn before its time, it never comes; at its time, it has
        ([soon(3), soon(0), tick, tick, tick], [0, 0, 0, 0, 0]),
        ([soon(1), soon(0), tick], [0, 2, 2]),
        # moved, it comes at the other time only
        ([soon(2), soon(5), tick, tick, tick, tick, tick], [0, 0, 0, 0, 0, 0, 7]),
        ([soon(9), soon(2), tick, tick, tick], [0, 0, 0, 4, 4]),
        # while it is asserted, another time is a fall and a rise
        ([soon(1), tick, clear, soon(3), tick, tick, tick], [0, 2, 0, 0, 0, 0, 7]),
        # the first of two sources; the other one is another edge only if there is a fall between
        ([soon(2), soon(3, OTHER), tick, clear, soon(0), tick], [0, 0, 3, 0, 0, 0]),
        ([soon(2), soon(8, OTHER), tick, clear, soon(0), tick, tick, tick, tick, tick],
         [0, 0, 3, 0, 0, 0, 0, 0, 0, 10]),
        ([soon(6), soon(1, OTHER), tick, tick, soon(0, OTHER), clear, tick],
         [0, 0, 3, 3, 3, 0, 7]),
        # one that waits, or is cleared, takes nothing away from one that comes
        ([soon(1), soon(0), soon(3), tick, clear, tick], [0, 2, 2, 2, 0, 6]),
        ([soon(5), clear, tick, tick, tick, tick], [0, 0, 0, 0, 0, 6]),
        ([soon(1), soon(0), soon(2), tick, tick, clear], [0, 2, 2, 2, 2, 0]),
        # before power-on is long ago
        ([bytes([OUT, PULSE, 200]), tick], [0, 0]),
    ],
)  # fmt: skip
def test_an_edge_ahead(engine: str, script: list[bytes], expected: list[int]) -> None:
    """The line holds when it was latched, here 0 while it is not; each instruction is a cycle, the
    access at its end."""
    found = edges(engine, script)
    assert [0 if at == NEVER else at for at in found] == expected
    if script[0][1] == PULSE:
        assert found == [0, 0]


@each_engine
@pytest.mark.parametrize("divider", [3, 10])
def test_an_edge_between_two_cycles(engine: str, divider: int) -> None:
    """A tick or two: withdrawn before its tick it never comes, though its cycle is the same."""
    for ticks in range(1, 3 * divider):
        latched = edges(engine, [soon(ticks), long, long], divider=divider)[2]
        assert latched == 1 + -(-ticks // divider)
        withdrawn = edges(engine, [soon(ticks), soon(0), long], divider=divider)[2]
        assert withdrawn == (latched if ticks <= divider else NEVER)


# -- several CPUs ---------------------------------------------------------------------------------


def pair(engine: str, quantum: int, scripts: list[list[bytes]], dividers: list[int]) -> Machine:
    """Two probes that ring each other: a write to port 16 of one asserts the other's lines."""
    board = Board("pair", "two probes", clock_hz=1_000_000, frame_ticks=100_000, quantum=quantum)
    bells = [board.device(f"bell{i}", Bell()) for i in range(2)]
    for i in range(2):
        cpu = board.cpu(f"cpu{i}", probe, divider=dividers[i])
        cpu.spaces["code"].ram(0, 0xFFFF, board.ram(f"script{i}", 0x10000))
        cpu.spaces["log"].ram(0, 0xFFFF, board.ram(f"log{i}", 0x10000))
        add_ports(cpu, bells[i], 0)
        cpu.spaces["io"].device(SOON, SOON, bells[i], write="soon")
        for name in ("irq", "nmi"):
            board.wire(bells[1 - i], "irq", cpu, name)
    machine = Machine(board)
    for i, script in enumerate(scripts):
        machine.load(f"script{i}", b"".join(script) + b"\x06")
    machine.use(engine)
    return machine


@each_engine
@pytest.mark.parametrize("quantum", [1, 7, 50, 1000, 200_000, NEVER])
@pytest.mark.parametrize("dividers", [[1, 1], [3, 7]])
def test_a_follower_attends_at_the_time(engine: str, quantum: int, dividers: list[int]) -> None:
    """The first CPU rings at tick 41 of its own; the second is behind, or ahead, or far ahead.

    Both instructions of the second take a cycle or a hundred: it looks between two of them.
    """
    for ahead in (1, 30, 250):
        for other in ([tick] * 200, [long] * 20, [tick] * 41 + [long]):
            machine = pair(engine, quantum, [[tick] * 40 + [soon(ahead)], other], dividers)
            machine.run_until(3000)
            asserted = 41 * dividers[0] + ahead
            cycle = -(-asserted // dividers[1])
            registers = machine.cpus["cpu1"]
            assert registers["irq"] == registers["nmi"] == registers["told"] == cycle
            assert machine.cpus["cpu0"]["irq"] == NEVER


@each_engine
@pytest.mark.parametrize("quantum", [1, 7, 50, 1000])
def test_a_pulse_of_the_leader_is_not_lost(engine: str, quantum: int) -> None:
    """Asserted and withdrawn before the follower has come there: it has its edge all the same."""
    script = [tick] * 40 + [soon(1), tick, tick, soon(0), soon(200), soon(0)]
    machine = pair(engine, quantum, [script, [tick] * 200], [1, 1])
    machine.run_until(40)
    assert machine.cpus["cpu1"]["nmi"] in (NEVER, 42)
    machine.run_until(500)
    assert machine.cpus["cpu1"]["nmi"] == 42


@each_engine
def test_the_host_is_asked_when_all_have_come_there(engine: str) -> None:
    board = Board("hosted", "two CPUs", clock_hz=1_000_000, frame_ticks=100_000, quantum=500)
    device = board.device("later", Later(ahead=100))
    for i in range(2):
        cpu = board.cpu(f"cpu{i}", i8080)
        cpu.mem.ram(0, 0xFFFF, board.ram(f"ram{i}", 0x10000))
        cpu.io.device(1, 1, device, write="call")
    board.call_host(device, "ask")
    machine = Machine(board)
    machine.load("ram0", bytes.fromhex("00" * 10 + "d301"))
    machine.use(engine)
    assert not machine.run_until(10_000)
    clocks = [machine.cpus[f"cpu{i}"]["clock"] for i in range(2)]
    asked = 40 + TO_ACCESS + 100
    assert clocks == [boundary(50, 4, asked, 1), boundary(0, 4, asked, 1)]


def test_a_quantum_is_some_time() -> None:
    board = Board("none", "no quantum", clock_hz=1, quantum=-1)
    board.cpu("cpu", i8080)
    with pytest.raises(BoardError, match="a quantum of -1 ticks"):
        Machine(board)


# -- lines that an instruction writes -------------------------------------------------------------


class Flip(Cpu):
    """Has an edge, which its program sees and clears."""

    mem = Space("mem", bits=16, page_bits=8)
    pc = Reg(16, hot=True)
    n = Reg(32, hot=True)
    nmi = Line(edge=True)


def flip_isa() -> Isa:
    isa = Isa("flip", Flip, title="edges", pc=Flip.pc, space=Flip.mem)

    @isa.fetch
    def fetch(cpu: Flip) -> Value:
        code = cpu.block.read(cpu.mem, "fetch", cpu.pc)
        cpu.pc = cpu.pc + 1
        cpu.tick(1)
        return code

    @isa.boundary
    def boundary(cpu: Flip) -> None:
        pass

    @isa.op("00000000", "clear")
    def clear(cpu: Flip) -> None:
        cpu.nmi = NEVER

    @isa.op("00000001", "pulse")
    def pulse(cpu: Flip) -> None:
        cpu.block.write(cpu.mem, "write", cpu.const(0x8000, 16), cpu.n[:8])
        cpu.tick(1)
        cpu.block.write(cpu.mem, "write", cpu.const(0x8002, 16), cpu.n[:8])

    @isa.op("00000010", "count")
    def count(cpu: Flip) -> None:
        cpu.n = cpu.n + cpu.asserted(cpu.nmi).zext(32)

    @isa.op("00000011", "again")
    def again(cpu: Flip) -> None:
        cpu.pc = cpu.const(0, 16)

    return isa


@pytest.mark.usefixtures("eager", "quick", "larger")
def test_a_pulse_within_an_instruction() -> None:
    """Its edge is latched while the instruction runs, in translated code as well."""
    isa = flip_isa()
    for engine in ENGINES:
        board = Board("flip", "flip", clock_hz=1_000_000, frame_ticks=10_000)
        cpu = board.cpu("cpu", isa)
        device = board.device("later", Later())
        cpu.mem.device(0x8000, 0x8000, device, write="write")
        cpu.mem.device(0x8002, 0x8002, device, write="drop")
        cpu.mem.ram(0, 0x7FFF, board.ram("ram", 0x8000))
        board.wire(device, "irq", cpu, "nmi")
        machine = Machine(board)
        machine.load("ram", bytes(range(4)))
        machine.use(engine).wait()
        for end in range(200, 3001, 200):
            machine.run_until(end)
            if isinstance(machine.engine, JitEngine):
                machine.engine.translate_hot()
                assert machine.engine.cpus["cpu"].installed or end < 1000
        assert machine.cpus["cpu"]["n"] == 3000 // 5
