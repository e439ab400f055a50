"""The micro-op table: what each op computes, against other ways to compute it, and the verifier."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emucore.ir.ops import OPS, Access, Code, Op, Space, VerifyError, dump, mask, verify, walk
from emucore.language.registers import Reg, RegFile


def minus(a: int, w: int) -> int:
    """Two's complement, by weight of the sign bit."""
    return a - 2**w if a >= 2 ** (w - 1) else a


def bits(a: int, w: int) -> str:
    return f"{a:0{w}b}"


def bitwise(w: int, a: int, b: int, table: str) -> int:
    """Bit by bit; *table* gives the results of 00 01 10 11."""
    pairs = zip(bits(a, w), bits(b, w), strict=True)
    return int("".join(table[int(x + y, 2)] for x, y in pairs), 2)


def quotient(w: int, a: int, b: int) -> int:
    """Exact, then rounded towards zero."""
    return int(Fraction(minus(a, w), minus(b, w))) if b else -1


def remainder(w: int, a: int, b: int) -> int:
    return minus(a, w) - minus(b, w) * quotient(w, a, b) if b else a


#: Ops whose operands have the result's width: another way to compute them (modulo 2**w).
SAME_WIDTH: dict[str, Callable[..., int]] = {
    "add": lambda w, a, b: a + b,
    "sub": lambda w, a, b: a - b,
    "mul": lambda w, a, b: a * b,
    "umulh": lambda w, a, b: a * b // 2**w,
    "udiv": lambda w, a, b: divmod(a, b)[0] if b else -1,
    "urem": lambda w, a, b: divmod(a, b)[1] if b else a,
    "sdiv": quotient,
    "srem": remainder,
    "and": lambda w, a, b: bitwise(w, a, b, "0001"),
    "or": lambda w, a, b: bitwise(w, a, b, "0111"),
    "xor": lambda w, a, b: bitwise(w, a, b, "0110"),
    "not": lambda w, a: 2**w - 1 - a,
    "shl": lambda w, a, b: int(bits(a, w) + "0" * min(b, w), 2),
    "shr": lambda w, a, b: int("0" + bits(a, w)[: max(w - b, 0)], 2),
    "sar": lambda w, a, b: int(bits(a, w)[0] * (w + 1) + bits(a, w)[: max(w - b, 0)], 2),
    "popcount": lambda w, a: bits(a, w).count("1"),
    "clz": lambda w, a: bits(a, w).find("1") if a else w,
    "ctz": lambda w, a: bits(a, w)[::-1].find("1") if a else w,
}
WIDTHS = st.integers(1, 64)


def near(w: int) -> st.SearchStrategy[int]:
    """Values of *w* bits, often next to an end or the sign."""
    edges = [0, 1, 2 ** (w - 1) - 1, 2 ** (w - 1), 2**w - 1, w, w - 1]
    return st.one_of(st.sampled_from([e % 2**w for e in edges]), st.integers(0, 2**w - 1))


def op(
    name: str, width: int, *args: int | Op, imm: object = None, widths: tuple[int, ...] = ()
) -> Op:
    """An op over constants (of the op's own width, unless *widths* says otherwise)."""
    sizes = widths or (width,) * len(args)
    operands = [
        a if isinstance(a, Op) else Op("const", w, imm=a) for a, w in zip(args, sizes, strict=True)
    ]
    return Op(name, width, tuple(operands), imm)


def value(o: Op) -> int:
    """What *o* over constants computes; verified too."""
    verify([*o.args, o])
    fold = OPS[o.name].fold
    assert fold is not None
    return fold(o, *(a.imm for a in o.args))


@pytest.mark.parametrize("name", SAME_WIDTH)
@given(data=st.data(), w=WIDTHS)
def test_same_width(name: str, data: st.DataObject, w: int) -> None:
    model = SAME_WIDTH[name]
    count = 1 if name in ("not", "popcount", "clz", "ctz") else 2
    args = [data.draw(near(w)) for _ in range(count)]
    result = value(op(name, w, *args))
    assert result == model(w, *args) % 2**w
    assert 0 <= result < 2**w


