"""Directives: what a statement can be besides an instruction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from emucore.assembler.expressions import Expression, Unknown, parse
from emucore.assembler.run import BlockDirective, Directive, Run, Statement
from emucore.assembler.source import MAX_INCLUDES, Line, Macro, replace_words, tokens_of
from emucore.assembler.text import Problem, Token

#: Bytes that one directive makes at most.
MAX_DATA = 1 << 24


# -- operands -----------------------------------------------------------------------------------


def _expressions(run: Run, tokens: Sequence[Token]) -> Iterator[Expression]:
    """Expressions between commas."""
    at = 0
    while True:
        expression, at = parse(tokens, at, run.rules.reserved)
        yield expression
        if at == len(tokens):
            return
        if tokens[at].text != ",":
            raise Problem(tokens[at].column, f"expected a comma, not {tokens[at].text!r}")
        at += 1


def _one(run: Run, statement: Statement, tokens: Sequence[Token]) -> Expression:
    """The only expression in *tokens*."""
    found = list(_expressions(run, tokens))
    if len(found) != 1:
        raise Problem(statement.end, f"{statement.operation.text} takes one value here")
    return found[0]


def _values(run: Run, statement: Statement, least: int, most: int) -> list[int]:
    """*least* to *most* operands whose values must be known here."""
    if not statement.operands and least:
        raise Problem(statement.end, f"{statement.operation.text} needs a value")
    if not statement.operands:
        return []
    found = list(_expressions(run, statement.operands))
    if not least <= len(found) <= most:
        raise Problem(statement.end, f"{statement.operation.text} takes at most {most} values")
    return [expression(_Above(run, statement.operation.text)) for expression in found]


@dataclass(frozen=True)
class _Above:
    """The scope of a value on which the places of all that follows depend: no forward references.

    (With them two passes could contradict each other for ever.)
    """

    run: Run
    operation: str

    @property
    def here(self) -> int:
        return self.run.here

    def lookup(self, name: str, column: int) -> int:
        full = self.run.resolve(name)
        if full not in self.run.symbols:
            message = f"undefined symbol {name!r}: {self.operation} needs it defined above"
            raise Unknown(column, message)
        return self.run.symbols[full]


def _text(statement: Statement, tokens: Sequence[Token]) -> str:
    """The one string of a directive such as ``include``."""
    if len(tokens) != 1 or tokens[0].kind != "string":
        column = tokens[0].column if tokens else statement.end
        raise Problem(column, f'{statement.operation.text} takes one name in quotes: "name"')
    data = tokens[0].value
    assert isinstance(data, bytes)
    return data.decode("latin-1")


# -- places and data ----------------------------------------------------------------------------


def org(run: Run, statement: Statement) -> None:
    """``org address``"""
    (address,) = _values(run, statement, 1, 1)
    if not 0 <= address < 1 << run.rules.isa.space.bits:
        raise Problem(statement.operands[0].column, f"{address:#x} is no address of this CPU")
    run.here = address


def data(width: int, run: Run, statement: Statement) -> None:
    """``db``, ``dw``, ``dd``: numbers of *width* bits, and strings of bytes."""
    if not statement.operands:
        raise Problem(statement.end, f"{statement.operation.text} needs a value")
    out = bytearray()
    start = run.here
    for tokens in _split(statement.operands):
        if len(tokens) == 1 and tokens[0].kind == "string" and width == 8:
            text = tokens[0].value
            assert isinstance(text, bytes)
            out += text
            continue
        column = tokens[0].column if tokens else statement.end
        for expression in _expressions(run, tokens):
            try:
                value = expression(run)
            except Unknown:
                if not run.first:
                    raise
                value = 0
            if not -(1 << (width - 1)) <= value < 1 << width:
                raise Problem(column, f"{value} does not fit {width} bits")
            big = run.rules.isa.space.big_endian
            unsigned = value & (1 << width) - 1
            out += unsigned.to_bytes(width // 8, "big" if big else "little")
    assert run.here == start
    run.emit(bytes(out), statement.line, statement.operation.column)


def word(run: Run, statement: Statement) -> None:
    """``word``: 16 bits, or the CPU's unit where that is more."""
    data(max(16, run.rules.isa.unit), run, statement)


