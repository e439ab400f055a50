"""Instruction syntax: templates of the description, matched against the tokens of a line.

A template such as ``ld (ix+{d}),{n}`` becomes a :class:`Form`: literal tokens and slots for
operands.  Matching is by tokens, so blanks and case never matter.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from emucore.assembler.expressions import FUNCTIONS, Expression, Scope, parse
from emucore.assembler.text import Problem, Token, tokenize
from emucore.isa import Instruction, Isa, Names, Number, Operand

#: ``word $12``: the operand shall be stored in a field of exactly so many bits.
WIDTHS = {"byte": 8, "word": 16, "dword": 32}


#: First token of a name (lower case) → the tokens behind it and the value, longest first.
Spellings = dict[str, list[tuple[tuple[str, ...], int]]]


@dataclass(frozen=True)
class Slot:
    """An operand's place in a template.

    ``offset``: a template's ``+`` belongs to it, so that ``+5``, ``-5`` and nothing all fit.
    ``whole``: it is all there is between two commas.  ``optional``: 0 may be left out before
    what follows, as in ``lw a0,(a1)``.  ``names`` are the spellings of an operand that has them.
    """

    name: str
    width: int
    operand: Operand
    names: Spellings
    offset: bool = False
    whole: bool = False
    optional: bool = False


@dataclass(frozen=True, eq=False)
class Form:
    """One way to write an instruction behind one mnemonic.

    ``bound`` are the fields that the mnemonic itself tells (the condition of ``jnz``).
    A pseudo-instruction has no ``instruction`` but an ``expansion``: statements as tokens.
    """

    instruction: Instruction | None
    syntax: str
    mnemonic: str
    bound: dict[str, int]
    elements: tuple[str | Slot, ...]
    expansion: tuple[tuple[Token, ...], ...] = ()

    def __str__(self) -> str:
        return f"{self.mnemonic} {self.syntax.partition(' ')[2]}".rstrip()


@dataclass(frozen=True)
class Written:
    """An operand that is an expression: where it stands, and the width forced on it."""

    expression: Expression
    column: int
    force: int | None = None


@dataclass(frozen=True)
class Match:
    """A form whose operands were understood: fields known by name, and expressions to evaluate.

    ``spans`` are the tokens of each operand.
    """

    form: Form
    fields: dict[str, int]
    expressions: dict[str, Written]
    spans: dict[str, tuple[Token, ...]]


@dataclass(frozen=True, eq=False)
class Grammar:
    """The forms of an ISA by mnemonic, and what follows from all of them together.

    ``reserved`` words (registers that several mnemonics know) name no symbol; ``words`` are those
    of one mnemonic's operands.  ``indirect``: an operand all in parentheses means memory.
    ``comments`` are the characters that begin a comment.
    """

    isa: Isa
    forms: dict[str, list[Form]]
    reserved: frozenset[str]
    words: dict[str, frozenset[str]]
    indirect: bool
    comments: str


@lru_cache(maxsize=32)
def grammar(isa: Isa) -> Grammar:
    """The grammar of *isa*, made once."""
    forms: dict[str, list[Form]] = {}
    for instruction in isa.instructions:
        for form in _forms(isa, instruction):
            forms.setdefault(form.mnemonic, []).append(form)
    for syntax, expansion in isa.aliases:
        mnemonic, _, tail = syntax.partition(" ")
        statements = tuple(tuple(tokenize(part, "")) for part in expansion.split(";"))
        form = Form(None, syntax, mnemonic, {}, _elements(isa, {}, tail), statements)
        forms.setdefault(mnemonic, []).append(form)
    words = {name: _words(row) for name, row in forms.items()}
    used = Counter(itertools.chain.from_iterable(words.values()))
    every = [form for row in forms.values() for form in row]
    return Grammar(
        isa,
        forms,
        frozenset(word for word, count in used.items() if count > 1) | FUNCTIONS | WIDTHS.keys(),
        words,
        any(_is_indirect(form) for form in every),
        ";" if any("#" in form.elements for form in every) else ";#",
    )


def _words(forms: Sequence[Form]) -> frozenset[str]:
    """The words that mean something else than a symbol in the operands of *forms*.

    Not those of a field that takes numbers too (a RISC-V CSR).
    """
    found: set[str] = set()
    for element in itertools.chain.from_iterable(form.elements for form in forms):
        if isinstance(element, str):
            found.add(element)
        elif isinstance(element.operand, Names) and None not in element.operand.names:
            for first, rows in element.names.items():
                found.update((first, *(word for rest, _ in rows for word in rest)))
    return frozenset(word for word in found if word[0].isalpha())


def _is_indirect(form: Form) -> bool:
    """Whether some operand begins with a parenthesis around a number."""
    return any(
        here == "(" and before in (None, ",") and isinstance(behind, Slot)
        for before, here, behind in zip(
            (None, *form.elements), form.elements, form.elements[1:], strict=False
        )
    )


def _forms(isa: Isa, instruction: Instruction) -> Iterator[Form]:
    mnemonic, _, tail = instruction.syntax.partition(" ")
    widths = {f.name: f.width for f in instruction.encoding.fields}
    elements = _elements(isa, widths, tail)
    names = re.findall(r"\{(\w+)\}", mnemonic)
    seen = set()
    for binding in _bindings(instruction, names):
        spelling = mnemonic
        for name, value in binding.items():
            text = spell(isa.operand(name), value)
            if text is None:
                break
            spelling = spelling.replace(f"{{{name}}}", text)
        else:
            if spelling not in seen:
                seen.add(spelling)
                yield Form(instruction, instruction.syntax, spelling.lower(), binding, elements)


def _bindings(instruction: Instruction, names: list[str]) -> Iterator[dict[str, int]]:
    """Every combination of the fields *names* that exists."""
    widths = {f.name: f.width for f in instruction.encoding.fields}
    static = {f.name for f in instruction.encoding.fields if f.static}
    if static.issuperset(names):
        for binding in instruction.statics():
            yield {name: binding[name] for name in names}
    else:
        for values in itertools.product(*(range(1 << widths[name]) for name in names)):
            yield dict(zip(names, values, strict=True))


def spell(operand: Operand, value: int) -> str | None:
    """A field's value as part of a mnemonic: its name, or a decimal number."""
    if isinstance(operand, Names):
        return operand.names[value] if value < len(operand.names) else None
    return str(value)