def test_division_is_total() -> None:
    """RISC-V unprivileged manual, table 7.1."""
    least = 1 << 31
    assert value(op("sdiv", 32, least, mask(32))) == least
    assert value(op("srem", 32, least, mask(32))) == 0
    assert value(op("sdiv", 32, 7, 0)) == mask(32)
    assert value(op("srem", 32, 7, 0)) == 7
    assert value(op("udiv", 32, 7, 0)) == mask(32)
    assert value(op("urem", 32, 7, 0)) == 7


@given(data=st.data(), w=st.integers(2, 64))
def test_widths_change(data: st.DataObject, w: int) -> None:
    narrow = data.draw(st.integers(1, w - 1))
    a = data.draw(near(narrow))
    assert value(op("zext", w, a, widths=(narrow,))) == a
    assert value(op("sext", w, a, widths=(narrow,))) == minus(a, narrow) % 2**w
    b = data.draw(near(w - narrow))
    joined = value(op("concat", w, a, b, widths=(narrow, w - narrow)))
    assert bits(joined, w) == bits(a, narrow) + bits(b, w - narrow)
    low = data.draw(st.integers(0, w - narrow))
    text = bits(joined, w)[::-1][low : low + narrow][::-1]
    assert value(op("slice", narrow, joined, imm=low, widths=(w,))) == int(text, 2)


@given(data=st.data(), w=WIDTHS, choice=st.integers(0, 1))
def test_comparison_and_choice(data: st.DataObject, w: int, choice: int) -> None:
    a, b = data.draw(near(w)), data.draw(near(w))
    assert value(op("eq", 1, a, b, widths=(w, w))) == (bits(a, w) == bits(b, w))
    assert value(op("ult", 1, a, b, widths=(w, w))) == (bits(a, w) < bits(b, w))
    assert value(op("slt", 1, a, b, widths=(w, w))) == (minus(a, w) < minus(b, w))
    assert value(op("select", w, choice, a, b, widths=(1, w, w))) == (b, a)[choice]
    assert value(op("const", w, imm=a)) == a


def test_every_op_that_computes_is_tested_here() -> None:
    others = {"const", "zext", "sext", "slice", "concat", "eq", "ult", "slt", "select"}
    assert {name for name, row in OPS.items() if row.fold} == set(SAME_WIDTH) | others


# -- the verifier ---------------------------------------------------------------------------------

MEM = Access(Space("mem", 16), "read")
A, X = Reg(8), RegFile(8, 4)
ONE, BYTE, LONG = Op("const", 1, imm=1), Op("const", 8, imm=1), Op("const", 64, imm=1)


def read() -> Op:
    return Op("read", 8, (LONG, LONG), MEM)


