"""What a statement can be assembled to: every encoding its text fits, for relaxation to choose."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from emucore.assembler.expressions import Scope, Unknown
from emucore.assembler.syntax import Form, Grammar, Match, Written, match
from emucore.assembler.text import Problem, Token
from emucore.isa import Instruction, Isa, Names, Number
from emucore.isa.operands import OperandError, Place, stored

#: Words, numbers and marks in an instruction's operands.
MAX_OPERANDS = 200

#: Pseudo-instructions within pseudo-instructions.
MAX_EXPANSION = 4


@dataclass(frozen=True)
class Encoded:
    """One instruction with its operands: fields that are known, and expressions still to be."""

    isa: Isa
    instruction: Instruction
    mnemonic: str
    fields: dict[str, int]
    expressions: dict[str, Written]
    column: int

    @property
    def length(self) -> int:
        """Bytes of the encoding."""
        return self.instruction.encoding.length * self.isa.unit // 8

    def encode(self, scope: Scope, address: int, lenient: bool) -> bytes:
        """The instruction's bytes at *address*.

        Raises :class:`Problem` where an operand does not fit or, unless *lenient*, has no value.
        """
        place = Place(address, self.length, self.isa.space.bits)
        encoding = self.instruction.encoding
        values = {f.name: 0 for f in encoding.fields} | self.fields
        known = True
        for f in encoding.fields:
            if f.name in self.expressions:
                try:
                    values[f.name] = self._value(f.name, f.width, place, scope)
                except Unknown:
                    if not lenient:
                        raise
                    known = False
        statics = {f.name: values[f.name] for f in encoding.fields if f.static}
        where = self.instruction.where
        if known and where is not None and not where(**statics):
            raise Problem(self.column, f"{self.mnemonic} has no such combination of operands")
        return units_to_bytes(self.isa, encoding.encode(values))

    def _value(self, name: str, width: int, place: Place, scope: Scope) -> int:
        written = self.expressions[name]
        if written.force is not None and written.force != width:
            raise Problem(written.column, f"{self.mnemonic} has no operand of that width")
        operand = self.isa.operand(name)
        if isinstance(operand, Names):
            operand = Number()  # a number for which there is no name
        value = written.expression(scope)
        try:
            return stored(operand, width, value, place)
        except OperandError as error:
            raise Problem(written.column, str(error)) from None


def units_to_bytes(isa: Isa, units: Sequence[int]) -> bytes:
    """Code units in the byte order of the ISA's program space."""
    size = isa.unit // 8
    return b"".join(u.to_bytes(size, "big" if isa.space.big_endian else "little") for u in units)


@dataclass(frozen=True)
class Choice:
    """One way to assemble a statement: an instruction, or those of a pseudo-instruction."""

    parts: tuple[Encoded, ...]

    @property
    def length(self) -> int:
        """Bytes in all."""
        return sum(part.length for part in self.parts)

    def encode(self, scope: Scope, lenient: bool = False) -> bytes:
        """The bytes at ``scope.here``; see :meth:`Encoded.encode`."""
        data = b""
        for part in self.parts:
            data += part.encode(scope, scope.here + len(data), lenient)
        return data


def choices(
    rules: Grammar, mnemonic: Token, operands: tuple[Token, ...], end: int, depth: int = 0
) -> list[Choice]:
    """Every way to assemble ``mnemonic operands``, the shortest first, then as declared.

    Remembered from pass to pass.  Raises the :class:`Problem` that lies furthest in the line
    where there is none.
    """
    if len(operands) > MAX_OPERANDS:
        raise Problem(operands[0].column, f"operands of more than {MAX_OPERANDS} words")
    return _choices(rules, mnemonic, operands, end, depth)


@lru_cache(maxsize=1 << 14)
def _choices(
    rules: Grammar, mnemonic: Token, operands: tuple[Token, ...], end: int, depth: int
) -> list[Choice]:
    forms = rules.forms.get(mnemonic.lower)
    if forms is None:
        raise Problem(mnemonic.column, _unknown(rules, mnemonic.text))
    found: list[Choice] = []
    problems: list[Problem] = []
    for form in forms:
        try:
            found.extend(_expand(rules, match(rules, form, operands, end), mnemonic, end, depth))
        except Problem as problem:
            problems.append(problem)
    if found:
        return sorted(found, key=lambda choice: choice.length)
    raise _explain(forms, problems)


def _expand(rules: Grammar, found: Match, mnemonic: Token, end: int, depth: int) -> list[Choice]:
    form = found.form
    if form.instruction is not None:
        fields = form.bound | found.fields
        column = mnemonic.column
        return [
            Choice(
                (
                    Encoded(
                        rules.isa,
                        form.instruction,
                        form.mnemonic,
                        fields,
                        found.expressions,
                        column,
                    ),
                )
            )
        ]
    if depth == MAX_EXPANSION:
        raise Problem(mnemonic.column, f"pseudo-instruction {form.mnemonic} never ends")
    parts = []
    for statement in form.expansion:
        first, *rest = _substitute(statement, found, mnemonic.column)
        parts.append(choices(rules, first, tuple(rest), end, depth + 1))
    return [
        Choice(tuple(part for choice in row for part in choice.parts))
        for row in itertools.product(*parts)
    ]


def _substitute(statement: Sequence[Token], found: Match, column: int) -> list[Token]:
    """A statement of an expansion with the operands put in.

    An expression that becomes a part of another one is put in parentheses.
    """
    tokens: list[Token] = []
    for i, token in enumerate(statement):
        if token.kind != "field":
            tokens.append(Token(token.kind, token.text, column, token.value))
            continue
        span = found.spans[token.text] or (Token("number", "0", column, 0),)
        behind = statement[i + 1].text if i + 1 < len(statement) else ","
        alone = behind == "," and (i == 1 or statement[i - 1].text == ",")
        if alone or token.text in found.fields:
            tokens.extend(span)
        else:
            left, right = span[0].column, span[-1].column
            tokens += [Token("mark", "(", left), *span, Token("mark", ")", right)]
    return tokens


def _unknown(rules: Grammar, name: str) -> str:
    message = f"unknown instruction {name!r}"
    near = difflib.get_close_matches(name.lower(), rules.forms, 3)
    return f"{message} (is it {' or '.join(near)}?)" if near else message


def _explain(forms: Sequence[Form], problems: Sequence[Problem]) -> Problem:
    """The problem furthest to the right; where several forms fail there, what they are."""
    furthest = max(problem.column for problem in problems)
    there = [problem for problem in problems if problem.column == furthest]
    if len({problem.message for problem in there}) == 1:
        return there[0]
    shown = ", ".join(str(form) for form in forms[:6])
    more = ", …" if len(forms) > 6 else ""
    return Problem(furthest, f"operand does not fit any form of the instruction: {shown}{more}")
