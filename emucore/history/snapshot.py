"""Save states: the state section of a machine's arena as one file of named fields.

A state fits every machine of the same board, CPUs and ROMs, whatever engine ran or will run it, and
whatever later version: names that have changed are followed (:mod:`emucore.history.former`).
Loading checks everything first: a machine that refuses a file goes on as if nothing had been asked.
"""

from __future__ import annotations

import hashlib
import math
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.base.errors import ArgumentError, MachineError, UserError
from emucore.base.files import about, read_bounded, write_atomically
from emucore.base.medium import Medium
from emucore.body.body import Body
from emucore.history import former, slots, validate
from emucore.history.container import HEADER_MOST, pack, unpack

KIND = "state"
#: More bytes than any machine's state has.
MOST = 1 << 26
#: Types of fields, as numpy calls them.
TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")


def save(machine: Body, path: Path) -> None:
    """Write *machine*'s state to *path*, at once or not at all.  Raises :class:`OSError`."""
    write_atomically(path, to_bytes(machine))


def to_bytes(machine: Body) -> bytes:
    """*machine*'s state as the contents of a file."""
    return pack(KIND, describe(machine), contents(machine))


def from_bytes(machine: Body, data: bytes) -> None:
    """Give *machine* the state in *data*, what a file of it holds.

    Raises :class:`MachineError` for what is none of such a machine, which is untouched then.
    """
    try:
        _take(machine, data)
    except UserError as error:
        raise ArgumentError("data", str(error)) from None


def _take(machine: Body, data: bytes) -> None:
    header, body = unpack(KIND, data, limit(machine))
    restore(machine, header, body)


def load(machine: Body, path: Path) -> None:
    """Give *machine* the state in *path*.

    Raises :class:`MachineError` for a file that is no state of such a machine, :class:`OSError`
    for one that cannot be read; the machine is untouched then.
    """
    try:
        _take(machine, read_bounded(path, limit(machine)))
    except UserError as error:
        raise MachineError(about(path, error)) from None


def limit(machine: Body) -> int:
    """More bytes than any file of this machine's states has."""
    return HEADER_MOST + 2 * len(machine.arena.bytes)


def describe(machine: Body) -> dict[str, Any]:
    """What a state file says of itself: the machine, its media, and the fields in order."""
    views, outputs = _views(machine), _outputs(machine)
    header = {
        "machine": machine.board.name,
        "cpus": {part.name: part.isa.name for part in machine.board.cpus},
        "media": _media(machine),
        "frame": machine.frame,
        "fields": _listed(views),
        "outputs": _listed(outputs),
    }
    return {**header, **slots.described(machine)}


def label(machine: Body) -> str:
    """A file's name for what belongs to this board with these CPUs and ROMs."""
    cpus = "-".join(part.isa.name for part in machine.board.cpus)
    return re.sub(r"[^\w-]", "_", f"{machine.board.name}-{cpus}-{_media(machine)[:12]}")


def contents(machine: Body) -> bytes:
    """The fields' bytes, little-endian, in the order of :func:`describe`."""
    views = [*_views(machine).values(), *_outputs(machine).values()]
    return b"".join(view.astype(view.dtype.newbyteorder("<")).tobytes() for view in views)


def _views(machine: Body) -> dict[str, npt.NDArray[Any]]:
    """What a file has of *machine*'s state: the fields, and units of media that were written."""
    views = {name: machine.arena[name] for name in names(machine)}
    return {**views, **slots.written(machine)}


def _outputs(machine: Body) -> dict[str, npt.NDArray[Any]]:
    """What a file has of it besides: the picture, and what belongs to that."""
    return {name: machine.arena[name] for name in names(machine, "output")}


def _listed(views: dict[str, npt.NDArray[Any]]) -> list[list[Any]]:
    return [[name, view.dtype.str[1:], list(view.shape)] for name, view in views.items()]


