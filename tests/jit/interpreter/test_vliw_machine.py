"""A VLIW on machines, in every engine: where its packets lie, what changes them, who interrupts.

Random programs of packets are in :mod:`test_random_programs`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from boards import Pest, pest_board
from dialects import DIALECTS
from probe import Chip
from random_programs import random_program
from test_jit import eager as eager
from test_jit_bounds import quick as quick
from test_lockstep import differences
from toy_dialect import TOY, assemble_packets
from toy_vliw import toy

import jit.interpreter.packet_table
from emucore.board import Board
from emucore.kernel import layout as k
from emucore.machine import Machine
from emucore.reference.engine import ReferenceEngine
from emucore.reference.packets import PacketReference
from jit.interpreter import packet_handlers
from jit.interpreter.engine import InterpEngine
from jit.llvm.native import compile_ir, threaded
from jit.tiers.engine import JitEngine

ENGINES = ["reference", "interp", "jit"] if threaded() else ["reference", "interp"]

pytestmark = pytest.mark.usefixtures("eager", "quick")

Build = Callable[[], Machine]


def together(build: Build, end: int = 3000, step: int = 300) -> list[Machine]:
    """Machines of all engines that the host has, run to *end* in lockstep."""
    found = [build() for _ in (ENGINES if threaded() else ENGINES[:2])]
    for machine, engine in zip(found, ENGINES, strict=False):
        machine.use(engine)
    rng = random.Random(1)
    while found[0].time < end:
        time = found[0].time + rng.randrange(1, step)
        for machine in found:
            machine.run_until(time)
            assert differences(found[0], machine) == [], f"{machine.engine} at {time}"
            if isinstance(machine.engine, JitEngine):
                machine.engine.translate_hot()
    return found


def code(source: str) -> bytes:
    """The bytes of a program at 0."""
    return assemble_packets(toy, source).image(0)


def flat(source: str) -> Machine:
    """A machine of 64 KiB and the pest, with a program."""
    machine = Machine(pest_board(toy))
    machine.load("ram", code(source))
    return machine


#: Sums 1 to 10 again and again.
SUMS = """
        org 0
again:  movi r1,0 | movi r2,10 | movi r5,0
more:   add r1,r1,r2 | addi r2,r2,-1 | cmpgt p0,r2,r5 | if (p0) jump more
        movi r3,0x1000 | add r4,r4,r1
        store [r3+r5],r4 | jump again
"""


def test_every_engine_runs_packets() -> None:
    machines = together(lambda: flat(SUMS), 5000)
    assert machines[0].cpus["cpu"]["r4"] > 1000
    if threaded():
        engine = machines[2].engine
        assert isinstance(engine, JitEngine)
        assert engine.cpus["cpu"].installed


def test_the_looped_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMUCORE_LOOPED", "1")
    for seed in range(2):
        program = random_program(TOY, seed)
        reference, looped = program.machine("reference"), program.machine("interp")
        rng = random.Random(seed)
        while reference.time < 3000:
            time = reference.time + rng.randrange(1, 100)
            reference.run_until(time)
            looped.run_until(time)
            assert differences(reference, looped) == [], f"seed {seed} at {time}"


def test_pieces_equal_the_whole() -> None:
    """Running in one go, in pieces, or instruction by instruction is the same."""
    program = random_program(DIALECTS["toy"], 5)
    for engine in ENGINES:
        whole, pieces, steps = (program.machine(engine) for _ in range(3))
        for machine, most in ((whole, 2000), (pieces, 7), (steps, 1)):
            while machine.time < 2000:
                machine.run_until(min(2000, machine.time + most))
        assert differences(whole, pieces) == differences(whole, steps) == []


#: Jumps to where a device answers each fetch, and comes back by interrupts if ever.
INTO_A_DEVICE = """
        org 0
        jump begin
        org 0x40
        addi r1,r1,1 | movi r6,0
        movi r2,0x100
        add r3,r2,r2 | cmpeq p0,r6,r6 | if (p0.new) jump begin
        org 0x80
        jump begin
        org 0x100
begin:  movi r5,0x2000 | movi r8,0x1000 | movi r9,0
        add r5,r5,r5 | enable
        add r5,r5,r5
        add r5,r5,r5 | load r7,[r8+r9] | addi r4,r4,4
        add r5,r5,r4
        jumpr r5
