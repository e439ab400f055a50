"""One pass over the source: symbols, sizes and bytes, given the symbols of the pass before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from emucore.assembler.choices import choices
from emucore.assembler.expressions import Unknown
from emucore.assembler.program import Row
from emucore.assembler.source import Library, Line, Macro, rewritten, tokens_of
from emucore.assembler.syntax import Grammar
from emucore.assembler.text import Problem, Report, Token

#: Statements a pass: a program that needs more repeats itself without end.
MAX_STATEMENTS = 300_000

#: Macros, repeats and includes within each other.
MAX_DEPTH = 64


#: Bytes that a program makes at most, at whatever addresses.
MAX_OUTPUT = 1 << 26

#: What all passes may do: characters of lines that are looked at, and so many more for each line.
MAX_WORK, LINE_WORK = 1 << 23, 4

MAX_REPORTS = 20


class TooMany(Exception):
    """So many mistakes, or so much to do, that going on helps nobody."""


@dataclass
class Work:
    """What passes may still do."""

    left: int = MAX_WORK


@dataclass(frozen=True)
class Statement:
    """A line taken apart: ``label`` only where the operation gives the name its meaning.

    ``end`` is the column behind the line; ``depth`` counts the macros and includes around.
    """

    line: Line
    label: Token | None
    operation: Token
    operands: list[Token]
    end: int
    depth: int


#: Operations whose label is the name that they define.
NAMING = frozenset(["equ", "=", "macro"])

Directive = Callable[["Run", Statement], None]

#: A directive that takes the lines behind it (from an index): it returns where it ends.
BlockDirective = Callable[["Run", Statement, Sequence[Line], int], int]


@dataclass
class Run:
    """The state of a pass.

    ``before`` are the symbols of the last pass, empty in the first; ``floors`` the least length
    of each instruction in order, which only grows from pass to pass: so sizes settle.
    """

    rules: Grammar
    directives: Mapping[str, Directive]
    blocks: Mapping[str, BlockDirective]
    library: Library
    before: Mapping[str, int]
    floors: list[int]
    first: bool
    work: Work
    here: int = 0
    symbols: dict[str, int] = field(default_factory=dict)
    macros: dict[str, Macro] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    scopes: list[str] = field(default_factory=lambda: [""])
    including: list[str] = field(default_factory=list)
    entry: int | None = None
    ended: bool = False
    _instructions: int = 0
    _statements: int = 0
    _anonymous: int = 0
    _expansions: int = 0
    _made: int = 0

    # -- symbols ------------------------------------------------------------------------------

    def qualify(self, name: str) -> str:
        """The full name of a label: ``.x`` belongs to the last label without a dot."""
        if name == "@@":
            return f"@{self._anonymous + 1}"
        return self.scopes[-1] + name if name.startswith(".") else name

    def resolve(self, name: str) -> str:
        """The full name that *name* refers to from here."""
        if name.lower() in ("@b", "@f"):
            return f"@{self._anonymous + (name.lower() == '@f')}"
        if name.startswith("."):
            for scope in reversed(self.scopes):
                if scope + name in self.symbols or scope + name in self.before:
                    return scope + name
        return self.qualify(name)

    def lookup(self, name: str, column: int) -> int:
        """The value of the symbol *name*: of this pass, else of the last."""
        full = self.resolve(name)
        value = self.symbols.get(full, self.before.get(full))
        if value is None:
            raise Unknown(column, f"undefined symbol {name!r}")
        return value

    def define(self, token: Token, value: int) -> None:
        """Give the symbol *token* its value; refused where it has one."""
        if token.lower in self.rules.reserved:
            raise Problem(token.column, f"{token.text!r} is a reserved word")
        full = self.qualify(token.text)
        if full in self.symbols:
            raise Problem(token.column, f"{token.text!r} is defined twice")
        self.symbols[full] = value

    def label(self, token: Token) -> None:
        """Define a label here; one without a dot opens a scope for those with."""
        self.define(token, self.here)
        if token.text == "@@":
            self._anonymous += 1
        elif not token.text.startswith("."):
            self.scopes[-1] = token.text

    # -- output -------------------------------------------------------------------------------

    def emit(self, data: bytes, line: Line, column: int) -> None:
        """Put *data* here."""
        if self.here + len(data) > 1 << self.rules.isa.space.bits:
            raise Problem(column, "past the end of the address space")
        self._made += len(data)
        if self._made > MAX_OUTPUT:
            self.report(line, Problem(column, f"the program has more than {MAX_OUTPUT:,} bytes"))
            raise TooMany
        self.rows.append(Row(line.path, line.number, line.text, self.here, data))
        self.here += len(data)

    # -- statements -----------------------------------------------------------------------------

    def execute(self, lines: Sequence[Line], depth: int = 0) -> None:
        """Assemble *lines*; mistakes go to ``reports``."""
        at = 0
        while at < len(lines) and not self.ended:
            line = lines[at]
            at += 1
            rows = len(self.rows)
            try:
                self._count(line, depth)
                at = self._statement(lines, at, depth)
            except Problem as problem:
                self.report(line, problem)
            except RecursionError:
                self.report(line, Problem(0, "expression too long"))
            if len(self.rows) == rows:
                self.rows.append(Row(line.path, line.number, line.text, self.here, b""))

    def _count(self, line: Line, depth: int) -> None:
        """Give up where the source makes more of itself without end."""
        self._statements += 1
        self.spend((line,))
        if self._statements > MAX_STATEMENTS or depth > MAX_DEPTH:
            self.report(line, Problem(0, "the source repeats itself without end"))
            raise TooMany

    def spend(self, lines: Sequence[Line]) -> None:
        """Look at *lines*; give up where that is too much work."""
        self.work.left -= sum(LINE_WORK + len(line.text) for line in lines)
        if self.work.left < 0:
            self.report(lines[0], Problem(0, "the source makes too much work"))
            raise TooMany

    def report(self, line: Line, problem: Problem) -> None:
        """Note a mistake in *line*."""
        if len(self.reports) >= MAX_REPORTS:
            return  # in the first pass, after which those count that remain
        message = problem.message + line.via
        self.reports.append(Report(line.path, line.number, problem.column + 1, message, line.text))
        if len(self.reports) >= MAX_REPORTS and not self.first:
            raise TooMany

    def _statement(self, lines: Sequence[Line], at: int, depth: int) -> int:
        """Assemble ``lines[at - 1]``; returns where to go on (behind a block that it opens)."""
        line = lines[at - 1]
        tokens = list(tokens_of(line.text, self.rules.comments))
        label, tokens = self._split(tokens)
        if label is not None and (not tokens or tokens[0].lower.lstrip(".") not in NAMING):
            self.label(label)
            label = None
        if not tokens:
            return at
        end = tokens[-1].column + len(tokens[-1].text)
        operation, operands = _operation(tokens)
        statement = Statement(line, label, operation, operands, end, depth)
        name = operation.lower
        if name in self.rules.forms:
            self._instruction(statement.line, operation, operands, end)
        elif name in self.macros:
            self._call(self.macros[name], statement)
        elif (plain := name.lstrip(".")) in self.blocks:
            return self.blocks[plain](self, statement, lines, at)
        elif plain in self.directives:
            self.directives[plain](self, statement)
        else:
            choices(self.rules, operation, tuple(operands), end)  # says that it is unknown
        return at

    def _split(self, tokens: list[Token]) -> tuple[Token | None, list[Token]]:
        """The label at the beginning, if there is one, and the rest."""
        if not tokens or tokens[0].kind != "word":
            return None, tokens
        second = tokens[1] if len(tokens) > 1 else None
        if second is not None and second.text == ":":
            return tokens[0], tokens[2:]
        if second is not None and second.lower.lstrip(".") in NAMING:
            return tokens[0], tokens[1:]
        named = second is not None and self.known(second.lower)
        if tokens[0].column == 0 and not self.known(tokens[0].lower) and named:
            return tokens[0], tokens[1:]
        return None, tokens

    def known(self, name: str) -> bool:
        """Whether *name* (lower case) is an instruction, a directive or a macro."""
        plain = name.lstrip(".")
        return (
            name in self.rules.forms
            or name in self.macros
            or plain in self.directives
            or plain in self.blocks
            or name == "*"
        )

    def _instruction(
        self, line: Line, mnemonic: Token, operands: Sequence[Token], end: int
    ) -> None:
        """Choose the shortest encoding that fits, not shorter than in the last pass."""
        index = self._instructions
        self._instructions += 1
        if index == len(self.floors):
            self.floors.append(0)
        found = choices(self.rules, mnemonic, tuple(operands), end)
        # none is long enough where a condition above came out otherwise than in the last pass
        long = [choice for choice in found if choice.length >= self.floors[index]] or found
        for choice in long:
            try:
                data = choice.encode(self, lenient=self.first)
            except Problem:
                if choice is long[-1]:
                    raise
                continue
            self.floors[index] = choice.length
            self.emit(data, line, mnemonic.column)
            return

    def _call(self, macro: Macro, statement: Statement) -> None:
        """Assemble a macro's body in a scope of its own."""
        given = [self._outside(text) for text in arguments(statement)]
        if len(given) != len(macro.parameters):
            wanted = len(macro.parameters)
            raise Problem(
                statement.operation.column,
                f"macro {macro.name} takes {wanted} argument{'s' * (wanted != 1)}, "
                f"{len(given)} given",
            )
        self.spend(macro.body)
        self.nested(macro.name, macro.expand(given, statement.line), statement)

    def _outside(self, text: str) -> str:
        """An argument with its local labels written in full, as the caller means them."""
        changes = []
        for token in tokens_of(text, ";"):
            if token.kind == "word" and (token.text.startswith(".") or token.text[0] == "@"):
                changes.append((token, self.resolve(token.text)))
        return rewritten(text, changes)

    def nested(self, name: str, lines: Sequence[Line], statement: Statement) -> None:
        """Assemble *lines*, made by *statement*, with local labels of their own."""
        self._count(statement.line, statement.depth + 1)
        self._expansions += 1
        self.scopes.append(f"{name.lstrip('.')}@{self._expansions}")
        self.execute(lines, statement.depth + 1)
        self.scopes.pop()


def arguments(statement: Statement) -> list[str]:
    """The operands as text, split at the commas outside parentheses."""
    if not statement.operands:
        return []
    text = statement.line.text
    cuts = [statement.operands[0].column]
    depth = 0
    for token in statement.operands:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            cuts.append(token.column + 1)
    ends = [*(cut - 1 for cut in cuts[1:]), statement.end]
    return [text[start:end].strip() for start, end in zip(cuts, ends, strict=True)]


def _operation(tokens: list[Token]) -> tuple[Token, list[Token]]:
    """The operation word, with the ``*`` of an unofficial encoding, and the operands."""
    first = tokens[0]
    if first.text == "*" and len(tokens) > 1:
        joined = Token("word", "*" + tokens[1].text, first.column)
        return joined, tokens[2:]
    if first.kind != "word" and first.text not in NAMING:
        raise Problem(first.column, f"expected an instruction, not {first.text!r}")
    return first, tokens[1:]
