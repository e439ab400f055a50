"""Expressions: parsed once into a function of the symbols, evaluated in every pass.

Operators and their precedence are C's; numbers have up to 1,024 bits, and ``/`` and ``%`` round
down as Python's do.  ``low x``, ``high x`` give a byte of *x*; so do ``<`` and ``>`` in front of a
whole expression.  ``%hi(x)`` and ``%lo(x)`` split a RISC-V address for ``lui`` and ``addi``;
``%signed(x)`` reads 32 bits as a signed number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from emucore.assembler.text import Problem, Token

#: Longest shift: enough for any field.
MAX_SHIFT = 256

#: Bits of a number, so that none fills the memory.
MAX_BITS = 1024

#: Parentheses and operators before a value within each other.
MAX_NESTING = 64


class Scope(Protocol):
    """What an expression may refer to."""

    @property
    def here(self) -> int:
        """Address of the statement: ``$``."""

    def lookup(self, name: str, column: int) -> int:
        """Value of a symbol; raises :class:`Unknown`."""


class Unknown(Problem):
    """A symbol without a value (yet)."""


Expression = Callable[[Scope], int]


def _shift(value: int, count: int) -> int:
    if not 0 <= abs(count) <= MAX_SHIFT:
        raise ArithmeticError(f"shift by {count}")
    return value << count if count >= 0 else value >> -count


def _divide(a: int, b: int) -> int:
    if b == 0:
        raise ArithmeticError("division by zero")
    return a // b


def _remainder(a: int, b: int) -> int:
    if b == 0:
        raise ArithmeticError("division by zero")
    return a % b


_LEVELS: tuple[dict[str, Callable[[int, int], int]], ...] = (
    {"||": lambda a, b: int(bool(a or b))},
    {"&&": lambda a, b: int(bool(a and b))},
    {"|": lambda a, b: a | b},
    {"^": lambda a, b: a ^ b},
    {"&": lambda a, b: a & b},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {
        "<": lambda a, b: int(a < b),
        ">": lambda a, b: int(a > b),
        "<=": lambda a, b: int(a <= b),
        ">=": lambda a, b: int(a >= b),
    },
    {"<<": _shift, ">>": lambda a, b: _shift(a, -b)},
    {"+": lambda a, b: a + b, "-": lambda a, b: a - b},
    {"*": lambda a, b: a * b, "/": _divide, "%": _remainder},
)
_BINARY = {op: (level, f) for level, row in enumerate(_LEVELS) for op, f in row.items()}


def _signed(number: int) -> int:
    """*number*, signed or not, as a signed one of 32 bits."""
    if not -(1 << 31) <= number < 1 << 32:
        raise ArithmeticError(f"{number:#x} does not fit 32 bits")
    return ((number & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def _upper(address: int) -> int:
    """What ``lui`` loads so that adding the signed low 12 bits gives *address*."""
    return (_signed(address) + 0x800) >> 12 & 0xFFFFF


_UNARY: dict[str, Callable[[int], int]] = {
    "-": lambda a: -a,
    "+": lambda a: a,
    "~": lambda a: ~a,
    "!": lambda a: int(a == 0),
    "low": lambda a: a & 0xFF,
    "high": lambda a: a >> 8 & 0xFF,
    "%signed": _signed,
    "%hi": _upper,
    "%lo": lambda a: ((a & 0xFFF) ^ 0x800) - 0x800,
}
_WHOLE = {"<": _UNARY["low"], ">": _UNARY["high"]}

#: Words with a meaning in expressions, so that they name no symbol.
FUNCTIONS = frozenset(op for op in _UNARY if op[-1].isalpha())


def parse(
    tokens: Sequence[Token], at: int, reserved: frozenset[str] = frozenset()
) -> tuple[Expression, int]:
    """Parse the longest expression from token *at*; returns it and where it ends.

    Words in *reserved* (registers; lower case) are no symbols.  Raises :class:`Problem`.
    """
    parser = _Parser(tokens, at, reserved)
    return parser.expression(), parser.at


class _Parser:
    def __init__(self, tokens: Sequence[Token], at: int, reserved: frozenset[str]) -> None:
        self.tokens = tokens
        self.at = at
        self.reserved = reserved
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at].lower if self.at < len(self.tokens) else ""

    def operator(self) -> str:
        """The mark that comes next; strings and words are no operators."""
        at_mark = self.at < len(self.tokens) and self.tokens[self.at].kind == "mark"
        return self.peek() if at_mark else ""

    def column(self) -> int:
        """Column of the next token, or behind the last."""
        if self.at < len(self.tokens):
            return self.tokens[self.at].column
        last = self.tokens[-1] if self.tokens else None
        return last.column + len(last.text) if last else 0

    def expect(self, text: str) -> None:
        if self.operator() != text:
            raise Problem(self.column(), f"expected {text!r}")
        self.at += 1

    def within(self, parse: Callable[[], Expression]) -> Expression:
        """What *parse* gives, as a part of what is being parsed."""
        if self.depth == MAX_NESTING:
            raise Problem(self.column(), f"expression too long: {MAX_NESTING} within each other")
        self.depth += 1
        found = parse()
        self.depth -= 1
        return found

    def expression(self) -> Expression:
        return self.within(self.whole)

    def whole(self) -> Expression:
        whole = _WHOLE.get(self.operator())
        if whole is not None:
            self.at += 1
            inner, f = self.expression(), whole
            return lambda scope: f(inner(scope))
        condition = self.binary(0)
        if self.operator() != "?":
            return condition
        self.at += 1
        then = self.expression()
        self.expect(":")
        otherwise = self.expression()
        return lambda scope: then(scope) if condition(scope) else otherwise(scope)

    def binary(self, lowest: int) -> Expression:
        left = self.unary()
        while True:
            level, f = _BINARY.get(self.operator(), (-1, None))
            if f is None or level < lowest:
                return left
            column = self.column()
            self.at += 1
            left = _apply(f, column, left, self.binary(level + 1))

    def unary(self) -> Expression:
        token = self.peek()
        f = _UNARY.get(token)
        if f is None or self.tokens[self.at].kind == "string":
            return self.primary()
        column = self.column()
        self.at += 1
        return _apply(f, column, self.within(self.unary))

    def primary(self) -> Expression:
        column = self.column()
        if self.at == len(self.tokens):
            raise Problem(column, "a value is missing")
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "number":
            number = token.value
            assert isinstance(number, int)
            return lambda scope: number
        if token.kind == "string":
            return _character(token)
        if token.text == "(":
            inner = self.expression()
            self.expect(")")
            return inner
        if token.text == "$":
            return lambda scope: scope.here
        if token.kind == "word":
            if token.lower in self.reserved:
                raise Problem(column, f"{token.text!r} is a reserved word, no value")
            name = token.text
            return lambda scope: scope.lookup(name, column)
        raise Problem(column, f"{token.text!r} is no value")


def _apply(f: Callable[..., int], column: int, *operands: Expression) -> Expression:
    """*f* of the operands' values; where it has none, a :class:`Problem` at *column*."""

    def evaluate(scope: Scope) -> int:
        try:
            value = f(*(operand(scope) for operand in operands))
            if value.bit_length() > MAX_BITS:
                raise ArithmeticError(f"a number of more than {MAX_BITS} bits")
            return value
        except ArithmeticError as error:
            raise Problem(column, str(error)) from None

    return evaluate


def _character(token: Token) -> Expression:
    """A string of one character is its code."""
    data = token.value
    assert isinstance(data, bytes)
    if len(data) != 1:
        raise Problem(token.column, f"{token.text} is not one character")
    code = data[0]
    return lambda scope: code
