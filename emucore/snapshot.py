"""Save states: the state section of a machine's arena as one file of named fields.

A state fits every machine of the same board, CPUs and ROMs, whatever engine ran or will run it.
Loading checks everything first: a machine that refuses a file goes on as if nothing had been asked.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore import sane
from emucore.container import HEADER_MOST, pack, unpack
from emucore.errors import UserError
from emucore.files import read_bounded, write_atomically
from emucore.machine import Machine, MachineError

KIND = "state"
#: More bytes than any machine's state has.
MOST = 1 << 26
#: Types of fields, as numpy calls them.
TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")


def save(machine: Machine, path: Path) -> None:
    """Write *machine*'s state to *path*, at once or not at all.  Raises :class:`OSError`."""
    write_atomically(path, pack(KIND, describe(machine), contents(machine)))


def load(machine: Machine, path: Path) -> None:
    """Give *machine* the state in *path*.

    Raises :class:`MachineError` for a file that is no state of such a machine, :class:`OSError`
    for one that cannot be read; the machine is untouched then.
    """
    try:
        header, body = unpack(KIND, read_bounded(path, limit(machine)), limit(machine))
        restore(machine, header, body)
    except UserError as error:
        raise MachineError(f"{path}: {error}") from None


def limit(machine: Machine) -> int:
    """More bytes than any file of this machine's states has."""
    return HEADER_MOST + 2 * len(machine.arena.bytes)


def describe(machine: Machine) -> dict[str, Any]:
    """What a state file says of itself: the machine, its media, and the fields in order."""
    fields = []
    for name in names(machine):
        view = machine.arena[name]
        fields.append([name, view.dtype.str[1:], list(view.shape)])
    return {
        "machine": machine.board.name,
        "cpus": {part.name: part.isa.name for part in machine.board.cpus},
        "media": _media(machine),
        "frame": machine.frame,
        "fields": fields,
    }


def contents(machine: Machine) -> bytes:
    """The fields' bytes, little-endian, in the order of :func:`describe`."""
    views = (machine.arena[name] for name in names(machine))
    return b"".join(view.astype(view.dtype.newbyteorder("<")).tobytes() for view in views)


def restore(machine: Machine, header: dict[str, Any], body: bytes) -> None:
    """Take over a state given as :func:`describe` and :func:`contents` gave it.

    Raises :class:`UserError`, with *machine* untouched, unless it fits exactly.
    """
    _check_kind(machine, header)
    values = parse(header, body)
    _check_fields(machine, values)
    trial = machine.arena.copy()
    for name, value in values.items():
        trial[name][...] = value
    sane.check(machine, trial)
    machine.set_state(trial.state())


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
        header, body = unpack("state|recording", read_bounded(path, MOST), MOST)
        kind = header["kind"]
        state = header if kind == KIND else header.get("state")
        if not isinstance(state, dict):
            raise UserError("damaged recording: no state")
        return State(kind, header, parse(state, body))
    except UserError as error:
        raise MachineError(f"{path}: {error}") from None


def names(machine: Machine) -> list[str]:
    """The fields of the state section, in order."""
    fields = [f for f in machine.layout.fields.values() if f.section == "state"]
    return [f.name for f in sorted(fields, key=lambda f: f.offset)]


def _media(machine: Machine) -> str:
    """Hash of what a state does not hold but depends on: the ROMs."""
    digest = hashlib.sha256()
    for name, field in sorted(machine.layout.fields.items()):
        if field.section == "const":
            digest.update(f"{name}:{field.dtype.itemsize}:".encode())
            digest.update(machine.arena.memory[field.offset : field.end])
    return digest.hexdigest()


def _check_kind(machine: Machine, header: dict[str, Any]) -> None:
    mine = describe(machine)
    if header.get("machine") != mine["machine"]:
        raise UserError(f"a state of {header.get('machine')!r:.40}, not of {mine['machine']!r}")
    if header.get("cpus") != mine["cpus"]:
        theirs = header.get("cpus")
        names = sorted(map(str, theirs.values())) if isinstance(theirs, dict) else []
        raise UserError(
            f"a state of a board with CPU {', '.join(names):.40}, "
            f"not {', '.join(sorted(mine['cpus'].values()))}"
        )
    if header.get("media") != mine["media"]:
        raise UserError("a state of this board with other ROMs")


def parse(header: dict[str, Any], body: bytes) -> dict[str, npt.NDArray[Any]]:
    """The fields' values by name; :class:`UserError` where header and *body* are no such list."""
    fields = header.get("fields")
    values: dict[str, npt.NDArray[Any]] = {}
    at = 0
    if not isinstance(fields, list):
        raise UserError("damaged state: no list of fields")
    for row in fields:
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


def _check_fields(machine: Machine, values: dict[str, npt.NDArray[Any]]) -> None:
    """They must be the machine's, each with its type and shape."""
    mine = {name: machine.arena[name] for name in names(machine)}
    for name, value in values.items():
        if name not in mine:
            raise UserError(f"its field {name!r:.60} is not one of this version's machine")
        view = mine[name]
        if (value.dtype.str[1:], value.shape) != (view.dtype.str[1:], view.shape):
            kind = f"{value.dtype.str[1:]}{list(value.shape)}"
            raise UserError(f"its field {name!r} is {kind:.40} of another version")
    missing = mine.keys() - values.keys()
    if missing:
        raise UserError(f"it lacks the field {min(missing)!r}")
