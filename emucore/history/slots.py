"""What files of states and recordings have of media: which are in the slots, what was written on
them, and, in recordings, the media themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.base.errors import UserError
from emucore.base.medium import KINDS, NOTHING, Medium
from emucore.body.body import Body
from emucore.body.media import sheet_of
from emucore.plan.arena import Arena

Values = npt.NDArray[Any]

#: Bytes of media that a recording holds: of more it has the hashes alone.
HELD_MOST = 32 << 20
#: Media that one file names.
ROWS_MOST = 10_000
#: Bytes of content that are looked at without their machine.
WHOLE_MOST = 1 << 26


def described(machine: Body) -> dict[str, Any]:
    """What a header says of the slots, for people: nothing of a machine without any."""
    if not machine.media:
        return {}
    return {
        "slots": {
            name: {
                "content": f"{machine.board.slots[name].device.name}.content",
                "unit": machine.board.slots[name].unit,
                "name": medium.name if medium else "",
                "sha256": medium.sha256 if medium else "",
            }
            for name, medium in machine.media.items()
        }
    }


def written(machine: Body) -> dict[str, Values]:
    """The units that were written, by the name of the content's field; none where none were."""
    memory = machine.arena.bytes
    found = {s.content.name: s.units(memory)[s.marked(memory)] for s in machine.arena.sheets}
    return {name: units for name, units in found.items() if len(units)}


def taken(machine: Body, values: dict[str, Values]) -> dict[str, Values]:
    """Those of *values* that are such units, taken out of them."""
    return {name: values.pop(name) for name in list(values) if sheet_of(machine.arena, name)}


def fill(
    machine: Body,
    trial: Arena,
    header: Mapping[str, Any],
    units: Mapping[str, Values],
    offered: Iterable[Medium],
) -> None:
    """Give *trial* the media that its state has in its slots, with *units* written on them.

    :class:`UserError` where one is neither in *machine*'s slot nor *offered*.
    """
    found = {medium.identity: medium for medium in offered}
    for sheet in trial.sheets:
        identity = sheet.identified(trial.bytes)
        there = machine.media[sheet.name]
        if identity != NOTHING and (there is None or there.identity != identity):
            if identity not in found:
                raise UserError(_other(header, sheet.name, identity, there))
            machine.media.know(found[identity])
        rows, marks = units.get(sheet.content.name), sheet.marked(trial.bytes)
        shape = (0,) if rows is None else rows.shape
        if shape != ((len(marks), sheet.unit) if len(marks) else (0,)):
            raise UserError(f"damaged state: not the units that were written in {sheet.name}")
        trial.fill(sheet)
        if rows is not None:
            sheet.units(trial.bytes)[marks] = rows


def _other(header: Mapping[str, Any], slot: str, identity: bytes, there: Medium | None) -> str:
    slots = header.get("slots")
    row = slots.get(slot) if isinstance(slots, dict) else None
    name = row.get("name") if isinstance(row, dict) else ""
    had = Medium(b"", name if isinstance(name, str) else "")
    called = had.called().replace(had.sha256[:12], identity.hex()[:12])
    has = "which is empty" if there is None else f"where {there.called()} is"
    return f"a state with {called} in {slot}, {has}: insert it first"


# -- without a machine ----------------------------------------------------------------------------


def contents_of(header: Mapping[str, Any]) -> dict[str, int]:
    """Names of the fields of content that *header*'s slots have, and the bytes of their units."""
    slots = header.get("slots")
    rows = slots.values() if isinstance(slots, dict) else []
    return {
        row["content"]: row["unit"]
        for row in rows
        if isinstance(row, dict)
        and isinstance(row.get("content"), str)
        and type(row.get("unit")) is int
    }


