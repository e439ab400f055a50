"""Addition and subtraction with every flag a CPU may ask for.

Carry, half-carry and overflow are computed here once; instruction descriptions take them from a
:class:`Sum` instead of masking by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

from emucore.language.value import Value, pure


@dataclass(frozen=True)
class Sum:
    """The result of :func:`add` or :func:`sub`.

    ``value`` has the operands' width; ``carry`` is the carry out of the top bit, or the *borrow*
    of a subtraction; ``half`` the same at bit 4; ``overflow`` is two's-complement overflow.
    """

    value: Value
    left: Value
    right: Value
    carry: Value
    subtracted: bool

    def carry_into(self, bit: int) -> Value:
        """Carry (borrow) into *bit*: ``half`` is ``carry_into(4)`` (12 for 16-bit H on a Z80)."""
        return (self.value ^ self.left ^ self.right)[bit]

    @property
    def half(self) -> Value:
        """Carry (borrow) out of bit 3."""
        return self.carry_into(4)

    @property
    def overflow(self) -> Value:
        """Signed overflow: the operands' signs foretell another sign than the result has."""
        other = self.right if self.subtracted else ~self.right
        return ((self.left ^ other) & (self.left ^ self.value)).msb


def add(a: Value, b: Value | int, carry: Value | int = 0) -> Sum:
    """``a + b + carry`` with *carry* a 1-bit value."""
    b = a._other(b)
    value, out = _wide("add", a, b, carry)
    if out is None:  # 64 bits leave no room: a carry is generated, or propagated into a 0
        out = ((a & b) | ((a | b) & ~value)).msb
    return Sum(value, a, b, out, False)


def sub(a: Value, b: Value | int, borrow: Value | int = 0) -> Sum:
    """``a - b - borrow``; ``carry`` of the result is the borrow."""
    b = a._other(b)
    value, out = _wide("sub", a, b, borrow)
    if out is None:
        out = ((~a & b) | ((~a | b) & value)).msb
    return Sum(value, a, b, out, True)


def _wide(name: str, a: Value, b: Value, carry: Value | int) -> tuple[Value, Value | None]:
    """Sum or difference, and its top carry where one more bit than the operands' is at hand."""
    w = a.width
    room = min(w + 1, 64)
    total = pure(a.block, name, room, a.zext(room), b.zext(room))
    if isinstance(carry, Value):
        total = pure(a.block, name, room, total, carry.zext(room))
    elif carry:
        total = pure(a.block, name, room, total, total._other(carry))
    return total[:w], total[w] if room > w else None


def smulh(a: Value, b: Value) -> Value:
    """High half of the signed product, from the unsigned one (Hacker's Delight 8-3)."""
    w = a.width
    sign_a, sign_b = a.sar(w - 1), b.sar(w - 1)
    return pure(a.block, "umulh", w, a, b) - (sign_a & b) - (sign_b & a)


def sumulh(a: Value, b: Value) -> Value:
    """High half of signed *a* times unsigned *b*."""
    return pure(a.block, "umulh", a.width, a, b) - (a.sar(a.width - 1) & b)
