"""Passes over the source until every symbol and size has settled."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from emucore.assembler.directives import BLOCKS, DIRECTIVES
from emucore.assembler.program import Program, Row, Segment
from emucore.assembler.run import Run, TooMany, Work
from emucore.assembler.source import Library, Line, text_lines
from emucore.assembler.syntax import grammar
from emucore.assembler.text import AsmError, Report
from emucore.base.files import opened
from emucore.isa import Isa

#: A program settles in a few passes; one that has not by now never will.
MAX_PASSES = 50


def assemble(
    isa: Isa,
    source: str | os.PathLike[str],
    *,
    origin: int = 0,
    root: str | os.PathLike[str] | None = None,
    symbols: Mapping[str, int] | None = None,
) -> Program:
    """Assemble a file (a path) or source text (a ``str``) for *isa*.

    Code begins at *origin* unless an ``org`` says otherwise.  Included files must lie below
    *root*: by default the file's folder; text without a root can include nothing.  *symbols*
    are defined beforehand.  Raises :class:`AsmError` with everything that is wrong, and
    :class:`OSError` or :class:`UserError` where the file itself cannot be read.
    """
    folder = Path(root) if root is not None else None
    try:
        if isinstance(source, str):
            shown = str(folder / "text") if folder is not None else "text"
            library = Library(folder)
            lines = text_lines(source, shown)
        else:
            shown = str(Path(source))
            library = Library(folder if folder is not None else Path(source).parent)
            with opened(Path(source)):  # or an OSError that names the file
                lines = library.lines(library.resolved(shown), shown)
    except ValueError as error:
        raise AsmError([Report(shown, 1, 1, str(error), "")]) from None
    return _settle(isa, lines, shown, library, origin, dict(symbols or {}))


def _settle(
    isa: Isa,
    lines: Sequence[Line],
    shown: str,
    library: Library,
    origin: int,
    symbols: dict[str, int],
) -> Program:
    before: dict[str, int] = {}
    floors: list[int] = []
    work = Work()
    for number in range(MAX_PASSES):
        sizes = list(floors)
        run = Run(
            grammar(isa), DIRECTIVES, BLOCKS, library, before, floors, number == 0, work, origin
        )
        run.symbols.update(symbols)
        run.including.append(str(library.resolved(shown)))
        try:
            run.execute(lines)
        except TooMany:
            break
        if not run.first and run.symbols == before and floors == sizes:
            break
        before = run.symbols
    else:
        last = lines[-1]
        raise AsmError([Report(shown, last.number, 1, "addresses never settle", last.text)])
    if run.reports:
        raise AsmError(run.reports)
    segments = _segments(run.rows)
    visible = {name: value for name, value in run.symbols.items() if "@" not in name}
    entry = run.entry if run.entry is not None else (segments[0].address if segments else origin)
    return Program(isa.name, segments, visible, tuple(run.rows), entry)


def _segments(rows: Sequence[Row]) -> tuple[Segment, ...]:
    """The rows' bytes joined where they touch; raises :class:`AsmError` where they overlap."""
    joined: list[tuple[int, bytearray]] = []
    for row in sorted((row for row in rows if row.data), key=lambda row: row.address):
        if joined:
            start, data = joined[-1]
            end = start + len(data)
            if row.address < end:
                message = f"overlaps other code at {row.address:#x}"
                raise AsmError([Report(row.path, row.line, 1, message, row.text)])
            if row.address == end:
                data += row.data
                continue
        joined.append((row.address, bytearray(row.data)))
    return tuple(Segment(start, bytes(data)) for start, data in joined)
