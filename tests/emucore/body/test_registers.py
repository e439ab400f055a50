"""Registers, views and files: declared, traced, and as fields of a buffer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab import Lab, run

from emucore.body.registers import Registers
from emucore.cpus.i8080 import I8080
from emucore.language.cpu import Cpu
from emucore.language.registers import NEVER, Line, Reg, RegFile, View, storage
from emucore.plan.cpu_layout import HEADER, offsets, size


def registers(cpu: type[Cpu] = Lab) -> Registers:
    result = Registers(cpu, memoryview(bytearray(size(cpu) + 16)), 8)
    result.reset()
    return result


def test_power_on() -> None:
    r = registers()
    assert (r["odd"], r["a"], r["irq"], r["x7"]) == (0x1234, 0, NEVER, 0)
    r["odd"], r["x7"] = 5, 6
    r.reset()
    assert (r["odd"], r["x7"]) == (0x1234, 0)


@pytest.mark.parametrize("cpu", [Lab, I8080])
def test_storage_is_aligned_and_apart(cpu: type[Cpu]) -> None:
    taken = set(range(HEADER))
    for name, at in offsets(cpu).items():
        reg = cpu.registers[name]
        step = storage(reg.width)
        assert at % step == 0
        mine = set(range(at, at + step * (reg.count if isinstance(reg, RegFile) else 1)))
        assert not mine & taken
        taken |= mine
    assert max(taken) < size(cpu)
    assert size(cpu) % 8 == 0


@pytest.mark.parametrize(
    ("width", "size"), [(1, 1), (8, 1), (9, 2), (16, 2), (17, 4), (33, 8), (64, 8)]
)
def test_storage(width: int, size: int) -> None:
    assert storage(width) == size


@given(a=st.integers(0, 255), b=st.integers(0, 255), odd=st.integers(0, 2**13 - 1))
def test_views_read(a: int, b: int, odd: int) -> None:
    """A view in a description and from outside is the same."""

    def body(cpu: Lab) -> None:
        cpu.w = cpu.ab.zext(64)
        cpu.c = cpu.flags
        cpu.d = cpu.low.zext(8)

    got = run(body, a=a, b=b, odd=odd, f=1, g=0)
    assert got["ab"] == got["w"] == a << 8 | b
    assert got["flags"] == got["c"] == 0b1010_0000 | odd >> 4 & 15
    assert got["low"] == got["d"] == a & 15


@given(st.integers(0, 255), st.integers(0, 2**13 - 1), st.integers(0, 255))
def test_views_write(value: int, odd: int, a: int) -> None:
    """Fixed bits ignore writes, and bits of a register that are not in the view stay."""

    def body(cpu: Lab) -> None:
        cpu.flags = cpu.b
        cpu.low = cpu.b[:4]

    got = run(body, b=value, odd=odd, a=a)
    other = registers()
    other["odd"], other["a"] = odd, a
    other["flags"], other["low"] = value, value & 15
    for r in (got.registers, other):
        assert (r["f"], r["g"]) == (value >> 7, value >> 4 & 1)
        assert r["odd"] == odd & ~0xF0 | (value & 15) << 4
        assert r["a"] == a & 0xF0 | value & 15
        assert r["flags"] == value & 0b1001_1111 | 0b0010_0000


def test_views_of_views_and_swaps() -> None:
    class Pairs(Cpu):
        bc, hl = Reg(16), Reg(16)
        b, c = bc[8:16], bc[0:8]
        both = View(c, b)
        whole = View(bc, hl)

    r = registers(Pairs)
    r["whole"] = 0x12345678
    assert (r["b"], r["c"], r["both"], r["hl"]) == (0x12, 0x34, 0x3412, 0x5678)
    r["both"] = 0xAABB
    assert r["bc"] == 0xBBAA
    assert View(Pairs.b, 0, 1).width == 10


def test_widths_of_writes() -> None:
    def wide(cpu: Lab) -> None:
        cpu.flags = cpu.w

    with pytest.raises(TypeError, match="64 bits assigned to flags of 8"):
        run(wide)


@pytest.mark.parametrize(
    ("name", "value"),
    [("f", 2), ("a", 256), ("a", -1), ("odd", 1 << 13), ("ab", 1 << 16), ("x1", 256), ("x0", -1)],
)
def test_values_too_large(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} has"):
        registers()[name] = value


def test_unknown_names() -> None:
    r = registers()
    for name in ("nothing", "x8", "x", "mem", "when"):
        with pytest.raises(KeyError, match=name):
            r[name]


def test_file_elements() -> None:
    r = registers()
    r["x3"], r["z15"], r["x0"] = 3, 15, 7
    assert (r["x3"], r["z15"], r["x0"], r["x4"]) == (3, 15, 0, 0)


def test_declarations_that_make_no_sense() -> None:
    for width in (0, 65):
        with pytest.raises(ValueError, match="register of"):
            Reg(width)
    with pytest.raises(ValueError, match="initial"):
        Reg(4, init=16)
    with pytest.raises(ValueError, match="register file of 12"):
        RegFile(8, 12)
    with pytest.raises(ValueError, match="2 names for 4"):
        RegFile(8, 4, names=("a", "b"))


def test_names_and_inheritance() -> None:
    class Base(Cpu):
        in_ = Reg(8)
        r = RegFile(8, 2, names=("low", "high"))

    class More(Base):
        extra = Reg(8)

    assert list(More.registers) == ["clock", "in", "r", "extra"]
    r = registers(More)
    r["high"], r["in_"] = 2, 3
    assert (r["high"], r["in"]) == (2, 3)
    assert isinstance(Lab.irq, Line)
