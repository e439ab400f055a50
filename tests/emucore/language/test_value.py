"""Values: operators, widths, constants that fold, and the truth they do not have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import Lab, run

from emucore.language.block import Block
from emucore.language.value import Value, WidthError, cat, constant, fit, select

BYTE = st.integers(0, 255)


@pytest.fixture
def block() -> Block:
    return Block(Lab.clock)


def const(block: Block, number: int, width: int = 8) -> Value:
    return constant(block, number, width)


@given(a=BYTE, b=BYTE)
def test_operators(a: int, b: int) -> None:
    """Each operator at guest time, ints on either side, against Python's own."""
    signed = (a ^ 128) - 128

    def body(cpu: Lab) -> None:
        x, y = cpu.a, cpu.b
        results = {
            0: x + y, 1: x - y, 2: x & y, 3: x | y, 4: x ^ y, 5: ~x, 6: -x,
            7: x << 3, 8: x >> y, 9: x.sar(y[:3]), 10: 1 + x, 11: 1 - x, 12: 3 * x, 13: 0xF & x,
            14: cat(*[v.zext(1) for v in (x == y, x != y, x < y, x <= y)], cpu.const(0, 4)),
            15: cat(x > y, x >= y, x.slt(y), x == b, x != b, x < b, x <= b, x > b),
        }  # fmt: skip
        for i, value in results.items():
            cpu.z[i] = value

    got = run(body, a=a, b=b)
    expected = [
        a + b, a - b, a & b, a | b, a ^ b, ~a, -a,
        a << 3, a >> b, signed >> (b % 8), 1 + a, 1 - a, 3 * a, 0xF & a,
        (a == b) << 7 | (a != b) << 6 | (a < b) << 5 | (a <= b) << 4,
        (a > b) << 7 | (a >= b) << 6 | (signed < (b ^ 128) - 128) << 5 | (a == b) << 4
        | (a != b) << 3 | (a < b) << 2 | (a <= b) << 1 | (a > b),
    ]  # fmt: skip
    assert [got[f"z{i}"] for i in range(16)] == [e % 256 for e in expected]


@given(a=BYTE, b=BYTE)
def test_counts_and_products(a: int, b: int) -> None:
    def body(cpu: Lab) -> None:
        x, y = cpu.a, cpu.b
        for i, value in enumerate(
            (
                x.popcount,
                x.clz,
                x.ctz,
                x.parity.zext(8),
                x.umulh(y),
                x.udiv(y),
                x.urem(y),
                x.sdiv(y),
            )
        ):
            cpu.z[i] = value

    got = run(body, a=a, b=b)
    ones = f"{a:b}".count("1")
    assert [got[f"z{i}"] for i in range(7)] == [
        ones,
        8 - len(f"{a:b}".lstrip("0")),
        len(f"{a:08b}") - len(f"{a:08b}".rstrip("0")),
        1 - ones % 2,
        a * b >> 8,
        a // b if b else 255,
        a % b if b else a,
    ]


def test_a_guest_value_has_no_truth(block: Block) -> None:
    value = block.get(Lab.a)
    with pytest.raises(TypeError, match=r"use select\(cond, a, b\) or `with cpu.when\(cond\):`"):
        bool(value == 3)
    with pytest.raises(TypeError, match="no truth"):
        _ = value in (block.get(Lab.b), value)
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)
    with pytest.raises(TypeError, match="compare"):
        _ = value == "3"


def test_widths_must_agree(block: Block) -> None:
    byte, word = block.get(Lab.a), block.get(Lab.w)
    with pytest.raises(WidthError, match="8 and 64"):
        _ = byte + word
    with pytest.raises(WidthError, match="8 and 64"):
        _ = byte == word
    with pytest.raises(WidthError, match="256 does not fit 8"):
        _ = byte + 256
    with pytest.raises(WidthError, match="-129 does not fit 8"):
        _ = byte + -129
    with pytest.raises(WidthError, match="slice instead"):
        byte.zext(4)
    with pytest.raises(WidthError, match="65"):
        word.zext(65)
    with pytest.raises(WidthError, match="72"):
        cat(word, byte)
    with pytest.raises(WidthError, match="slice instead"):
        _ = byte << word  # an amount that was cut would shift by something else
    with pytest.raises(WidthError, match="condition of 1 bit"):
        select(byte, byte, byte)
    with pytest.raises(WidthError, match="needs a value"):
        select(byte[0], 1, 2)
    with pytest.raises(WidthError, match="8 and 64"):
        select(byte[0], byte, word)


@pytest.mark.parametrize("index", [8, -1, slice(4, 4), slice(5, 2), slice(0, 9), slice(-2, None)])
def test_bits_that_are_not_there(block: Block, index: int | slice) -> None:
    with pytest.raises(WidthError):
        block.get(Lab.a)[index]


def test_slices_have_no_step(block: Block) -> None:
    with pytest.raises(WidthError, match="step"):
        block.get(Lab.a)[::2]


@given(a=BYTE, lo=st.integers(0, 7), size=st.integers(1, 8))
def test_slices_and_cat(a: int, lo: int, size: int) -> None:
    hi = min(8, lo + size)

    def body(cpu: Lab) -> None:
        piece = cpu.a[lo:hi]
        assert piece.width == hi - lo
        cpu.b = piece.zext(8)
        rest = [cpu.a[hi:]] if hi < 8 else []
        cpu.c = cat(*rest, piece, *([cpu.a[:lo]] if lo else []))

    got = run(body, a=a)
    assert (got["b"], got["c"]) == (a >> lo & (1 << hi - lo) - 1, a)


def test_constants_fold_and_are_shared(block: Block) -> None:
    assert ((const(block, 200) + 100) ^ 0xFF).constant == 300 % 256 ^ 0xFF
    assert cat(const(block, 1, 4), const(block, 2, 4)).constant == 0x12
    assert const(block, -1).constant == 255
    assert select(const(block, 1, 1), const(block, 5), 6).constant == 5
    assert fit(const(block, 0x1FF, 16), 8).constant == 0xFF
    assert const(block, 7).op is const(block, 7).op
    assert {op.name for op in block.finish()} == {"const"}


@pytest.mark.parametrize(
    "identity",
    [
        lambda v: v + 0, lambda v: 0 + v, lambda v: v - 0, lambda v: v | 0, lambda v: v ^ 0,
        lambda v: v & 0xFF, lambda v: 0xFF & v, lambda v: v << 0, lambda v: v.sar(0),
        lambda v: ~~v, lambda v: v[:], lambda v: v[0:8], lambda v: v.zext(8),
        lambda v: v.zext(16)[:8], lambda v: cat(v, v[:4])[4:],
        lambda v: cat(v[:4], v)[:8], lambda v: select(v[0], v, v),
        lambda v: select(v[0] & 0, v + 1, v),
    ],
)  # fmt: skip
def test_identities_cost_nothing(block: Block, identity: object) -> None:
    value = block.get(Lab.a)
    assert identity(value).op is value.op  # type: ignore[operator]


def test_and_with_zero_is_zero(block: Block) -> None:
    assert (block.get(Lab.a) & 0).constant == 0
    assert (0 & block.get(Lab.a)).constant == 0
