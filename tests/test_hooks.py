"""Hooks on an address: called at the same boundaries by every engine, inside translated code too."""

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
from emucore.cpus import isa
from emucore.evaluate import Reference
from emucore.hooks import Hook
from emucore.isa import Isa, IsaError
from emucore.machine import Machine, MachineError
from emucore.trace import Cpu
from jit.engine import JitEngine
from jit.native import threaded

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


def listen(machine: Machine, addresses: list[int], cpu: str = "cpu") -> list[Seen]:
    """Hook *addresses*; the list that grows as they are reached."""
    seen: list[Seen] = []
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
    addresses = rng.sample(visited, (len(visited) + 3) // 4) + [rng.randrange(1 << isa.pc.width)]
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
    bare = two_cpus("reference", quantum)
    bare.run_until(20_000)
    logs = []
    for engine in ENGINES:
        machine = two_cpus(engine, quantum)
        log: list[tuple[str, int, int]] = []
        for cpu, address in (("first", 3), ("second", 3), ("first", 6), ("second", 7)):
            machine.hook(
                cpu,
                address,
                lambda m, c=cpu: log.append((c, m.cpus[c]["pc"], m.cpus[c]["clock"])),  # type: ignore[misc]
            )
        machine.run_until(10_000)
        machine.run_until(20_000)
        whole = two_cpus(engine, quantum)
        whole.run_until(10_000)
        whole.run_until(20_000)
        assert differences(machine, whole) == []
        logs.append(log)
    assert logs.count(logs[0]) == len(ENGINES)
    assert {cpu for cpu, _, _ in logs[0]} == {"first", "second"}


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
        hook = machine.hook("cpu", here, lambda m: log.append(look(m)))
        log: list[Seen] = []
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
