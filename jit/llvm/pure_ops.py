"""Micro-ops that only compute, as LLVM IR: one row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from emucore.ir.ops import Op


class Emitter(Protocol):
    """Where the text goes: :class:`jit.llvm.lowering.Lowering`."""

    def emit(self, text: str) -> str:
        """Append ``%new = text``; the new name."""


_Pure = Callable[[Emitter, Op, Sequence[str]], str]


def _plain(instruction: str) -> _Pure:
    return lambda lo, op, a: lo.emit(f"{instruction} i{op.width} {a[0]}, {a[1]}")


def _shift(instruction: str) -> _Pure:
    """LLVM leaves shifts by the width or more undefined; ours give 0 (or the sign)."""

    def lower(lo: Emitter, op: Op, a: Sequence[str]) -> str:
        w = op.width
        if op.args[1].name == "const" and op.args[1].imm < w:
            return lo.emit(f"{instruction} i{w} {a[0]}, {a[1]}")
        inside = lo.emit(f"icmp ult i{w} {a[1]}, {w}") if w < 1 << w else "true"
        if instruction == "ashr":
            amount = lo.emit(f"select i1 {inside}, i{w} {a[1]}, i{w} {w - 1}")
            return lo.emit(f"ashr i{w} {a[0]}, {amount}")
        amount = lo.emit(f"select i1 {inside}, i{w} {a[1]}, i{w} 0")
        moved = lo.emit(f"{instruction} i{w} {a[0]}, {amount}")
        return lo.emit(f"select i1 {inside}, i{w} {moved}, i{w} 0")

    return lower


def _divide(instruction: str) -> _Pure:
    """Total division: see :mod:`emucore.ir.ops` for divisors 0 and -1."""

    def lower(lo: Emitter, op: Op, a: Sequence[str]) -> str:
        w = op.width
        zero = lo.emit(f"icmp eq i{w} {a[1]}, 0")
        bad = zero
        if instruction[0] == "s" and w > 1:
            least = lo.emit(f"icmp eq i{w} {a[0]}, {-(1 << (w - 1))}")
            minus = lo.emit(f"icmp eq i{w} {a[1]}, -1")
            overflow = lo.emit(f"and i1 {least}, {minus}")
            bad = lo.emit(f"or i1 {zero}, {overflow}")
        divisor = lo.emit(f"select i1 {bad}, i{w} 1, i{w} {a[1]}")
        # of one bit, 1 is -1 as well and would overflow: without a sign the results are the same
        name = instruction if w > 1 else "u" + instruction[1:]
        result = lo.emit(f"{name} i{w} {a[0]}, {divisor}")
        at_zero = "-1" if instruction.endswith("div") else a[0]
        return lo.emit(f"select i1 {zero}, i{w} {at_zero}, i{w} {result}")

    return lower


def _counted(intrinsic: str, extra: str = "") -> _Pure:
    return lambda lo, op, a: lo.emit(
        f"call i{op.width} @llvm.{intrinsic}.i{op.width}(i{op.width} {a[0]}{extra})"
    )


def _umulh(lo: Emitter, op: Op, a: Sequence[str]) -> str:
    w = op.width
    x, y = (lo.emit(f"zext i{w} {v} to i{2 * w}") for v in a)
    product = lo.emit(f"mul i{2 * w} {x}, {y}")
    high = lo.emit(f"lshr i{2 * w} {product}, {w}")
    return lo.emit(f"trunc i{2 * w} {high} to i{w}")


def _resize(instruction: str) -> _Pure:
    return lambda lo, op, a: lo.emit(f"{instruction} i{op.args[0].width} {a[0]} to i{op.width}")


def _slice(lo: Emitter, op: Op, a: Sequence[str]) -> str:
    w = op.args[0].width
    if w == op.width:
        return a[0]
    moved = lo.emit(f"lshr i{w} {a[0]}, {op.imm}") if op.imm else a[0]
    return lo.emit(f"trunc i{w} {moved} to i{op.width}")


def _concat(lo: Emitter, op: Op, a: Sequence[str]) -> str:
    w, (high, low) = op.width, op.args
    x = lo.emit(f"zext i{high.width} {a[0]} to i{w}")
    y = lo.emit(f"zext i{low.width} {a[1]} to i{w}")
    moved = lo.emit(f"shl i{w} {x}, {low.width}")
    return lo.emit(f"or i{w} {moved}, {y}")


def _compare(condition: str) -> _Pure:
    return lambda lo, op, a: lo.emit(f"icmp {condition} i{op.args[0].width} {a[0]}, {a[1]}")


_PURE: dict[str, _Pure] = {
    "add": _plain("add"),
    "sub": _plain("sub"),
    "mul": _plain("mul"),
    "and": _plain("and"),
    "or": _plain("or"),
    "xor": _plain("xor"),
    "not": lambda lo, op, a: lo.emit(f"xor i{op.width} {a[0]}, -1"),
    "shl": _shift("shl"),
    "shr": _shift("lshr"),
    "sar": _shift("ashr"),
    "udiv": _divide("udiv"),
    "urem": _divide("urem"),
    "sdiv": _divide("sdiv"),
    "srem": _divide("srem"),
    "umulh": _umulh,
    "popcount": _counted("ctpop"),
    "clz": _counted("ctlz", ", i1 false"),
    "ctz": _counted("cttz", ", i1 false"),
    "zext": _resize("zext"),
    "sext": _resize("sext"),
    "slice": _slice,
    "concat": _concat,
    "eq": _compare("eq"),
    "ult": _compare("ult"),
    "slt": _compare("slt"),
    "select": lambda lo, op, a: lo.emit(
        f"select i1 {a[0]}, i{op.width} {a[1]}, i{op.width} {a[2]}"
    ),
}


def lower_pure(lo: Emitter, op: Op, args: Sequence[str]) -> str:
    """Emit the pure *op* on the values *args*."""
    return _PURE[op.name](lo, op, args)