def spellings(operand: Operand) -> Spellings:
    """How the names of *operand* are written; empty where it has none."""
    rows: Spellings = {}
    if isinstance(operand, Names):
        names = [(name, i) for i, name in enumerate(operand.names) if name is not None]
        for name, value in (*names, *operand.also):
            first, *rest = (token.lower for token in tokenize(name))
            rows.setdefault(first, []).append((tuple(rest), value))
    for row in rows.values():
        row.sort(key=lambda spelling: -len(spelling[0]))
    return rows


def _elements(isa: Isa, widths: dict[str, int], tail: str) -> tuple[str | Slot, ...]:
    tokens = tokenize(tail, comments="")
    elements: list[str | Slot] = []
    for i, token in enumerate(tokens):
        if token.kind != "field":
            elements.append(token.lower)
            continue
        operand = isa.operand(token.text)
        before = tokens[i - 1].text if i else ","
        behind = tokens[i + 1].text if i + 1 < len(tokens) else ","
        number = not isinstance(operand, Names)
        offset = before == "+" and isinstance(operand, Number) and operand.signed
        if offset:
            elements.pop()
        elements.append(
            Slot(
                token.text,
                widths.get(token.text, 0),
                operand,
                spellings(operand),
                offset,
                whole=number and before == behind == ",",
                optional=number and behind == "(",
            )
        )
    return tuple(elements)


# -- matching -----------------------------------------------------------------------------------


def match(rules: Grammar, form: Form, tokens: Sequence[Token], end: int) -> Match:
    """*tokens* (the operands) as operands of *form*; :class:`Problem` where they differ.

    *end* is the column behind the line, where something missing is reported.
    """
    fields: dict[str, int] = {}
    expressions: dict[str, Written] = {}
    spans: dict[str, tuple[Token, ...]] = {}
    at = 0
    for element in form.elements:
        start = at
        column = tokens[at].column if at < len(tokens) else end
        if isinstance(element, str):
            if at == len(tokens):
                raise Problem(column, f"expected {element!r}")
            if tokens[at].lower != element or tokens[at].kind == "string":
                raise Problem(column, f"expected {element!r}, not {tokens[at].text!r}")
            at += 1
        elif isinstance(element.operand, Names) and (named := _named(element, tokens, at)):
            value, at = named
            if fields.setdefault(element.name, value) != value:
                raise Problem(column, "these two operands must be the same")
        elif isinstance(element.operand, Names) and None not in element.operand.names:
            names = " ".join(n for n in element.operand.names if n)
            raise Problem(column, f"expected one of: {names}")
        else:
            reserved = rules.reserved | rules.words[form.mnemonic]
            indirect = rules.indirect and element.whole
            written, at = _expression(element, tokens, at, end, reserved, indirect)
            expressions[element.name] = written
        if isinstance(element, Slot):
            spans[element.name] = tuple(tokens[start:at])
    if at < len(tokens):
        raise Problem(tokens[at].column, f"{tokens[at].text!r} is too much here")
    return Match(form, fields, expressions, spans)


def _named(slot: Slot, tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """The value that *slot*'s name at *at* stands for, and where the name ends."""
    if at == len(tokens) or tokens[at].kind == "string":
        return None
    for rest, value in slot.names.get(tokens[at].lower, ()):
        end = at + 1 + len(rest)
        if tuple(token.lower for token in tokens[at + 1 : end]) == rest:
            return value, end
    return None


def _expression(
    slot: Slot,
    tokens: Sequence[Token],
    at: int,
    end: int,
    reserved: frozenset[str],
    indirect: bool,
) -> tuple[Written, int]:
    column = tokens[at].column if at < len(tokens) else end
    force = None
    if slot.offset:
        if at < len(tokens) and tokens[at].text not in "+-":
            return Written(_zero, column), at
    elif at < len(tokens) and tokens[at].lower in WIDTHS and tokens[at].kind == "word":
        force = WIDTHS[tokens[at].lower]
        at += 1
    if at == len(tokens):
        raise Problem(end, "an operand is missing")
    if indirect and _enclosed(tokens, at):
        raise Problem(column, "parentheses around an operand mean memory, which cannot be here")
    try:
        expression, after = parse(tokens, at, reserved)
    except Problem:
        if slot.optional and tokens[at].text == "(":
            return Written(_zero, column), at
        raise
    return Written(expression, column, force), after


def _zero(scope: Scope) -> int:
    return 0


def _enclosed(tokens: Sequence[Token], at: int) -> bool:
    """Whether one pair of parentheses holds all from *at* to the next comma outside."""
    if tokens[at].text != "(":
        return False
    depth = 0
    for i in range(at, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[i].text, 0)
        if depth == 0:
            return i + 1 == len(tokens) or tokens[i + 1].text == ","
    return False