def restore(
    machine: Body, header: dict[str, Any], body: bytes, offered: Iterable[Medium] = ()
) -> None:
    """Take over a state given as :func:`describe` and :func:`contents` gave it.

    What the file's version did not have yet is as at power-on.  In its slots are the media that are
    there, or *offered* with it.  Raises :class:`UserError`, with *machine* untouched, unless all
    that the file has is known.
    """
    _check_kind(machine, header)
    values = former.fields(machine, parse(header, body))
    units = slots.taken(machine, values)
    missing = _check_fields(machine, values)
    if missing:
        beginning = machine.clone()
        beginning.power_on()
        trial = beginning.arena
    else:
        trial = machine.arena.copy()
    for name, value in values.items():
        trial[name][...] = value
    slots.fill(machine, trial, header, units, offered)
    validate.check(machine, trial)
    drawn = any(machine.layout.fields[name].section == "output" for name in values)
    machine.set_state(trial.state(), trial.outputs() if drawn else None)


@dataclass(frozen=True)
class State:
    """What a file holds: a state, or the one that a recording starts with.

    ``header`` is what :func:`describe` gave; ``fields`` are the values by name, in order.
    """

    kind: str
    header: dict[str, Any]
    fields: dict[str, npt.NDArray[Any]]


def read(path: Path) -> State:
    """The state in *path*, of whatever machine; no machine is needed, and the media are not.

    Raises :class:`MachineError` for a file that is none, :class:`OSError` for one that cannot be
    read.
    """
    try:
        most = MOST + slots.HELD_MOST
        header, body = unpack("state|recording", read_bounded(path, most), most)
        kind = header["kind"]
        state = header if kind == KIND else header.get("state")
        if not isinstance(state, dict):
            raise UserError("damaged recording: no state")
        values = parse(state, body[: slots.length(header, body)])
        return State(kind, header, slots.whole(state, values))
    except UserError as error:
        raise MachineError(about(path, error)) from None


def names(machine: Body, section: str = "state") -> list[str]:
    """The fields of a section, in order."""
    fields = [f for f in machine.layout.fields.values() if f.section == section]
    return [f.name for f in sorted(fields, key=lambda f: f.offset)]


def values(machine: Body) -> dict[str, npt.NDArray[Any]]:
    """The fields of the state section as they are, and the contents of its slots."""
    sheets = machine.arena.sheets
    fields = {name: machine.arena[name] for name in names(machine)}
    return {**fields, **{s.content.name: machine.arena[s.content.name] for s in sheets}}


def fingerprint(machine: Body, header: dict[str, Any]) -> list[str | None]:
    """A hash of each field that :func:`describe` once listed, as it is now; None if it is gone."""
    pieces = [_as_then(machine, header, row) for row in header["fields"]]
    return [None if piece is None else f"{zlib.crc32(piece):08x}" for piece in pieces]


def sha256(machine: Body, header: dict[str, Any]) -> str | None:
    """What ``machine.state_sha256()`` was in the version that wrote *header*.

    None where that cannot be known any more, as a field of then is gone.
    """
    rows = [row for row in header["fields"] if row[0] not in slots.contents_of(header)]
    pieces = [_as_then(machine, header, row) for row in rows]
    if header.get("slots"):
        pieces += [units.tobytes() for units in slots.written(machine).values()]
    if None in pieces:
        return None
    return hashlib.sha256(b"".join(piece or b"" for piece in pieces)).hexdigest()


def _as_then(machine: Body, header: dict[str, Any], row: list[Any]) -> bytes | None:
    name, code, shape = row
    if name in slots.contents_of(header):  # more may be written than was then
        units = slots.written(machine).get(name)
        return b"" if units is None else units.tobytes()
    return former.as_then(machine, name, code, tuple(shape))