@pytest.mark.parametrize("name", sorted(set(OPS) - {"word", "done", "dispatch"}))
def test_no_op_takes_operands_of_odd_widths(name: str) -> None:
    """Three operands of 3, 5 and 7 bits fit nothing."""
    odd = [Op("const", w, imm=0) for w in (3, 5, 7)]
    with pytest.raises(VerifyError, match=r"do not fit|outside"):
        verify([*odd, Op(name, 9, tuple(odd), A, [])])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([Op("frobnicate", 8)], "unknown"),
        ([Op("add", 8, (BYTE, BYTE))], "before or outside"),
        ([BYTE, Op("add", 8, (BYTE,))], "do not fit"),
        ([BYTE, Op("add", 16, (BYTE, BYTE))], "do not fit"),
        ([Op("const", 8, imm=256)], "do not fit"),
        ([Op("const", 8, imm=-1)], "do not fit"),
        ([Op("const", 65, imm=0)], "do not fit"),
        ([Op("const", 0, imm=0)], "do not fit"),
        ([Op("const", 8)], "do not fit"),
        ([BYTE, Op("zext", 8, (BYTE,))], "do not fit"),
        ([BYTE, Op("sext", 4, (BYTE,))], "do not fit"),
        ([LONG, Op("zext", 65, (LONG,))], "do not fit"),
        ([BYTE, Op("slice", 4, (BYTE,), 5)], "do not fit"),
        ([BYTE, Op("slice", 4, (BYTE,), -1)], "do not fit"),
        ([LONG, BYTE, Op("concat", 72, (LONG, BYTE))], "do not fit"),
        ([BYTE, Op("eq", 8, (BYTE, BYTE))], "do not fit"),
        ([BYTE, Op("select", 8, (BYTE, BYTE, BYTE))], "do not fit"),
        ([Op("get", 16, imm=A)], "do not fit"),
        ([Op("get", 8)], "do not fit"),
        ([LONG, Op("set", 0, (LONG,), A)], "do not fit"),
        ([BYTE, Op("set", 8, (BYTE,), A)], "do not fit"),
        ([BYTE, Op("getx", 16, (BYTE,), X)], "do not fit"),
        ([Op("getx", 8, (), X)], "do not fit"),
        ([BYTE, LONG, Op("setx", 0, (BYTE, LONG), X)], "do not fit"),
        ([BYTE, Op("if", 0, (BYTE,), body=[])], "do not fit"),
        ([ONE, Op("if", 0, (ONE,))], "do not fit"),
        ([BYTE, Op("read", 8, (BYTE, BYTE), MEM)], "do not fit"),
        ([LONG, Op("read", 0, (LONG, LONG), MEM)], "do not fit"),
        ([LONG, BYTE, Op("write", 0, (LONG, BYTE), MEM)], "do not fit"),
        ([LONG, Op("after", 64, (LONG,))], "do not fit"),
        ([BYTE, Op("attend", 0, (BYTE,))], "do not fit"),
        ([Op("done", 0), BYTE], "follows"),
        ([BYTE, Op("dispatch", 0, (BYTE,), ()), Op("done", 0)], "follows"),
        ([ONE, Op("if", 0, (ONE,), body=[Op("done", 0), BYTE])], "follows"),
    ],
)
def test_refused(wrong: Code, why: str) -> None:
    with pytest.raises(VerifyError, match=why):
        verify(wrong)


def test_values_of_a_body_stay_in_it() -> None:
    inside = Op("not", 8, (BYTE,))
    branch = Op("if", 0, (ONE,), body=[inside])
    other = Op("if", 0, (ONE,), body=[])
    start: Code = [ONE, BYTE, branch, other]
    phi = Op("phi", 8, (ONE, inside, BYTE), branch)
    assert verify([*start, phi, Op("not", 8, (phi,))])
    for wrong in (
        Op("not", 8, (inside,)),
        Op("phi", 8, (ONE, BYTE, inside), branch),
        Op("phi", 8, (ONE, inside, BYTE), other),
    ):
        with pytest.raises(VerifyError, match="before or outside"):
            verify([*start, wrong])
    with pytest.raises(VerifyError, match="do not fit"):
        verify([*start, Op("phi", 8, (ONE, BYTE, BYTE))])


def test_bodies_see_what_is_around_them() -> None:
    inner = Op("if", 0, (ONE,), body=[Op("set", 0, (BYTE,), A), Op("done", 0)])
    code: Code = [ONE, BYTE, Op("if", 0, (ONE,), body=[inner]), Op("done", 0)]
    assert [o.name for o in walk(verify(code))] == [
        "const",
        "const",
        "if",
        "if",
        "set",
        "done",
        "done",
    ]


def test_dump() -> None:
    reading = read()
    A.name = "a"
    code: Code = [LONG, ONE, reading, Op("if", 0, (ONE,), body=[Op("set", 0, (reading,), A)])]
    assert dump(code).splitlines() == [
        "%0:64 = const 1",
        "%1:1 = const 1",
        "%2:8 = read mem.read %0, %0",
        "if %1",
        "  set a %2",
    ]
