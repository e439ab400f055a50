"""Two CPUs on one memory: translations come and go, and no CPU's turn is other for it."""

from __future__ import annotations

import pytest
from test_jit import eager, engine_of, run_translating
from test_lockstep import differences

from emucore.assembler import assemble
from emucore.board import Board
from emucore.cpus.i8080 import i8080
from emucore.machine import Machine
from jit.llvm.native import threaded

__all__ = ["eager"]

pytestmark = pytest.mark.skipif(not threaded(), reason="this host has no threaded handlers")

#: Adds to a sum that both CPUs add to, by a routine whose operand it changes now and then: what
#: the sum becomes depends on who was there first.
PROGRAM = """
        lxi sp,{stack}
again:  mvi b,7
more:   lhld 4000h
        call routine
        shld 4000h
        dcr b
        jnz more
        lda routine+1
        adi {step}
        sta routine+1
        jmp again
routine: lxi d,{step}
        dad h
        dad d
        ret
"""


def build(engine: str) -> Machine:
    """A machine of two 8080s that share the memory at 4000h."""
    board = Board("pair", "two CPUs", clock_hz=1_000_000)
    board.quantum = 100
    shared = board.ram("shared", 0x100)
    for name, divider in (("first", 1), ("second", 2)):
        cpu = board.cpu(name, i8080, divider=divider)
        cpu.mem.ram(0, 0x3FFF, board.ram(name, 0x4000))
        cpu.mem.ram(0x4000, 0x40FF, shared)
    machine = Machine(board)
    for name, step in (("first", 3), ("second", 5)):
        program = PROGRAM.format(stack=0x3000, step=step)
        machine.load(name, assemble(i8080, program).image(0))
    machine.use(engine)
    return machine


def test_turns_are_those_of_the_interpreter() -> None:
    machines = [build(engine) for engine in ("interp", "interp")]
    engine = engine_of(machines[1])
    for time in range(1111, 60_000, 1111):
        for machine in machines:
            run_translating(machine, time, 1111)
        assert differences(*machines) == [], f"at {time}"
    assert engine.counts["invalidated"] > 3
    assert all(cpu.installed for cpu in engine.cpus.values())
