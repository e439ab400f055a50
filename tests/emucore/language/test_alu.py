"""Sums and differences with their flags: all of 8 bits, and samples of every width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import Lab
from test_ops import minus, near

from emucore.ir.ops import OPS, Code, Op
from emucore.language.alu import add, smulh, sub, sumulh
from emucore.language.block import Block
from emucore.language.value import Value


def evaluate(code: Code, registers: dict[str, int]) -> dict[int, int]:
    """Values of straight-line *code*, by the id of its op."""
    values: dict[int, int] = {}
    for op in code:
        fold = OPS[op.name].fold
        if op.name == "get":
            values[id(op)] = registers[op.imm.name]
        else:
            assert fold is not None
            values[id(op)] = fold(op, *(values[id(a)] for a in op.args))
    return values


class Case:
    """Both operations at one width, traced once, with operands from w, v and f."""

    def __init__(self, width: int) -> None:
        self.width = width
        block = Block(Lab.clock)
        a, b, c = block.get(Lab.w)[:width], block.get(Lab.v)[:width], block.get(Lab.f)
        self.sums = add(a, b, c), sub(a, b, c)
        self.wanted: list[list[Op]] = []
        for total in self.sums:
            flags: list[Value] = [total.value, total.carry, total.overflow]
            flags.append(total.half if width > 4 else total.carry)
            self.wanted.append([v.op for v in flags])
        self.high = [smulh(a, b).op, sumulh(a, b).op]
        self.code = block.finish()

    def check(self, a: int, b: int, c: int) -> None:
        w = self.width
        values = evaluate(self.code, {"w": a, "v": b, "f": c})
        for sign, ops in zip((1, -1), self.wanted, strict=True):
            exact = a + sign * (b + c)
            signed = minus(a, w) + sign * (minus(b, w) + c)
            half = a % 16 + sign * (b % 16 + c)
            assert [values[id(op)] for op in ops[:3]] == [
                exact % 2**w,
                not 0 <= exact < 2**w,
                not -(2 ** (w - 1)) <= signed < 2 ** (w - 1),
            ], (sign, a, b, c)
            if w > 4:
                assert values[id(ops[3])] == (not 0 <= half < 16)
        signs = [(minus(a, w), minus(b, w)), (minus(a, w), b)]
        assert [values[id(op)] for op in self.high] == [x * y >> w & 2**w - 1 for x, y in signs]


CASES = {width: Case(width) for width in range(1, 65)}


def test_five_bits_exhaustively() -> None:
    for a in range(32):
        for b in range(32):
            for c in (0, 1):
                CASES[5].check(a, b, c)


@pytest.mark.long
def test_eight_bits_exhaustively() -> None:
    for a in range(256):
        for b in range(256):
            for c in (0, 1):
                CASES[8].check(a, b, c)


@given(a=st.integers(0, 255), b=st.integers(0, 255), c=st.integers(0, 1))
def test_eight_bits(a: int, b: int, c: int) -> None:
    CASES[8].check(a, b, c)


@given(data=st.data(), width=st.integers(1, 64), c=st.integers(0, 1))
def test_any_width(data: st.DataObject, width: int, c: int) -> None:
    CASES[width].check(data.draw(near(width)), data.draw(near(width)), c)


def test_constant_carry() -> None:
    block = Block(Lab.clock)
    a = block.get(Lab.a)
    sums = add(a, 1, 1), sub(a, 1, 1), add(a, 0xFF), sub(a, 0xFF)
    code = block.finish()
    for n in range(256):
        values = evaluate(code, {"a": n})
        got = [(values[id(s.value.op)], values[id(s.carry.op)]) for s in sums]
        exact = n + 2, n - 2, n + 255, n - 255
        assert got == [(e % 256, not 0 <= e < 256) for e in exact]
