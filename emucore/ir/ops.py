"""The micro-ops: the one vocabulary between instruction descriptions and every engine.

A micro-op is either a *value* (``width`` 1..64 bits, unsigned, held as a Python int) or an *effect*
(``width`` 0).  A program is a list of them in order (:data:`Code`); ``if`` carries a nested list.
Each name has one row in :data:`OPS`; the reference engine calls the row's ``fold`` function, the
compiler has one lowering per row, and the verifier checks widths against the row's ``check``.

All operations are total, so that host code never traps and folding never fails:

* shifts by the width or more give 0 (``sar``: copies of the sign);
* division by zero gives all ones, remainder by zero the dividend, and the signed overflow
  (most negative / -1) gives the dividend, remainder 0 (RISC-V unprivileged manual, table 7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


class Op:
    """One micro-op.  ``args`` are operand ops, ``imm`` the static payload its row documents."""

    __slots__ = ("args", "body", "imm", "name", "width")

    def __init__(
        self,
        name: str,
        width: int,
        args: tuple[Op, ...] = (),
        imm: Any = None,
        body: Code | None = None,
    ) -> None:
        self.name = name
        self.width = width
        self.args = args
        self.imm = imm
        self.body = body

    def __repr__(self) -> str:
        return f"<{self.name}.{self.width} {self.imm if self.imm is not None else ''}>"


Code = list[Op]


def mask(width: int) -> int:
    """The all-ones value of *width* bits."""
    return (1 << width) - 1


def signed(value: int, width: int) -> int:
    """*value* of *width* bits read as two's complement."""
    return value - (1 << width) if value >> (width - 1) else value


def _udiv(w: int, a: int, b: int) -> int:
    return a // b if b else mask(w)


def _urem(w: int, a: int, b: int) -> int:
    return a % b if b else a


def _sdiv(w: int, a: int, b: int) -> int:
    if b == 0:
        return mask(w)
    x, y = signed(a, w), signed(b, w)
    quotient = abs(x) // abs(y)
    return (quotient if (x < 0) == (y < 0) else -quotient) & mask(w)


def _srem(w: int, a: int, b: int) -> int:
    if b == 0:
        return a
    x, y = signed(a, w), signed(b, w)
    remainder = abs(x) % abs(y)
    return (-remainder if x < 0 else remainder) & mask(w)


@dataclass(frozen=True)
class Row:
    """What one micro-op means.

    ``fold(op, *operands) -> int`` computes a pure op and is None for effects and state access;
    ``check(op)`` is true of well-formed widths.
    """

    doc: str
    check: Callable[[Op], bool]
    fold: Callable[..., int] | None = None
    effect: bool = False


def _w(op: Op) -> list[int]:
    return [a.width for a in op.args]


def _same(n: int) -> Callable[[Op], bool]:
    """*n* operands, all of the result's width."""
    return lambda op: _w(op) == [op.width] * n


def _compare(op: Op) -> bool:
    return op.width == 1 and len(op.args) == 2 and op.args[0].width == op.args[1].width


def _count(op: Op) -> bool:
    return len(op.args) == 1 and op.width == op.args[0].width


def _leading(w: int, a: int) -> int:
    return w - a.bit_length()


def _trailing(w: int, a: int) -> int:
    return (a & -a).bit_length() - 1 if a else w


