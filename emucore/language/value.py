"""Values of known width: what an instruction's meaning is written in.

A :class:`Value` is a guest value of 1 to 64 bits while an instruction is being traced.  Operators
build micro-ops (constants fold at once); Python ints take the width of the value beside them.
Widths never change silently: a mismatch raises :class:`WidthError`.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from emucore.ir.ops import OPS, Op, mask


class WidthError(Exception):
    """Operands whose widths do not fit; the message gives both."""


class Builder(Protocol):
    """What takes the micro-ops: :class:`emucore.language.block.Block`."""

    def append(self, op: Op) -> Op:
        """Add *op* where it is."""

    def constant(self, number: int, width: int) -> Op:
        """The op of a constant."""


class Value:
    """A guest value: ``width`` bits, unsigned.  Bits are numbered from 0 (least significant).

    ``v[3]`` is a bit, ``v[4:8]`` the half-open slice of bits 4..7.  ``==``, ``!=`` and the unsigned
    ``<``, ``<=``, ``>``, ``>=`` give 1-bit values; :meth:`slt` compares signed.  A value has no
    truth: use :func:`select` or ``with cpu.when(...)``.
    """

    __slots__ = ("block", "op")

    def __init__(self, block: Builder, op: Op) -> None:
        self.block = block
        self.op = op

    @property
    def width(self) -> int:
        """Number of bits."""
        return self.op.width

    @property
    def constant(self) -> int | None:
        """The int it is known to be while translating, or None."""
        return int(self.op.imm) if self.op.name == "const" else None

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a guest value has no truth while its instruction is traced; "
            "use select(cond, a, b) or `with cpu.when(cond):`"
        )

    __hash__ = None  # type: ignore[assignment]

    def _pure(self, name: str, width: int, *args: Value, imm: object = None) -> Value:
        return pure(self.block, name, width, *args, imm=imm)

    def _other(self, other: Value | int) -> Value:
        if isinstance(other, Value):
            if other.width != self.width:
                raise WidthError(f"operands of {self.width} and {other.width} bits")
            return other
        return constant(self.block, other, self.width)

    def _binary(self, name: str, other: Value | int) -> Value:
        return self._pure(name, self.width, self, self._other(other))

    def __add__(self, other: Value | int) -> Value:
        return self._binary("add", other)

    def __sub__(self, other: Value | int) -> Value:
        return self._binary("sub", other)

    def __rsub__(self, other: int) -> Value:
        return self._other(other) - self

    def __mul__(self, other: Value | int) -> Value:
        return self._binary("mul", other)

    def __and__(self, other: Value | int) -> Value:
        return self._binary("and", other)

    def __or__(self, other: Value | int) -> Value:
        return self._binary("or", other)

    def __xor__(self, other: Value | int) -> Value:
        return self._binary("xor", other)

    __radd__, __rmul__, __rand__, __ror__, __rxor__ = __add__, __mul__, __and__, __or__, __xor__

    def __invert__(self) -> Value:
        return self._pure("not", self.width, self)

    def __neg__(self) -> Value:
        return 0 - self

    def __lshift__(self, other: Value | int) -> Value:
        return self._binary("shl", self._amount(other))

    def __rshift__(self, other: Value | int) -> Value:
        return self._binary("shr", self._amount(other))

    def sar(self, other: Value | int) -> Value:
        """Shift right, copies of the sign shifted in."""
        return self._binary("sar", self._amount(other))

    def _amount(self, other: Value | int) -> Value | int:
        """A shift amount may be narrower than the value shifted, but not wider."""
        return other.zext(self.width) if isinstance(other, Value) else other

    def umulh(self, other: Value | int) -> Value:
        """High half of the unsigned product."""
        return self._binary("umulh", other)

    def udiv(self, other: Value | int) -> Value:
        """Unsigned quotient; all ones for a zero divisor."""
        return self._binary("udiv", other)

    def urem(self, other: Value | int) -> Value:
        """Unsigned remainder; the dividend for a zero divisor."""
        return self._binary("urem", other)

    def sdiv(self, other: Value | int) -> Value:
        """Signed quotient towards zero; all ones for a zero divisor."""
        return self._binary("sdiv", other)

    def srem(self, other: Value | int) -> Value:
        """Signed remainder with the dividend's sign; the dividend for a zero divisor."""
        return self._binary("srem", other)

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        if not isinstance(other, (Value, int)):
            raise TypeError(f"cannot compare a guest value with {other!r}")
        return self._pure("eq", 1, self, self._other(other))

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        return ~(self == other)

    def __lt__(self, other: Value | int) -> Value:
        return self._pure("ult", 1, self, self._other(other))

    def __gt__(self, other: Value | int) -> Value:
        return self._pure("ult", 1, self._other(other), self)

    def __ge__(self, other: Value | int) -> Value:
        return ~(self < other)

    def __le__(self, other: Value | int) -> Value:
        return ~(self > other)

    def slt(self, other: Value | int) -> Value:
        """Signed less-than."""
        return self._pure("slt", 1, self, self._other(other))

    def __getitem__(self, index: int | slice) -> Value:
        if isinstance(index, int):
            lo, hi = index, index + 1
        else:
            if index.step is not None:
                raise WidthError("slices of values have no step")
            lo = 0 if index.start is None else index.start
            hi = self.width if index.stop is None else index.stop
        if not 0 <= lo < hi <= self.width:
            raise WidthError(f"bits [{lo}:{hi}] of a {self.width}-bit value")
        if hi - lo == self.width:
            return self
        return self._pure("slice", hi - lo, self, imm=lo)

    @property
    def msb(self) -> Value:
        """The top bit: the sign."""
        return self[self.width - 1]

    def zext(self, width: int) -> Value:
        """Zero-extended to *width* bits (itself if it has that width)."""
        return self._extend("zext", width)

    def sext(self, width: int) -> Value:
        """Sign-extended to *width* bits (itself if it has that width)."""
        return self._extend("sext", width)

    def _extend(self, name: str, width: int) -> Value:
        if width < self.width:
            raise WidthError(f"cannot extend {self.width} bits to {width}; slice instead")
        return self if width == self.width else self._pure(name, width, self)

    @property
    def parity(self) -> Value:
        """1 if the number of ones is even (the 8080's P flag)."""
        return ~self._pure("popcount", self.width, self)[0]

    @property
    def popcount(self) -> Value:
        """Number of ones, in the value's own width."""
        return self._pure("popcount", self.width, self)

    @property
    def clz(self) -> Value:
        """Leading zeros, in the value's own width."""
        return self._pure("clz", self.width, self)

    @property
    def ctz(self) -> Value:
        """Trailing zeros, in the value's own width."""
        return self._pure("ctz", self.width, self)