"""


def test_packets_that_a_device_gives() -> None:
    """No handler can fetch them, and how long they take depends on the device."""
    machines = together(lambda: flat(INTO_A_DEVICE), 2000)
    assert machines[0].arena["pest.log"][0] != 0


def test_packets_at_odd_addresses() -> None:
    source = """
        org 0
        movi r1,0x101
        jumpr r1
        org 0x100
        db 0
        addi r2,r2,1 | jump 0x100
"""
    source = source.replace("addi r2,r2,1 | jump 0x100", "dd {}")
    add, back = (code(f" org 0x100\n{text}") for text in ("addi r2,r2,1", "jumpr r1"))
    words = [int.from_bytes(each[-4:], "little") for each in (add, back)]
    machines = together(lambda: flat(source.format(", ".join(map(str, words)))), 500)
    assert machines[0].cpus["cpu"]["r2"] > 100


def test_words_that_are_no_packet() -> None:
    """Two writes to one register, an undefined word, and no end: the CPU waits for interrupts."""
    for words in ("add r1,r2,r3 | addi r1,r1,1", "nothing", "no end"):
        text = {"nothing": " dd 0xff00c000", "no end": " dd 0x10000000, 0x10000000, 0x10000000"}
        source = f" org 0\n enable\n addi r9,r9,1\n{text.get(words, words)}\n ds 8"
        machines = together(lambda source=source: flat(source), 600)
        assert machines[0].cpus["cpu"]["refused"] == 1


def banked() -> Machine:
    """A routine in a window on four banks, each with another; the program goes through all."""
    board = Board("banks", "a VLIW with banks", clock_hz=1_000_000)
    cpu = board.cpu("cpu", toy)
    chip = board.device("chip", Chip())
    banks = board.ram("banks", 0x40000)
    cpu.mem.ram(0x00000, 0x0FFFF, board.ram("ram", 0x10000))
    cpu.mem.bank(0x10000, 0x1FFFF, banks, chip, "bank", writable=True)
    cpu.mem.device(0x20000, 0x2FFFF, chip, write="select")
    machine = Machine(board)
    program = """
        org 0
        movi r5,0x2000 | movi r9,0
        add r5,r5,r5
        add r5,r5,r5
        add r5,r5,r5
        add r6,r5,r5
again:  addi r7,r7,1 | store [r6+r9],r7
        addi r8,r8,1 | jumpr r5
"""
    machine.load("ram", code(program))
    again = assemble_packets(toy, program).symbols["again"]
    for bank in range(4):
        routine = f" org 0\n movi r1,{again} | addi r2,r2,{bank + 1}\n jumpr r1 | add r3,r3,r2"
        machine.load("banks", code(routine), at=0x10000 * bank)
    return machine


def test_banks_are_switched_under_packets() -> None:
    machines = together(banked, 200, 50)
    assert machines[0].cpus["cpu"]["r2"] > 100


def test_hooks_on_packets() -> None:
    """Each is called once a visit, before the packet, wherever the packet was met."""
    visits: dict[str, list[tuple[int, int]]] = {}

    def build() -> Machine:
        machine = flat(SUMS)
        seen = visits.setdefault(ENGINES[len(visits)], [])
        cpu = machine.cpus["cpu"]
        for address in (0, 12, 28):
            machine.hook("cpu", address, lambda m: seen.append((cpu["clock"], cpu["r1"])))
        return machine

    together(build, 1500)
    first = visits["reference"]
    assert len(first) > 500
    assert all(seen == first for seen in visits.values())


def pair() -> Machine:
    """Two VLIWs that write to the memory that the other reads, and to its program."""
    board = Board("pair", "two VLIWs", clock_hz=1_000_000)
    board.quantum = 30
    ram = board.ram("ram", 0x10000)
    for name, divider in (("one", 1), ("two", 3)):
        cpu = board.cpu(name, toy, divider=divider)
        cpu.mem.ram(0, 0xFFFF, ram)
    pest = board.device("pest", Pest(due=100))
    board.wire(pest, "irq", board.cpus[0], "irq")
    machine = Machine(board)
    source = """
        org 0
        enable | jump first
        org 0x20
first:  load r1,[r20+r21] | addi r2,r2,1 | add r4,r4,r1
        store [r20+r22],r4 | jump first
        org 0x40
        addi r9,r9,1 | back
        org 0x80
        movi r7,2 | movi r8,0x81 | movi r9,0x100
