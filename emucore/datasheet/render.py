"""The datasheet for people: as Markdown, and for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from emucore.datasheet.collect import Datasheet, Grid, Register, Row

if TYPE_CHECKING:
    from rich.console import RenderableType

HEX = "0123456789abcdef"


def cycles(row: Row) -> str:
    """The cycles of an instruction: each if they are few, else the least and the most."""
    if not row.cycles:
        return "varies"
    if len(row.cycles) <= 3:
        return "/".join(map(str, row.cycles))
    return f"{row.cycles[0]} to {row.cycles[-1]}"


def _tables(sheet: Datasheet) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Every table but the opcode maps: its title, its heads and its rows."""
    yield "Registers", ["name", "kind", "bits", "made of"], [_register(r) for r in sheet.registers]
    spaces = [[name, str(bits)] for name, bits in sheet.spaces]
    yield "Address spaces", ["name", "bits"], spaces
    heads = ["syntax", "encoding", "bytes", "cycles", " ".join(sheet.flags), "notes"]
    if not sheet.flags:
        heads.remove("")
    yield "Instructions", heads, [_instruction(row) for row in sheet.instructions]
    if sheet.aliases:
        pairs = [[syntax, expansion] for syntax, expansion in sheet.aliases]
        yield "Pseudo-instructions", ["syntax", "stands for"], pairs


def _register(row: Register) -> list[str]:
    return [row.name, row.kind, str(row.width), " ".join(row.parts)]


def _instruction(row: Row) -> list[str]:
    flags = [" ".join(row.flags)] if row.flags else []
    return [row.syntax, row.encoding, str(row.length), cycles(row), *flags, row.doc]


def _heading(grid: Grid) -> str:
    behind = " ".join(f"{unit:02x}" for unit in grid.prefix)
    return f"Opcodes behind {behind}" if behind else "Opcodes"


def _lines(grid: Grid) -> list[list[str]]:
    """The map as sixteen lines: the high digit, then the entries of the low one."""
    return [[f"{HEX[i]}-", *grid.entries[16 * i : 16 * i + 16]] for i in range(16)]


_GRID_HEADS = ["", *(f"-{digit}" for digit in HEX)]

FOOTNOTE = (
    "Cycles are without wait states; two or three numbers are the paths that an instruction can "
    "take. Flags: * by the result, 0 or 1 so set, - kept."
)


def markdown(sheet: Datasheet) -> str:
    """The datasheet as a Markdown document."""
    out = [f"# {sheet.title}", "", f"`{sheet.name}`, {sheet.unit}-bit code units", ""]
    for title, heads, rows in _tables(sheet):
        out += [f"## {title}", "", *_table(heads, rows), ""]
        if title == "Instructions":
            out += [FOOTNOTE, ""]
    for grid in sheet.grids:
        out += [f"## {_heading(grid)}", "", *_table(_GRID_HEADS, _lines(grid)), ""]
    return "\n".join(out)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        _markdown_row(heads),
        "|" + " --- |" * len(heads),
        *(_markdown_row(row) for row in rows),
    ]


def _markdown_row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|").replace("*", "\\*") for cell in cells)
    return "| " + " | ".join(escaped) + " |"


def terminal(sheet: Datasheet) -> RenderableType:
    """The datasheet for a :class:`rich.console.Console`."""
    from rich import box
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text(sheet.title, style="bold")]

    def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for head in heads:
            made.add_column(Text(head))
        for row in rows:
            made.add_row(*map(Text, row))
        parts.extend((Text(f"\n{title}", style="bold"), made))

    for title, heads, rows in _tables(sheet):
        table(title, heads, rows)
    parts.append(Text(FOOTNOTE, style="dim"))
    for grid in sheet.grids:
        table(_heading(grid), _GRID_HEADS, _lines(grid))
    return Group(*parts)
