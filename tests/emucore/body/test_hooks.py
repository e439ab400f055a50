"""Hooks on an address: called at the same boundaries by all engines, in translated code too."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from boards import pest_board, random_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_jit import eager
from test_kernel import two_cpus
from test_lockstep import ISAS, differences, random_program, random_registers

import machines
from emucore.assembler import assemble
from emucore.board import Board
from emucore.body.hooks import Hook
from emucore.cpus import isa
from emucore.isa import Isa, IsaError
from emucore.language.cpu import Cpu
from emucore.machine import Machine, MachineError
from emucore.reference.evaluate import Reference
from jit.llvm.native import threaded
from jit.tiers.engine import JitEngine

ENGINES = ["reference", "interp", "jit"] if threaded() else ["reference", "interp"]

pytestmark = pytest.mark.usefixtures("eager")
__all__ = ["eager"]

#: What a hook saw: the address, and all registers with the clock.
Seen = tuple[int, tuple[tuple[str, int], ...]]


def look(machine: Machine, cpu: str = "cpu") -> Seen:
    """What there is to see at this boundary."""
    registers = machine.cpus[cpu]
    pc = next(p for p in machine.board.cpus if p.name == cpu).isa.pc.name
    return registers[pc], (("clock", registers["clock"]), *dict(registers).items())


def listen(
    machine: Machine, addresses: list[int], cpu: str = "cpu", seen: list[Seen] | None = None
) -> list[Seen]:
    """Hook *addresses*; the list (*seen*) that grows as they are reached."""
    seen = [] if seen is None else seen
    for address in addresses:
        machine.hook(cpu, address, lambda m: seen.append(look(m, cpu)))
    return seen


def translate(machine: Machine) -> None:
    """Translate what has become hot, if the machine's engine does such things."""
    if isinstance(machine.engine, JitEngine):
        machine.engine.translate_hot()


def translations(machine: Machine) -> set[int]:
    """The addresses of all instructions that are in translated code."""
    assert isinstance(machine.engine, JitEngine)
    made = machine.engine.cpus["cpu"].installed.values()
    return {pc for each in made for pc in each.outline.starts}


# -- which boundaries -----------------------------------------------------------------------------