OPS: dict[str, Row] = {
    # constants and state
    "const": Row(
        "the int imm", lambda o: 0 <= o.imm <= mask(o.width) and not o.args, lambda o: int(o.imm)
    ),
    "get": Row(
        "register imm as it was when the code began",
        lambda o: o.width == o.imm.width and not o.args,
    ),
    "getx": Row(
        "imm[arg], imm a register file",
        lambda o: o.width == o.imm.width and len(o.args) == 1,
    ),
    "word": Row("the decoded unit of the instruction itself", lambda o: not o.args),
    "set": Row(
        "register imm := arg, once the instruction completes",
        lambda o: _w(o) == [o.imm.width],
        effect=True,
    ),
    "setx": Row(
        "imm[arg0] := arg1, imm a register file",
        lambda o: len(o.args) == 2 and o.args[1].width == o.imm.width,
        effect=True,
    ),
    # arithmetic, modulo 2**width
    "add": Row("a + b", _same(2), lambda o, a, b: (a + b) & mask(o.width)),
    "sub": Row("a - b", _same(2), lambda o, a, b: (a - b) & mask(o.width)),
    "mul": Row("low half of a * b", _same(2), lambda o, a, b: (a * b) & mask(o.width)),
    "umulh": Row("high half of unsigned a * b", _same(2), lambda o, a, b: (a * b) >> o.width),
    "udiv": Row("unsigned a / b", _same(2), lambda o, a, b: _udiv(o.width, a, b)),
    "urem": Row("unsigned a % b", _same(2), lambda o, a, b: _urem(o.width, a, b)),
    "sdiv": Row("signed a / b, towards zero", _same(2), lambda o, a, b: _sdiv(o.width, a, b)),
    "srem": Row("signed a % b, sign of a", _same(2), lambda o, a, b: _srem(o.width, a, b)),
    # bits
    "and": Row("a & b", _same(2), lambda o, a, b: a & b),
    "or": Row("a | b", _same(2), lambda o, a, b: a | b),
    "xor": Row("a ^ b", _same(2), lambda o, a, b: a ^ b),
    "not": Row("~a", _same(1), lambda o, a: a ^ mask(o.width)),
    "shl": Row("a << b", _same(2), lambda o, a, b: (a << b) & mask(o.width) if b < o.width else 0),
    "shr": Row("a >> b, zeros in", _same(2), lambda o, a, b: a >> b),
    "sar": Row(
        "a >> b, sign in",
        _same(2),
        lambda o, a, b: (signed(a, o.width) >> min(b, o.width)) & mask(o.width),
    ),
    "popcount": Row("number of ones", _count, lambda o, a: a.bit_count()),
    "clz": Row("zeros above the highest one", _count, lambda o, a: _leading(o.width, a)),
    "ctz": Row("zeros below the lowest one", _count, lambda o, a: _trailing(o.width, a)),
    # width
    "zext": Row(
        "zero-extended",
        lambda o: len(o.args) == 1 and o.args[0].width < o.width,
        lambda o, a: int(a),
    ),
    "sext": Row(
        "sign-extended",
        lambda o: len(o.args) == 1 and o.args[0].width < o.width,
        lambda o, a: signed(a, o.args[0].width) & mask(o.width),
    ),
    "slice": Row(
        "bits imm .. imm+width-1",
        lambda o: len(o.args) == 1 and 0 <= o.imm <= o.args[0].width - o.width,
        lambda o, a: (a >> o.imm) & mask(o.width),
    ),
    "concat": Row(
        "a above b",
        lambda o: o.width == sum(_w(o)) and len(o.args) == 2,
        lambda o, a, b: a << o.args[1].width | b,
    ),
    # comparison and choice
    "eq": Row("a == b", _compare, lambda o, a, b: int(a == b)),
    "ult": Row("unsigned a < b", _compare, lambda o, a, b: int(a < b)),
    "slt": Row(
        "signed a < b",
        _compare,
        lambda o, a, b: int(signed(a, o.args[0].width) < signed(b, o.args[0].width)),
    ),
    "select": Row(
        "b if a else c",
        lambda o: _w(o) == [1, o.width, o.width],
        lambda o, a, b, c: b if a else c,
    ),
    # control
    "if": Row(
        "run body where arg is 1", lambda o: _w(o) == [1] and o.body is not None, effect=True
    ),
    "phi": Row(
        "arg1 if the `if` with condition arg0 ran its body, else arg2; imm is that `if`",
        lambda o: _w(o) == [1, o.width, o.width] and o.imm.args[0] is o.args[0],
    ),
    "done": Row("the instruction ends here", lambda o: not o.args, effect=True),
    "dispatch": Row(
        "go on as the instruction of units imm and then arg",
        lambda o: len(o.args) == 1,
        effect=True,
    ),
    "attend": Row(
        "leave the engine's fast loop once the clock reaches arg, to look at lines and modes",
        lambda o: _w(o) == [64],
        effect=True,
    ),
    "idle": Row(
        "how many periods of imm cycles, from clock arg, nothing but time passes: 1 or more, and if"
        " more, then no more than it takes to reach the deadline",
        lambda o: _w(o) == [64] and o.width == 64 and o.imm > 0,
        effect=True,
    ),
    # the bus: imm is an Access (space, kind); the last argument is the clock at the access
    "read": Row("read(address, clock)", lambda o: _w(o) == [64, 64], effect=True),
    "write": Row(
        "write(address, value, clock)",
        lambda o: len(o.args) == 3 and _w(o)[0] == _w(o)[2] == 64,
        effect=True,
    ),
    "after": Row(
        "clock after bus op arg: its clock and wait states",
        lambda o: o.width == 64 and o.args[0].name in ("read", "write"),
    ),
}


