"""What became of the names of earlier versions, so that files of then fit the machines of now.

A state is a list of named fields.  Every later version loads it, because names follow three rules:

* A name is not used again for something else, nor for another type or shape.
* A name that is new needs nothing: a file without it leaves it as it is at power-on.
* A name that goes away is kept where it was declared, with what became of it: of a register or a
  device's field in its class's ``former``, of a part, button or switch in the board's.

Such a table gives the name of now, None for what is gone without a trace, or, for fields, a
function of the value of then that gives values of now by name.  A device's names may lead to its
parts (``chip.level``), and those of parts are followed by their classes.  What has gone from one
part of a board to another is in the board's by its whole name: ``{"main.ram": "ram"}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from emucore.base.errors import UserError
from emucore.base.former import Former, Function, Values
from emucore.board import Board
from emucore.body.body import Body
from emucore.language.registers import NEVER

#: Of the fields that every machine has.
MACHINE: Former = {"sounding": None}
#: One that is as long as a board has wired lines: new ones come behind those that there were.
LATCHES = "machine.latches"


def part(board: Board, name: str) -> str | None:
    """What is now the name of the part, button or switch of *board* that was called *name*."""
    became: str | None = name
    while became is not None and became in board.former:
        next_ = board.former[became]
        became = next_ if isinstance(next_, str) else None
    return became


def first(board: Board, name: str) -> str:
    """What the part that is called *name* now was called in the first version that had it."""
    before = {now: then for then, now in board.former.items() if "." not in then}
    while name in before:
        name = before[name]
    return name


def field(machine: Body, name: str) -> str | None:
    """What is now the name of the field that was called *name*; None where it is gone, or has
    become others."""
    return next((n for n, _ in _follow(machine, name, None)), None)


def fields(machine: Body, then: Mapping[str, Values]) -> dict[str, Values]:
    """The fields of an earlier version, *then*, as they are called and counted now.

    A name that means nothing stays as it is.  Raises :class:`UserError` where two become one, or
    where a value cannot be what it was.
    """
    now: dict[str, Values] = {}
    for name, value in then.items():
        for became, new in _follow(machine, name, value):
            if became in now:
                raise UserError(f"damaged state: two values for the field {became!r:.60}")
            now[became] = new
    latches, most = now.get(LATCHES), machine.arena[LATCHES].size
    if latches is not None and latches.dtype == np.int64 and latches.ndim == 1:
        more = max(0, most - latches.size)  # lines that were wired since
        now[LATCHES] = np.concatenate((latches, np.full(more, NEVER)))
    return now


def as_then(machine: Body, name: str, code: str, shape: tuple[int, ...]) -> bytes | None:
    """The bytes that an earlier version's field had if it were in *machine*'s state.

    None where it is gone, or has become another.
    """
    found = machine.layout.fields.get(field(machine, name) or "")
    if found is None or found.section != "state":  # what is but an output may be another by now
        return None
    view = machine.arena[found.name]
    if (view.dtype.str[1:], view.shape) != (code, shape):
        return None
    return view.astype(view.dtype.newbyteorder("<")).tobytes()


def places(machine: Body, then: Any) -> Any:
    """Pieces of fields that a file lists, *then* (name, place in it, size), by the names of now."""
    if not isinstance(then, list) or not all(isinstance(row, list) and row for row in then):
        return then
    return [[field(machine, row[0]) if isinstance(row[0], str) else None, *row[1:]] for row in then]


def _follow(
    machine: Body, name: str, value: Any, then: str | None = None
) -> Iterator[tuple[str, Any]]:
    """The fields that *name* (*then*, in its file) has become, with their values; functions are not
    asked about None."""
    then = name if then is None else then
    found = _became(machine.board, name)
    if found is None:
        yield name, value
        return
    whole, became = found
    if isinstance(became, str):
        yield from _follow(machine, f"{whole}{became}", value, then)
    elif became is not None and value is not None:
        try:
            new = {n: np.atleast_1d(np.asarray(v)) for n, v in became(value).items()}
        except (ArithmeticError, LookupError, TypeError, ValueError):
            raise UserError(f"damaged state: {then} cannot have such a value") from None
        for n, v in new.items():
            yield from _follow(machine, f"{whole}{n}", v, then)


def _became(board: Board, name: str) -> tuple[str, str | Function | None] | None:
    """What a table says of *name*, or of a part on the way to it, and what comes before the names
    of that table; None if none does."""
    for whole, table in _tables(board, name):
        tail = name.removeprefix(whole)
        if tail in table:
            return whole, table[tail]
        head, dot, rest = tail.partition(".")
        if dot and head in table:
            became = table[head]
            return whole, f"{became}.{rest}" if isinstance(became, str) else None
    return None


def _tables(board: Board, name: str) -> Iterator[tuple[str, Former]]:
    """The tables that may have *name*: the board's, those of its device, of a part of that …, each
    with what comes before its names."""
    yield "", board.former
    whole, _, tail = name.partition(".")
    if whole == "machine":
        yield "machine.", MACHINE
    for cpu in board.cpus:
        if cpu.name == whole:
            yield f"{whole}.", cpu.isa.cpu.former
    device = board.devices.get(whole)
    while device is not None:
        yield f"{whole}.", device.former
        head, _, tail = tail.partition(".")
        whole = f"{whole}.{head}"
        device = getattr(device, head) if head in device.parts else None
