"""What became of the names of earlier versions, so that files of then fit the machines of now.

A state is a list of named fields.  Every later version loads it, because names follow three rules:

* A name is not used again for something else, nor for another type or shape.
* A name that is new needs nothing: a file without it leaves it as it is at power-on.
* A name that goes away is kept where it was declared, with what became of it: of a register or a
  device's field in its class's ``former``, of a part, button or switch in the board's.

Such a table gives the name of now, None for what is gone without a trace, or, for fields, a
function of the value of then that gives values of now by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from emucore.base.errors import UserError
from emucore.base.former import Former, Values
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
        became = board.former[became]
    return became


def first(board: Board, name: str) -> str:
    """What the part that is called *name* now was called in the first version that had it."""
    before = {now: then for then, now in board.former.items()}
    while name in before:
        name = before[name]
    return name


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
    became = [n for n, value in _follow(machine, name, None) if value is None]
    field = machine.layout.fields.get(became[0]) if became else None
    if field is None or field.section != "state":  # what is but an output may be another by now
        return None
    view = machine.arena[became[0]]
    if (view.dtype.str[1:], view.shape) != (code, shape):
        return None
    return view.astype(view.dtype.newbyteorder("<")).tobytes()


def _follow(machine: Body, name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The fields that *name* has become, with their values; functions are not asked about None."""
    head, dot, tail = name.partition(".")
    owner = part(machine.board, head)
    if owner is None:
        return
    former = _former(machine.board, owner) if dot else {}
    while tail in former:
        became = former[tail]
        if isinstance(became, str):
            tail = became
            continue
        if became is not None and value is not None:
            try:
                new = {n: np.atleast_1d(np.asarray(v)) for n, v in became(value).items()}
            except (ArithmeticError, LookupError, TypeError, ValueError):
                raise UserError(f"damaged state: {name} cannot have such a value") from None
            for n, v in new.items():
                yield from _follow(machine, f"{owner}.{n}", v)
        return
    yield f"{owner}{dot}{tail}", value


def _former(board: Board, owner: str) -> Former:
    if owner == "machine":
        return MACHINE
    if owner in board.devices:
        return type(board.devices[owner]).former
    return next((p.isa.cpu.former for p in board.cpus if p.name == owner), {})
