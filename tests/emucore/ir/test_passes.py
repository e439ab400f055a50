"""Passes keep the meaning and drop the work."""

from __future__ import annotations

from emucore.cpus.i8080 import I8080
from emucore.ir.ops import Code, Op, verify, walk
from emucore.ir.passes.common import merge_common
from emucore.ir.passes.dead import drop_dead
from emucore.language.block import Block


def names(code: Code) -> list[str]:
    return [op.name for op in walk(code)]


def test_unused_values_go_and_effects_stay() -> None:
    cpu = I8080(Block(I8080.clock))
    _ = cpu.b + cpu.c  # computed, never used
    cpu.block.read(I8080.mem, "dummy", cpu.hl)  # its value is unused, the access is not
    code = verify(drop_dead(cpu.block.finish()))
    assert "add" not in names(code)
    assert "read" in names(code)
    assert {op.imm for op in code if op.name == "get"} == {I8080.clock, I8080.hl}


def test_an_if_that_does_nothing_goes() -> None:
    cpu = I8080(Block(I8080.clock))
    with cpu.when(cpu.z, rare=True):
        _ = cpu.b + cpu.c
    assert names(drop_dead(cpu.block.finish())) == []


def test_one_computation_where_both_see_it() -> None:
    cpu = I8080(Block(I8080.clock))
    cpu.b = cpu.a + 1
    cpu.c = cpu.a + 1
    code = cpu.block.finish()
    assert names(code).count("add") == 2
    assert names(verify(merge_common(code))).count("add") == 1


def test_what_an_if_computes_is_not_taken_outside() -> None:
    cpu = I8080(Block(I8080.clock))
    with cpu.when(cpu.z):
        cpu.write(cpu.hl, cpu.a + 1)
    cpu.b = cpu.a + 1
    code = verify(merge_common(cpu.block.finish()))
    inside = next(op for op in code if op.name == "if").body
    assert inside is not None
    assert any(op.name == "add" and op.width == 8 for op in inside)
    assert any(op.name == "add" and op.width == 8 for op in code)


def test_equal_names_with_other_payloads_differ() -> None:
    block = Block(I8080.clock)
    a = block.append(Op("get", 8, imm=I8080.a))
    low, high = (block.append(Op("slice", 4, (a,), bit)) for bit in (0, 4))
    block.append(Op("set", 0, (block.append(Op("concat", 8, (low, high))),), I8080.a))
    assert names(merge_common(block.finish())).count("slice") == 2