second: add r4,r4,r4 | load r1,[r20+r22] | addi r3,r3,1
        addi r4,r4,3 | add r5,r5,r1 | store [r20+r21],r4
        and r6,r3,r8 | cmpeq p0,r6,r8
        cmpeq p1,r6,r11 | if (p1.new) load r6,[r12+r11]
        if (p1) xor r6,r6,r9
        if (p1) store [r12+r11],r6
        jump second
"""
    machine.load("ram", code(source))
    shared = {"r20": 0x2000, "r21": 0, "r22": 8, "r11": 0, "r12": 0x24}
    for name in ("one", "two"):
        for register, value in shared.items():
            machine.cpus[name][register] = value
    machine.cpus["two"]["pc"] = 0x80
    return machine


def test_two_of_them_share_a_program() -> None:
    machines = together(pair, 6000, 500)
    assert machines[0].cpus["two"]["r3"] > 100
    assert machines[0].cpus["one"]["r4"] > 0


@pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")
def test_packets_are_known_to_other_machines_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled: list[str] = []

    def compiling(text: str, opt: int) -> bytes:
        compiled.append(text)
        return compile_ir(text, opt)

    monkeypatch.setattr("jit.interpreter.packet_table.compile_ir", compiling)
    monkeypatch.setattr("jit.interpreter.packet_table._handlers", {})
    monkeypatch.setattr("jit.interpreter.packet_table.identity", lambda isa: isa.name)
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    for _ in range(2):
        for _ in range(2):
            machine = flat(SUMS)
            machine.use("interp")
            machine.run_until(200)
        assert len(compiled) == 1  # all of them at once
        monkeypatch.setattr("jit.interpreter.packet_table._handlers", {})


def test_handlers_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jit.interpreter.packet_table._handlers", {})
    monkeypatch.setattr("jit.interpreter.packet_table.MEMORY", 200_000)
    monkeypatch.setattr("jit.interpreter.packet_table.AHEAD", 1)
    monkeypatch.setattr("emucore.reference.packets.REMEMBERED", 3)
    program = random_program(TOY, 3)
    found = together(lambda: program.machine("reference"), 2000)
    size = 50 << 10  # of each handler, at least
    assert all(
        0 < known._size <= 200_000 + 2 * size
        for known in jit.interpreter.packet_table._handlers.values()
    )
    assert all(
        len(known._known) < 2 * 200_000 // size
        for known in jit.interpreter.packet_table._handlers.values()
    )
    for machine in found[1:]:
        assert isinstance(machine.engine, InterpEngine)
        (cpu,) = machine.engine._packets.values()
        assert 0 < sum(loaded.size for loaded in cpu._kept) <= 200_000 + 2 * size
        led = {
            int(word) for word in cpu._table[packet_handlers.SLOTS + 1 :: 2] if word != k.NOWHERE
        }
        assert 0 < len(led) <= 2 * len(cpu._kept)
    assert isinstance(found[0].engine, ReferenceEngine)
    (evaluated,) = found[0].engine.cpus
    assert isinstance(evaluated, PacketReference)
    assert 0 < len(evaluated._packets) <= 3


# -- broken on purpose ----------------------------------------------------------------------------


def differs(build: Build) -> bool:
    """Whether the interpreter and the reference come to different states."""
    reference, interp = build(), build()
    reference.use("reference")
    interp.use("interp")
    rng = random.Random(1)
    while reference.time < 4000:
        time = reference.time + rng.randrange(1, 300)
        reference.run_until(time)
        interp.run_until(time)
        if differences(reference, interp):
            return True
    return False


def test_handlers_that_do_not_look_at_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jit.interpreter.packet_table._handlers", {})
    monkeypatch.setattr("jit.interpreter.packet_handlers._Packets._compare", lambda *_: None)
    programs = (random_program(TOY, seed) for seed in range(8))
    assert any(differs(lambda p=program: p.machine("reference")) for program in programs)


def test_a_turn_that_ends_with_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    right = jit.interpreter.packet_table.PacketCpu.meet

    def meet(self: jit.interpreter.packet_table.PacketCpu) -> None:
        right(self)
        self._machine.words[k.RESUME] = 0

    assert not differs(pair)
    monkeypatch.setattr("jit.interpreter.packet_table.PacketCpu.meet", meet)
    assert differs(pair)