def begun(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Have the reference engine tell pc and clock of each instruction that begins, unasked."""
    log: list[tuple[int, int]] = []
    fetch = Reference._fetch
    registers = machine.cpus["cpu"]
    pc = machine.board.cpus[0].isa.pc.name

    def told(self: Reference, path: tuple[int, ...]) -> Any:
        if not path and self.registers is registers:
            log.append((registers[pc], registers["clock"]))
        return fetch(self, path)

    monkeypatch.setattr(Reference, "_fetch", told)
    return log


@pytest.mark.parametrize("isa", ISAS, ids=lambda isa: isa.name)
@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_random_programs(isa: Isa, seed: int) -> None:
    """All engines call at each instruction that begins there, and only then; nothing else changes.

    The board's pest interrupts at random, writes are random, and so are the ends of the runs.
    """
    rng = random.Random(seed)
    memory, registers = random_program(isa, rng), random_registers(isa, rng)

    def machine() -> Machine:
        return random_machine(isa, memory, registers)

    bare = machine()
    with pytest.MonkeyPatch.context() as patch:
        log = begun(bare, patch)
        bare.run_until(2500)
    visited = sorted({pc for pc, _ in log})
    addresses = [*rng.sample(visited, (len(visited) + 3) // 4), rng.randrange(1 << isa.pc.width)]
    expected = [(pc, clock) for pc, clock in log if pc in addresses]
    hooked = {name: machine() for name in ENGINES}
    seen = {name: listen(m, addresses) for name, m in hooked.items()}
    plain = machine()
    time = 0
    while time < 2500:
        time = min(2500, time + rng.randrange(1, 300))
        plain.run_until(time)
        for name, each in hooked.items():
            each.use(name)
            each.run_until(time)
            assert differences(plain, each) == [], f"{name} at {time}"
            assert seen[name] == seen["reference"], name
        if time < 1500:
            translate(hooked[ENGINES[-1]])
    assert [(pc, dict(rest)["clock"]) for pc, rest in seen["reference"]] == expected
    assert expected


@pytest.mark.parametrize("quantum", [1, 50])
def test_two_cpus(quantum: int) -> None:
    """A CPU that has stopped at a hook goes on before the other one does, as without hooks."""
    logs = []
    for engine in ENGINES:
        machine = two_cpus(engine, quantum)
        log = listen(machine, [3, 8], "first")
        listen(machine, [3, 5], "second", log)
        machine.run_until(10_000)
        machine.run_until(20_000)
        whole = two_cpus(engine, quantum)
        whole.run_until(10_000)
        whole.run_until(20_000)
        assert differences(machine, whole) == []
        logs.append(log)
    assert logs.count(logs[0]) == len(ENGINES)
    assert {pc for pc, _ in logs[0]} == {3, 5, 8}


# -- in hot loops ---------------------------------------------------------------------------------

#: A loop on each CPU, its label `here`, and a register that it counts up.
LOOPS = {
    "8080": ("loop: inr b\n mov a,b\nhere: add c\n mov c,a\n jmp loop", "b"),
    "z80": ("loop: inc b\n ld a,b\nhere: add a,c\n ld c,a\n jr loop", "b"),
    "6502": ("loop: inx\n txa\nhere: adc $80\n sta $80\n jmp loop", "x"),
    "rv32": ("loop: addi a0,a0,1\n add a1,a1,a0\nhere: xor a1,a1,a0\n j loop", "a0"),
}


def looping(name: str, engine: str) -> tuple[Machine, int]:
    """A machine in such a loop, for long; the address of `here`."""
    program = assemble(isa(name), LOOPS[name][0])
    board = Board("loop", "a loop", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa(name))
    cpu.spaces[isa(name).space.name].ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board, {"ram": program.image(0)})
    machine.use(engine)
    for _ in range(20):
        machine.run_until(machine.time + (100 if engine == "reference" else 1000))
        translate(machine)
    return machine, program.symbols["here"]


@pytest.mark.parametrize("name", LOOPS)
def test_translated_loops(name: str) -> None:
    """A hook set on code that is translated is called; without it, the code is translated again."""
    seen = {}
    for engine in ENGINES:
        machine, here = looping(name, engine)
        machine.run_until(30_000)
        if engine == "jit":
            assert here in translations(machine)
        log: list[Seen] = []
        hook = machine.hook("cpu", here, lambda m, log=log: log.append(look(m)))  # type: ignore[misc]
        for time in range(30_100, 32_000, 100):
            machine.run_until(time)
            translate(machine)
        if engine == "jit":
            assert translations(machine) - {here}  # the rest of the loop is
            assert here not in translations(machine)
        seen[engine] = list(log)
        hook.remove()
        hook.remove()
        for _ in range(20):
            machine.run_until(machine.time + 1000)
            translate(machine)
        if engine == "jit":
            assert here in translations(machine)
            heads = machine.engine.cpus["cpu"].installed.values()  # type: ignore[union-attr]
            assert any(len(made.outline.starts) >= 4 for made in heads)
        assert log == seen[engine]
    assert len(seen["reference"]) > 50
    assert all(log == seen["reference"] for log in seen.values())


def test_translations_cut_by_a_hook_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run, without the hook, has the whole loop."""
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    machine, here = looping("8080", "interp")
    machine.hook("cpu", here, lambda m: None)
    machine.use("jit")
    for _ in range(20):
        machine.run_until(machine.time + 1000)
        translate(machine)
    assert translations(machine)
    assert here not in translations(machine)
    assert here in translations(looping("8080", "jit")[0])


def test_a_hook_that_comes_while_code_is_translated() -> None:
    """What is on its way then, with the hooked address in it or cut before it, is not installed."""
    machine, here = looping("z80", "interp")
    engine = machine.use("jit")
    assert isinstance(engine, JitEngine)
    cpu = engine.cpus["cpu"]
    for install in (True, False):
        engine._translate(cpu, [0])
        hook = machine.hook("cpu", here, lambda m: None)
        machine.run_until(machine.time + 100)
        assert here not in translations(machine)
        engine._translate(cpu, [0])
        if install:
            machine.run_until(machine.time + 100)
            assert translations(machine)
        hook.remove()
        machine.run_until(machine.time + 100)
        assert not translations(machine)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_instruction_that_jumps_to_itself(engine: str) -> None:
    machine = flat("8080", "loop: jmp loop", engine)
    seen = listen(machine, [0])
    machine.run_until(100)
    assert [dict(rest)["clock"] for _, rest in seen] == list(range(0, 100, 10))


@pytest.mark.parametrize("engine", ENGINES)
def test_addresses_that_share_a_place_in_the_table(engine: str) -> None:
    """RV32 has more addresses than the table of hooks: each hook is only called at its own."""
    machine = flat("rv32", "loop: addi a0,a0,1\n j loop", engine)
    near, far = listen(machine, [4]), listen(machine, [4 + (1 << 18)])
    machine.run_until(200)
    assert (len(near), len(far)) == (100, 0)


def test_code_that_changes_itself() -> None:
    """The loop counts up its own operand, and is hooked while translations come and go."""
    source = """
        loop: mvi a,0
        here: add b
        mov b,a
        lda loop+1
        inr a
        sta loop+1
        jmp loop
    """
    logs = []
    for engine in ENGINES:
        machine = flat("8080", source, engine)
        seen = listen(machine, [2, 3])
        for time in range(500, 20_000, 500):
            machine.run_until(time)
            translate(machine)
        logs.append((seen, machine.state_sha256()))
    assert len(logs[0][0]) > 500
    assert logs.count(logs[0]) == len(ENGINES)


# -- boundaries that are special ------------------------------------------------------------------


def flat(name: str, source: str, engine: str) -> Machine:
    """A machine with nothing but RAM, and *source* from address 0."""
    board = Board("flat", "nothing but RAM", clock_hz=1_000_000, frame_ticks=1000)
    cpu = board.cpu("cpu", isa(name))
    cpu.spaces[isa(name).space.name].ram(0, 0xFFFF, board.ram("ram", 0x10000))
    machine = Machine(board, {"ram": assemble(isa(name), source).image(0)})
    machine.use(engine)
    return machine


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_ends_at_a_hooked_instruction(engine: str) -> None:
    """It is called when that instruction is about to run: at the start of the next run."""
    machine = flat("8080", "nop\n nop\n nop\n nop\n jmp 0", engine)
    seen = listen(machine, [2])
    machine.run_until(8)
    assert machine.cpus["cpu"]["pc"] == 2
    assert seen == []
    machine.run_until(8)
    assert seen == []
    machine.run_until(9)
    assert len(seen) == 1
    machine.run_until(12)
    machine.run_until(26 + 8)
    assert len(seen) == 1
    assert machine.cpus["cpu"]["pc"] == 2
    machine.run_until(26 + 9)
    assert len(seen) == 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("enable", ["ei", "nop"])
def test_an_interrupt_takes_the_instruction_s_place(engine: str, enable: str) -> None:
    """An instruction that the interrupt keeps waiting is not next; behind EI, it is.

    And the hook, stopping there, leaves EI its effect: the interrupt comes one instruction later.
    """
    source = f"""
        lxi sp,100h
        nop
        {enable}
        here: nop
        after: nop
        stop: jmp stop
        org 38h
        handler: hlt
    """
    machine = Machine(pest_board(isa("8080")))
    machine.load("ram", assemble(isa("8080"), source).image(0))
    machine.arena["pest.irq"][0] = 0
    machine.arena["pest.due"][0] = 1 << 40
    machine.use(engine)
    order: list[int] = []
    for address in (5, 6, 7, *range(8, 0x40, 8)):
        machine.hook("cpu", address, lambda m: order.append(m.cpus["cpu"]["pc"]))
    machine.run_until(60)
    if enable == "nop":
        assert order[:3] == [5, 6, 7]
    else:  # the pest answers with RST
        assert order[0] == 5
        assert order[1] % 8 == 0
        assert machine.memory[0xFE] == 6


@pytest.mark.parametrize("engine", ENGINES)
def test_behind_a_halt(engine: str) -> None:
    """While the CPU waits, the instruction behind HLT is not the next one."""
    machine = flat("8080", "ei\n hlt\n here: nop\n jmp 0", engine)
    seen = listen(machine, [2])
    machine.run_until(3000)
    assert seen == []
    machine.cpus["cpu"]["halted"] = 0
    machine.run_until(3100)
    assert len(seen) == 1


# -- what a hook may do ---------------------------------------------------------------------------

COUNTING = "loop: inr b\n here: mov a,b\n there: add c\n mov c,a\n jmp loop"
HERE, THERE = 1, 2


@pytest.mark.parametrize("engine", ENGINES)
def test_stop_and_go_on(engine: str) -> None:
    machine = flat("8080", COUNTING, engine)
    plain = flat("8080", COUNTING, engine)
    calls: list[str] = []
    machine.hook("cpu", HERE, lambda m: (calls.append("first"), m.stop()))
    machine.hook("cpu", HERE, lambda m: calls.append("second"))
    for n in range(1, 6):
        assert not machine.run_until(10_000)
        assert machine.cpus["cpu"]["pc"] == HERE
        assert machine.cpus["cpu"]["b"] == n
        assert calls == ["first", "second"] * n
    assert machine.run(frames=3) == 0
    plain.run_until(machine.time)
    assert differences(machine, plain) == []
    # a hook that is set where the machine stands is called there, the others are not again
    machine.hook("cpu", HERE, lambda m: calls.append("third"))
    machine.run_until(machine.time + 1)
    assert calls[12:] == ["third"]
    machine.stop()  # outside of a run: there is nothing to end
    assert machine.run_until(machine.time)


@pytest.mark.parametrize("engine", ENGINES)
def test_exceptions_come_out(engine: str) -> None:
    machine = flat("8080", COUNTING, engine)
    calls: list[str] = []

    def fail(m: Machine) -> None:
        calls.append("fail")
        raise LookupError(m.cpus["cpu"]["b"])

    hooks = [machine.hook("cpu", HERE, f) for f in (fail, lambda m: calls.append("next"))]
    for n in range(1, 4):
        with pytest.raises(LookupError, match=str(n)):
            machine.run_until(10_000)
        plain = flat("8080", COUNTING, engine)
        plain.run_until(machine.time)
        assert differences(machine, plain) == []
    assert calls == ["fail", "next", "fail", "next", "fail"]
    hooks[0].remove()
    machine.run_until(machine.time + 100)
    plain.run_until(machine.time)
    assert differences(machine, plain) == []
    assert calls[5:] == ["next"] * 4


def test_writing_registers_and_memory() -> None:
    """Also of code that is translated, and of the very instruction that is next."""

    def write(m: Machine) -> None:
        seen.append(look(m))
        m.cpus["cpu"]["b"] = 0x40
        m.memory[HERE] = 0x04 if m.memory[HERE] == 0x78 else 0x78  # inr b, mov a,b
        m.memory[3] = 0x57  # mov d,a

    results = []
    for engine in ENGINES:
        machine = flat("8080", COUNTING, engine)
        for _ in range(20):
            machine.run_until(machine.time + 100)
            translate(machine)
        if engine == "jit":
            assert {HERE, 3} <= translations(machine)
        seen: list[Seen] = []
        hook = machine.hook("cpu", HERE, write)
        machine.run_until(3000)
        assert dict(seen[1][1])["bc"] >> 8 == 0x42  # it ran inr b, twice
        assert machine.cpus["cpu"]["d"] != 0  # and mov d,a
        hook.remove()
        machine.run_until(6000)
        results.append((seen, machine.state_sha256()))
    assert results.count(results[0]) == len(ENGINES)


@pytest.mark.parametrize("engine", ENGINES)
def test_writing_the_program_counter(engine: str) -> None:
    """The machine goes on there, with that instruction's hooks and without the rest of these."""
    machine = flat("8080", COUNTING, engine)
    calls: list[int] = []

    def jump(m: Machine) -> None:
        calls.append(HERE)
        m.cpus["cpu"]["pc"] = 3

    machine.hook("cpu", HERE, jump)
    machine.hook("cpu", HERE, lambda m: calls.append(-1))
    machine.hook("cpu", 3, lambda m: calls.append(3))
    machine.hook("cpu", THERE, lambda m: calls.append(THERE))
    machine.run_until(100)
    assert calls == [HERE, 3] * 5
    assert machine.cpus["cpu"]["b"] == 5
    assert machine.cpus["cpu"]["a"] == 0
    assert machine.cpus["cpu"]["clock"] == 100


@pytest.mark.parametrize("engine", ENGINES)
def test_removing_and_setting_in_a_hook(engine: str) -> None:
    machine = flat("8080", COUNTING, engine)
    calls: list[str] = []
    hooks: list[Hook] = []

    def once(m: Machine) -> None:
        calls.append("once")
        for hook in hooks:
            hook.remove()
        m.hook("cpu", HERE, lambda m: calls.append("late"))
        m.hook("cpu", THERE, lambda m: calls.append("there"))

    hooks += [machine.hook("cpu", HERE, f) for f in (once, lambda m: calls.append("never"))]
    machine.run_until(60)
    assert calls == ["once", "late", "there", "late", "there"]


@pytest.mark.parametrize("engine", ENGINES)
def test_changing_the_engine_in_a_hook(engine: str) -> None:
    machine, plain = (flat("8080", COUNTING, engine) for _ in range(2))
    names = random.Random(5).choices(ENGINES, k=1000)
    machine.hook("cpu", HERE, lambda m: m.use(names.pop()))
    machine.run_until(1000)
    plain.run_until(1000)
    assert differences(machine, plain) == []
    assert len(names) < 980


@pytest.mark.parametrize("engine", ENGINES)
def test_states_and_hooks(engine: str, tmp_path: Path) -> None:
    """A state saved in a hook is that of its boundary; one loaded in a hook ends the run."""
    machine = flat("8080", COUNTING, engine)
    path = tmp_path / "state"
    calls: list[int] = []

    def third(m: Machine) -> None:
        calls.append(m.cpus["cpu"]["b"])
        if len(calls) == 3:
            m.save_state(path)
        if len(calls) == 7:
            m.load_state(path)

    machine.hook("cpu", HERE, third)
    machine.hook("cpu", HERE, lambda m: calls.append(0))
    assert machine.run(frames=2) == 0
    assert calls == [1, 0, 2, 0, 3, 0, 4]
    plain = flat("8080", COUNTING, engine)
    plain.load_state(path)
    assert differences(machine, plain) == []
    before = len(calls)
    machine.run_until(machine.time + 1)  # in this state nothing has been called yet
    assert calls[before:] == [2, 0]
    plain.run_until(machine.time)
    assert differences(machine, plain) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_clone_has_no_hooks(engine: str) -> None:
    machine = flat("8080", COUNTING, engine)
    clones: list[Machine] = []
    hook = machine.hook("cpu", HERE, lambda m: clones.append(m.clone()))
    machine.run_until(10)
    (clone,) = clones
    seen = listen(clone, [HERE])
    clone.run_until(10)
    assert differences(machine, clone) == []
    assert len(clones) == len(seen) == 1  # to its own hook, the boundary was new
    hook.remove()
    machine.run_until(100)
    clone.run_until(100)
    assert differences(machine, clone) == []
    assert len(clones) == 1


def test_a_hook_cannot_run_its_machine() -> None:
    machine = flat("8080", COUNTING, "interp")
    machine.hook("cpu", HERE, lambda m: m.run(frames=1))
    with pytest.raises(MachineError, match="flat is running"):
        machine.run(frames=1)
    assert machine.frame == 0


def test_what_cannot_be_hooked() -> None:
    machine = flat("8080", COUNTING, "reference")
    with pytest.raises(MachineError, match="flat has no CPU 'sound'; it has cpu"):
        machine.hook("sound", 0, print)
    for address in (-1, 0x10000):
        with pytest.raises(MachineError, match="no address of cpu's program"):
            machine.hook("cpu", address, print)


# -- other ways to run ----------------------------------------------------------------------------


def test_looped_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hosts without the threaded calling convention run."""
    monkeypatch.setenv("EMUCORE_LOOPED", "1")
    for name in ("8080", "z80", "rv32"):
        rng = random.Random(3)
        memory, registers = random_program(isa(name), rng), random_registers(isa(name), rng)
        pair = [random_machine(isa(name), memory, registers) for _ in range(2)]
        plain = random_machine(isa(name), memory, registers)
        with pytest.MonkeyPatch.context() as patch:
            log = begun(plain, patch)
            plain.run_until(2000)
        addresses = sorted({pc for pc, _ in log})[::3]
        seen = [listen(machine, addresses) for machine in pair]
        pair[0].use("reference")
        pair[1].use("interp")
        for time in range(100, 2001, 100):
            for machine in pair:
                machine.run_until(time)
            assert differences(*pair) == []
        assert seen[0] == seen[1]
        assert len(seen[0]) > 5
        assert differences(plain, pair[1]) == []


def test_a_boundary_routine_that_cannot_be_foreseen() -> None:
    """One that asks the bus and lets the instruction begin all the same."""
    rich = Isa("rich", isa("8080").cpu, title="", pc=isa("8080").pc, space=isa("8080").space)

    @rich.boundary
    def ask(cpu: Cpu) -> None:
        with cpu.when(cpu.a == 0):  # type: ignore[attr-defined]
            cpu.a = cpu.read(cpu.pc)  # type: ignore[attr-defined]

    with pytest.raises(IsaError, match="uses the bus"):
        rich.trace_foreseen()


def test_a_whole_machine() -> None:
    """The game, some frames of it: a routine's hook sees the same on each engine."""
    logs = []
    for engine in ENGINES:
        machine = machines.load("invaders", engine=engine)
        seen = listen(machine, [0x08, 0x10])
        machine.run(frames=5)
        plain = machines.load("invaders", engine="interp")
        plain.run(frames=5)
        assert machine.state_sha256() == plain.state_sha256()
        logs.append(seen)
    assert len(logs[0]) > 4
    assert logs.count(logs[0]) == len(ENGINES)