def _media(machine: Body) -> str:
    """Hash of what a state does not hold but depends on: the ROMs.

    It is of what they are, not of what a version calls them or builds around them.
    """
    board = machine.board
    rows = {
        former.first(board, name): machine.arena[name].tobytes()
        for name, (_, section) in board.memories.items()
        if section == "const"
    }
    for name, value in board.hashed.items():
        rows[name] = struct.pack("<q" if isinstance(value, int) else "<d", value)
    return _hash(rows)


def _media_once(machine: Body) -> str:
    """The same as the first states had it, of boards that do not say what was ``hashed``."""
    fields = machine.layout.fields.values()
    return _hash({f.name: machine.arena[f.name].tobytes() for f in fields if f.section == "const"})


def _hash(rows: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(rows.items()):
        digest.update(f"{name}:{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


def _check_kind(machine: Body, header: dict[str, Any]) -> None:
    mine, board = describe(machine), machine.board
    name, theirs = header.get("machine"), header.get("cpus")
    if not isinstance(name, str) or former.part(board, name) != mine["machine"]:
        raise UserError(f"a state of {name!r:.40}, not of {mine['machine']!r}")
    theirs = theirs if isinstance(theirs, dict) else {}
    if {former.part(board, part): isa for part, isa in theirs.items()} != mine["cpus"]:
        names = sorted(map(str, theirs.values()))
        raise UserError(
            f"a state of a board with CPU {', '.join(names):.40}, "
            f"not {', '.join(sorted(mine['cpus'].values()))}"
        )
    if header.get("media") not in (mine["media"], _media_once(machine)):
        raise UserError("a state of this board with other ROMs")


def parse(header: dict[str, Any], body: bytes) -> dict[str, npt.NDArray[Any]]:
    """The fields' values by name; :class:`UserError` where header and *body* are no such list."""
    fields, outputs = header.get("fields"), header.get("outputs", [])
    values: dict[str, npt.NDArray[Any]] = {}
    at = 0
    if not isinstance(fields, list) or not isinstance(outputs, list):
        raise UserError("damaged state: no list of fields")
    for row in [*fields, *outputs]:
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[0], str):
            raise UserError("damaged state: a field without name, type and shape")
        name, code, shape = row
        if name in values:
            raise UserError(f"damaged state: two fields {name!r:.60}")
        if code not in TYPES or not _is_shape(shape):
            raise UserError(f"damaged state: its field {name!r:.60} has no known type and shape")
        kind = np.dtype(code).newbyteorder("<")
        count = math.prod(shape)
        if at + count * kind.itemsize > len(body):
            raise UserError("damaged state: it is cut off")
        values[name] = np.frombuffer(body, kind, count, at).reshape(shape)
        at += count * kind.itemsize
    if at != len(body):
        raise UserError("damaged state: more bytes than fields")
    return values


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, list)
        and len(shape) <= 8
        and all(type(n) is int and 0 < n < 1 << 48 for n in shape)
    )


def _check_fields(machine: Body, values: dict[str, npt.NDArray[Any]]) -> set[str]:
    """They must be the machine's, each with its type and shape; those that are not there.

    What every version had must be: when it was, and where in the program.
    """
    outputs = names(machine, "output")
    mine = {name: machine.arena[name] for name in [*names(machine, "state"), *outputs]}
    for name, value in values.items():
        if name not in mine:
            raise UserError(f"its field {name!r:.60} is not one of this version's machine")
        view = mine[name]
        if (value.dtype.str[1:], value.shape) != (view.dtype.str[1:], view.shape):
            kind = f"{value.dtype.str[1:]}{list(value.shape)}"
            raise UserError(f"its field {name!r} is {kind:.40} of another version")
    missing = mine.keys() - values.keys() - set(outputs)
    needed = {"machine.frame"}
    for part in machine.board.cpus:
        needed |= {f"{part.name}.clock", f"{part.name}.{part.isa.pc.name}"}
    if missing & needed:
        raise UserError(f"damaged state: it lacks the field {min(missing & needed)!r}")
    return missing
