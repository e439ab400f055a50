"""Save states: the state section of a machine's arena as one file of named fields.

A state fits every machine of the same board, CPUs and ROMs, whatever engine ran or will run it.
Loading checks everything first: a machine that refuses a file goes on as if nothing had been asked.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.container import HEADER_MOST, pack, unpack
from emucore.errors import UserError
from emucore.files import read_bounded, write_atomically
from emucore.machine import Machine, MachineError

KIND = "state"


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
    for name in _names(machine):
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
    views = (machine.arena[name] for name in _names(machine))
    return b"".join(view.astype(view.dtype.newbyteorder("<")).tobytes() for view in views)


def restore(machine: Machine, header: dict[str, Any], body: bytes) -> None:
    """Take over a state given as :func:`describe` and :func:`contents` gave it.

    Raises :class:`UserError`, with *machine* untouched, unless it fits exactly.
    """
    _check_kind(machine, header)
    values = _parse(machine, header.get("fields"), body)
    _check_registers(machine, values)
    for name, value in values.items():
        machine.arena[name][...] = value
    machine.refresh()


def _names(machine: Machine) -> list[str]:
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


def _parse(machine: Machine, fields: Any, body: bytes) -> dict[str, npt.NDArray[Any]]:
    """The fields' values by name; they must be the machine's, each with its type and shape."""
    mine = {name: machine.arena[name] for name in _names(machine)}
    values: dict[str, npt.NDArray[Any]] = {}
    at = 0
    if not isinstance(fields, list):
        raise UserError("damaged state: no list of fields")
    for row in fields:
        if not isinstance(row, list) or len(row) != 3 or not isinstance(row[0], str):
            raise UserError("damaged state: a field without name, type and shape")
        name, code, shape = row
        if name not in mine or name in values:
            raise UserError(f"its field {name!r:.60} is not one of this version's machine")
        view = mine[name]
        if code != view.dtype.str[1:] or shape != list(view.shape):
            raise UserError(f"its field {name!r} is {code!r:.8}{shape!r:.40} of another version")
        if at + view.nbytes > len(body):
            raise UserError("damaged state: it is cut off")
        kind = view.dtype.newbyteorder("<")
        values[name] = np.frombuffer(body, kind, view.size, at).reshape(view.shape)
        at += view.nbytes
    missing = mine.keys() - values.keys()
    if missing:
        raise UserError(f"it lacks the field {min(missing)!r}")
    if at != len(body):
        raise UserError("damaged state: more bytes than fields")
    return values


def _check_registers(machine: Machine, values: dict[str, npt.NDArray[Any]]) -> None:
    """Compiled code takes it for granted that a register's value has no more bits than it has."""
    for part in machine.board.cpus:
        for name, register in part.isa.cpu.registers.items():
            value = values[f"{part.name}.{name}"]
            if int(value.max()) >> register.width:
                raise UserError(f"damaged state: {name} has more than {register.width} bits")