def whole(header: Mapping[str, Any], values: dict[str, Values]) -> dict[str, Values]:
    """*values* in which what was written is as long as the medium, so that two can be compared;
    zeros where nothing was."""
    for name, unit in contents_of(header).items():
        marks = values.get(name.rpartition(".")[0] + ".written")
        if marks is None or marks.ndim != 1:
            continue
        units, rows = np.flatnonzero(marks), values.pop(name, np.zeros((0, unit), np.uint8))
        if rows.shape != (len(units), unit) or marks.size * unit > WHOLE_MOST:
            raise UserError(f"damaged state: not the units that were written of {name!r:.60}")
        values[name] = np.zeros((marks.size, unit), np.uint8)
        values[name][units] = rows
    return values


# -- media in a recording -------------------------------------------------------------------------


class Held:
    """Media that a recording has with it, within :data:`HELD_MOST`."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self._pieces: list[bytes] = []
        self._room = HELD_MOST

    def add(self, medium: Medium) -> None:
        """Hold *medium*, once; if there is no room for it, its name and hash."""
        if medium.key in self.rows:
            return
        pieces = [medium.content, *(data for _, data in medium.written)]
        size = sum(map(len, pieces))
        held = size <= self._room
        if held:
            self._room -= size
            self._pieces += pieces
        self.rows[medium.key] = {
            "name": medium.name,
            "kind": medium.kind,
            "sha256": medium.sha256,
            "protected": medium.protected,
            "size": len(medium.content) if held else 0,
            "written": [[at, len(data)] for at, data in medium.written] if held else [],
        }

    def contents(self) -> bytes:
        """What a file has of them behind the state."""
        return b"".join(self._pieces)


def carried(header: Mapping[str, Any]) -> int:
    """Bytes of media that a recording with *header* has; :class:`UserError` if it is damaged."""
    return sum(_size(row) for row in _rows(header).values())


def _rows(header: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    rows = header.get("held", {})
    if not isinstance(rows, dict) or len(rows) > ROWS_MOST:
        raise UserError("damaged recording: no list of media")
    for row in rows.values():
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("name"), str)
            or not isinstance(row.get("sha256"), str)
            or not re.fullmatch("[0-9a-f]{64}", row["sha256"])
            or row.get("kind") not in ("", *KINDS)
            or type(row.get("protected")) is not bool
            or not _number(row.get("size"))
            or not isinstance(row.get("written"), list)
            or not all(
                isinstance(piece, list) and len(piece) == 2 and all(map(_number, piece))
                for piece in row["written"]
            )
        ):
            raise UserError("damaged recording: no description of a medium")
    return rows


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value <= HELD_MOST


def _size(row: Mapping[str, Any]) -> int:
    return int(row["size"]) + sum(int(size) for _, size in row["written"])


def held(header: Mapping[str, Any], data: bytes) -> dict[str, Medium | str]:
    """The media in *data* that a recording has, by key; of what it only names, what that is called.

    :class:`UserError` unless each has its hash.
    """
    found: dict[str, Medium | str] = {}
    at = 0
    for key, row in _rows(header).items():
        if not row["size"]:
            found[key] = f"{row['name']!r:.60} (SHA-256 {row['sha256'][:12]}…)"
            continue
        content, at = data[at : at + row["size"]], at + row["size"]
        written = []
        for offset, size in row["written"]:
            written.append((offset, data[at : at + size]))
            at += size
        medium = Medium(
            content, row["name"], row["kind"], tuple(written), protected=row["protected"]
        )
        if medium.key != key or medium.sha256 != row["sha256"]:
            raise UserError("damaged recording: a medium that does not match its hash")
        found[key] = medium
    if at != len(data):
        raise UserError("damaged recording: more bytes than media")
    return found


def length(header: Mapping[str, Any], body: bytes) -> int:
    """Where the state in a recording's *body* ends, and the media begin."""
    end = len(body) - carried(header)
    if end < 0:
        raise UserError("damaged recording: it is cut off")
    return end


def known(machine: Body) -> dict[str, Medium]:
    """The media in *machine*'s slots, by key, and those that it knows."""
    there = [medium for medium in machine.media.values() if medium is not None]
    return {m.key: m for m in (*machine.arena.known.values(), *there)}