@dataclass(frozen=True)
class Space:
    """An address space of a CPU: ``bits`` of address, 2**``page_bits`` bytes a page-table entry.

    ``page_bits`` 0 means that there is no page table: every access goes to the bus (I/O ports).
    """

    name: str
    bits: int
    page_bits: int = 0
    big_endian: bool = False

    @property
    def pages(self) -> int:
        """Number of entries of each of its page tables."""
        return 1 << (self.bits - self.page_bits) if self.page_bits else 0


#: Why the bus is accessed, as a device or a log sees it; the index is the number passed to it.
KINDS = ("read", "write", "fetch", "operand", "in", "out", "ack", "dummy")


@dataclass(frozen=True)
class Access:
    """Static part of a bus op: which space, and why (an entry of :data:`KINDS`)."""

    space: Space
    kind: str


class VerifyError(Exception):
    """A micro-op program that breaks a rule of the table; the message names op and rule."""


def walk(code: Code) -> Iterator[Op]:
    """Every op of *code* in order, bodies of ``if`` included, each after its ``if``."""
    for op in code:
        yield op
        if op.body is not None:
            yield from walk(op.body)


def verify(code: Code) -> Code:
    """Check *code* against the table and return it.

    Raises :class:`VerifyError` for unknown names, wrong widths, operands not defined before use
    or defined only inside a closed ``if`` (other than through its ``phi``), and ops after the end.
    """
    _verify(code, set(), {})
    return code


def _verify(code: Code, visible: set[int], closed: dict[int, set[int]]) -> set[int]:
    """Check one list; the ids of its own values.  *closed* has those of each ``if`` before it."""
    ended: Op | None = None
    mine: set[int] = set()
    for op in code:
        if ended is not None:
            raise VerifyError(f"{op!r} follows {ended!r}")
        row = OPS.get(op.name)
        if row is None:
            raise VerifyError(f"unknown micro-op {op.name!r}")
        for i, arg in enumerate(op.args):
            lazy = op.name == "phi" and i == 1 and id(arg) in closed.get(id(op.imm), ())
            if id(arg) not in visible and not lazy:
                raise VerifyError(f"{op!r} uses {arg!r} before or outside its definition")
        if not _fits(row, op):
            raise VerifyError(f"{op!r}: operands of {_w(op)} bits do not fit: {row.doc}")
        if op.body is not None:
            closed[id(op)] = _verify(op.body, visible, closed)
        visible.add(id(op))
        mine.add(id(op))
        if op.name in ("done", "dispatch"):
            ended = op
    visible -= mine
    return mine


def _fits(row: Row, op: Op) -> bool:
    effect_only = row.effect and op.name not in ("read", "idle")
    if not (op.width == 0 if effect_only else 1 <= op.width <= 64):
        return False
    try:
        return row.check(op)
    except (AttributeError, IndexError, TypeError):  # no operand or no payload where one must be
        return False


def dump(code: Code) -> str:
    """*code* as text, one op a line, values numbered ``%n`` in order of definition."""
    names: dict[int, str] = {}
    lines: list[str] = []

    def show(ops: Code, indent: int) -> None:
        for op in ops:
            args = ", ".join(names.get(id(a), "?") for a in op.args)
            imm = "" if op.imm is None or op.name == "phi" else f" {_payload(op.imm)}"
            left = ""
            if op.width:
                names[id(op)] = f"%{len(names)}"
                left = f"{names[id(op)]}:{op.width} = "
            lines.append("  " * indent + f"{left}{op.name}{imm} {args}".rstrip())
            if op.body is not None:
                show(op.body, indent + 1)

    show(code, 0)
    return "\n".join(lines)


def _payload(imm: Any) -> str:
    if isinstance(imm, Access):
        return f"{imm.space.name}.{imm.kind}"
    return str(getattr(imm, "name", imm))