def constant(block: Builder, number: int, width: int) -> Value:
    """*number* as a value; negative numbers are two's complement, too large ones raise."""
    if not -(1 << (width - 1)) <= number <= mask(width):
        raise WidthError(f"{number} does not fit {width} bits")
    return Value(block, block.constant(number & mask(width), width))


def pure(block: Builder, name: str, width: int, *args: Value, imm: object = None) -> Value:
    """Append a pure micro-op, or fold it to a constant where every operand is one."""
    if not 1 <= width <= 64:
        raise WidthError(f"{name} of {width} bits")
    op = Op(name, width, tuple(a.op for a in args), imm)
    row = OPS[name]
    if row.fold is not None and all(a.name == "const" for a in op.args):
        return constant(block, row.fold(op, *(a.imm for a in op.args)), width)
    simpler = _identity(op)
    return Value(block, simpler if simpler is not None else block.append(op))


def _identity(op: Op) -> Op | None:
    """The operand that *op* equals by an identity of arithmetic, or None."""
    name, args = op.name, op.args
    right = args[1].imm if len(args) > 1 and args[1].name == "const" else None
    left = args[0].imm if args and args[0].name == "const" else None
    if right == 0 and name in ("add", "sub", "or", "xor", "shl", "shr", "sar"):
        return args[0]
    if left == 0 and name in ("add", "or", "xor"):
        return args[1]
    if name == "and":
        ones = mask(op.width)
        if right == ones or left == 0:
            return args[0]
        if left == ones or right == 0:
            return args[1]
    if name == "select":
        if left is not None:
            return args[1] if left else args[2]
        if args[1] is args[2]:
            return args[1]
    if name == "not" and args[0].name == "not":
        return args[0].args[0]
    if name == "slice":
        return _identity_slice(op)
    return None


def _identity_slice(op: Op) -> Op | None:
    """A slice that is exactly one half of the concat it is taken from."""
    source = op.args[0]
    if source.name == "concat":
        high, low = source.args
        if op.imm == 0 and op.width == low.width:
            return low
        if op.imm == low.width and op.width == high.width:
            return high
    if source.name == "zext" and op.imm == 0 and op.width == source.args[0].width:
        return source.args[0]
    return None


def fit(value: Value, width: int) -> Value:
    """*value* zero-extended or truncated to *width* bits."""
    return value.zext(width) if value.width <= width else value[:width]


def cat(*parts: Value) -> Value:
    """The parts joined, the first on top: ``cat(h, l)`` is HL."""
    joined: list[Value] = []
    for part in parts:  # known neighbours become one constant
        if joined and joined[-1].constant is not None and part.constant is not None:
            joined[-1] = _concat(joined[-1], part)
        else:
            joined.append(part)
    result = joined[0]
    for part in joined[1:]:
        result = _concat(result, part)
    return result


def _concat(high: Value, low: Value) -> Value:
    return pure(low.block, "concat", high.width + low.width, high, low)


def select(cond: Value, then: Value | int, otherwise: Value | int) -> Value:
    """*then* where the 1-bit *cond* is 1, else *otherwise* (a choice at guest time)."""
    if cond.width != 1:
        raise WidthError(f"select() needs a condition of 1 bit, not {cond.width}")
    if isinstance(then, Value):
        other = then._other(otherwise)
        return pure(cond.block, "select", then.width, cond, then, other)
    if isinstance(otherwise, Value):
        return pure(cond.block, "select", otherwise.width, cond, otherwise._other(then), otherwise)
    raise WidthError("select() needs a value to know its width")