def _split(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The operands between commas outside parentheses."""
    part: list[Token] = []
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def space(run: Run, statement: Statement) -> None:
    """``ds count [, fill]``: without a fill the bytes are only skipped."""
    count, *fill = _values(run, statement, 1, 2)
    _skip(run, statement, count, fill)


def align(run: Run, statement: Statement) -> None:
    """``align step [, fill]``: go on at the next multiple of *step*."""
    step, *fill = _values(run, statement, 1, 2)
    if step < 1:
        raise Problem(statement.operands[0].column, f"align by {step}")
    _skip(run, statement, -run.here % step, fill)


def _skip(run: Run, statement: Statement, count: int, fill: list[int]) -> None:
    column = statement.operands[0].column
    if count < 0:
        raise Problem(column, f"{count} bytes are no space")
    if not fill:
        if run.here + count > 1 << run.rules.isa.space.bits:
            raise Problem(column, "past the end of the address space")
        run.here += count
        return
    if not -0x80 <= fill[0] <= 0xFF:
        raise Problem(column, f"fill {fill[0]} does not fit 8 bits")
    if count > MAX_DATA:
        raise Problem(column, f"{count} bytes are too many to fill")
    run.emit(bytes([fill[0] & 0xFF]) * count, statement.line, column)


def equ(run: Run, statement: Statement) -> None:
    """``name equ value``; the value may refer forwards."""
    if statement.label is None:
        raise Problem(statement.operation.column, "equ needs a name in front")
    expression = _one(run, statement, statement.operands)
    try:
        value = expression(run)
    except Unknown:
        if not run.first:
            raise
        return
    run.define(statement.label, value)


def check(run: Run, statement: Statement) -> None:
    """``assert condition [, "message"]``: a mistake where the condition is 0."""
    parts = list(_split(statement.operands))
    message = _text(statement, parts[1]) if len(parts) == 2 else "assertion failed"
    if len(parts) > 2 or not parts[0]:
        raise Problem(statement.end, 'assert takes a condition and "a message"')
    condition = _one(run, statement, parts[0])
    if not run.first and condition(run) == 0:
        raise Problem(parts[0][0].column, message)


def end(run: Run, statement: Statement) -> None:
    """``end [entry]``: the source ends here; the program starts at *entry*."""
    if statement.operands:
        expression = _one(run, statement, statement.operands)
        if not run.first:
            run.entry = expression(run)
    run.ended = True


# -- files --------------------------------------------------------------------------------------


def include(run: Run, statement: Statement) -> None:
    """``include "file"``: its lines stand here."""
    name = _text(statement, statement.operands)
    column = statement.operands[0].column
    try:
        path = run.library.find(name, statement.line.path)
        shown = run.library.shown(path, statement.line.path)
        lines = run.library.lines(path, shown)
    except ValueError as error:
        raise Problem(column, str(error)) from None
    if str(path) in run.including:
        raise Problem(column, f"{name} includes itself")
    if len(run.including) >= MAX_INCLUDES:
        raise Problem(column, f"more than {MAX_INCLUDES} files within each other")
    run.including.append(str(path))
    run.execute(lines, statement.depth + 1)
    run.including.pop()


def incbin(run: Run, statement: Statement) -> None:
    """``incbin "file" [, offset [, count]]``: its bytes stand here."""
    first, *rest = _split(statement.operands)
    name = _text(statement, first)
    try:
        contents = run.library.read(run.library.find(name, statement.line.path))
    except ValueError as error:
        raise Problem(first[0].column, str(error)) from None
    numbers = []
    for tokens in rest:
        numbers.append(_one(run, statement, tokens)(run))
    start = numbers[0] if numbers else 0
    count = numbers[1] if len(numbers) > 1 else len(contents) - start
    if len(numbers) > 2 or start < 0 or count < 0 or start + count > len(contents):
        raise Problem(first[0].column, f"{name} has {len(contents)} bytes, not those asked for")
    run.emit(contents[start : start + count], statement.line, statement.operation.column)


# -- blocks -------------------------------------------------------------------------------------

_OPENS = {
    "if": "endif",
    "rept": "endr",
    "macro": "endm",
}
_CLOSES = {"endif": "if", "endr": "rept", "endm": "macro"}


def _word(run: Run, line: Line) -> str:
    """The block directive that *line* is, if any."""
    try:
        tokens = tokens_of(line.text, run.rules.comments)
    except Problem:
        return ""  # reported when the line is assembled
    for token in tokens[:3]:
        word = token.lower.lstrip(".")
        if word in _OPENS or word in _CLOSES or word in ("else", "elif"):
            return word
    return ""


def _block(
    run: Run, statement: Statement, lines: Sequence[Line], at: int
) -> tuple[list[tuple[int, int]], int]:
    """The parts of the block opened before *at*, cut at its else and elif, and where it ends."""
    opened = [statement.operation.lower.lstrip(".")]
    parts: list[tuple[int, int]] = []
    start = at
    for i in range(at, len(lines)):
        run.spend(lines[i : i + 1])
        word = _word(run, lines[i])
        if word in _OPENS:
            opened.append(word)
        elif word in _CLOSES:
            # endm closes a rept too, as in other assemblers
            if _CLOSES[word] != opened[-1] and not (word == "endm" and opened[-1] == "rept"):
                break
            opened.pop()
        elif word and len(opened) == 1 and opened[0] == "if":
            parts.append((start, i))
            start = i + 1
        if not opened:
            return [*parts, (start, i)], i + 1
    raise Problem(statement.operation.column, f"{opened[0]} without {_OPENS[opened[0]]}")


def conditional(run: Run, statement: Statement, lines: Sequence[Line], at: int) -> int:
    """``if condition`` … ``elif condition`` … ``else`` … ``endif``"""
    parts, after = _block(run, statement, lines, at)
    (taken,) = _values(run, statement, 1, 1)
    for start, stop in parts:
        if taken:
            run.execute(lines[start:stop], statement.depth + 1)
            break
        taken = stop + 1 < after and _otherwise(run, lines[stop], statement.depth)
    return after


def _otherwise(run: Run, line: Line, depth: int) -> int:
    """Whether the part behind an ``else`` or ``elif`` is taken."""
    first, *rest = tokens_of(line.text, run.rules.comments)
    if first.lower.lstrip(".") == "else":
        return 1
    end = rest[-1].column + len(rest[-1].text) if rest else first.column + len(first.text)
    (value,) = _values(run, Statement(line, None, first, rest, end, depth), 1, 1)
    return value


def repeat(run: Run, statement: Statement, lines: Sequence[Line], at: int) -> int:
    """``rept count [, name]`` … ``endr``: *name* is the number of the round, from 0."""
    ((start, stop),), after = _block(run, statement, lines, at)
    parts = list(_split(statement.operands))
    name = parts[1][0].text if len(parts) == 2 and len(parts[1]) == 1 else None
    if len(parts) > 2 or (len(parts) == 2 and name is None):
        raise Problem(statement.end, "rept takes a count and a name")
    counted = Statement(
        statement.line, None, statement.operation, parts[0], statement.end, statement.depth
    )
    (count,) = _values(run, counted, 1, 1)
    if count < 0:
        raise Problem(parts[0][0].column, f"{count} times")
    for number in range(count):
        run.spend(lines[start:stop])
        texts = {name: str(number)} if name else {}
        via = f" (in round {number} of rept at {statement.line.path}:{statement.line.number})"
        body = [
            Line(line.path, line.number, replace_words(line.text, texts), line.via + via)
            for line in lines[start:stop]
        ]
        run.nested("rept", body, statement)
    return after


def macro(run: Run, statement: Statement, lines: Sequence[Line], at: int) -> int:
    """``name macro parameter, …`` … ``endm`` (or ``macro name parameter, …``)"""
    ((start, stop),), after = _block(run, statement, lines, at)
    name, operands = statement.label, statement.operands
    if name is None and operands:
        name, operands = operands[0], operands[1:]
    if name is None or name.kind != "word":
        raise Problem(statement.end, "macro needs a name")
    parts = list(_split(operands)) if operands else []
    for part in parts:
        if len(part) != 1 or part[0].kind != "word":
            column = part[0].column if part else statement.end
            raise Problem(column, "macro parameters are names between commas")
    if run.known(name.lower):
        raise Problem(name.column, f"{name.text!r} is an instruction, directive or macro already")
    parameters = tuple(part[0].text for part in parts)
    run.macros[name.lower] = Macro(name.text, parameters, tuple(lines[start:stop]))
    return after


def stray(run: Run, statement: Statement) -> None:
    """The end of a block that was never opened."""
    raise Problem(statement.operation.column, f"{statement.operation.text} without its beginning")


DIRECTIVES: dict[str, Directive] = {
    "org": org,
    **dict.fromkeys(("db", "defb", "byte", "ascii"), partial(data, 8)),
    **dict.fromkeys(("dw", "defw", "half"), partial(data, 16)),
    "word": word,
    **dict.fromkeys(("dd", "dword", "long"), partial(data, 32)),
    **dict.fromkeys(("ds", "defs", "space", "skip"), space),
    "align": align,
    **dict.fromkeys(("equ", "="), equ),
    "assert": check,
    "end": end,
    "include": include,
    "incbin": incbin,
    **dict.fromkeys(("else", "elif", *_CLOSES), stray),
}

BLOCKS: dict[str, BlockDirective] = {
    "if": conditional,
    "rept": repeat,
    "macro": macro,
}
