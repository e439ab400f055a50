"""``emu state``: looking into files of states and recordings, without their machine or media."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

from emucore.base.errors import UserError
from emucore.history.differences import Difference, differences
from emucore.history.snapshot import State, read
from emucore.language.registers import NEVER

#: Differing elements shown of each field.
SHOWN = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``info F`` and ``diff A B``, both with ``--json``."""
    subs = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    info = subs.add_parser("info", help="what a state or a recording is of, and its fields")
    info.add_argument("file", type=Path, metavar="F")
    diff = subs.add_parser("diff", help="the fields in which two states differ; exit 1 if they do")
    diff.add_argument("first", type=Path, metavar="A")
    diff.add_argument("second", type=Path, metavar="B")
    for sub in (info, diff):
        sub.add_argument("--json", action="store_true", help="as JSON on stdout")


def main(arguments: argparse.Namespace) -> int:
    """Show one file, or what differs between two."""
    if arguments.action == "info":
        return _info(read(arguments.file), arguments.json)
    return _diff(arguments)


def _about(state: State) -> dict[str, Any]:
    """What a file says of itself, but the fields."""
    header = state.header
    about: dict[str, Any] = {"kind": state.kind, "version": header["version"]}
    begin = header["state"] if state.kind == "recording" else header
    for name in ("machine", "cpus", "media", "frame"):
        about[name] = begin.get(name)
    about["slots"] = _in_slots(begin.get("slots"))
    if state.kind == "recording":
        events = header.get("events")
        about["frames"] = header.get("frames")
        about["events"] = len(events) if isinstance(events, list) else None
        about["end"] = header.get("end")
    return about


def _in_slots(rows: Any) -> dict[str, Any] | None:
    """Name and hash of what is in each slot, as far as the file says; None of a board without."""
    if not isinstance(rows, dict):
        return None
    found = {slot: row for slot, row in rows.items() if isinstance(row, dict)}
    return {slot: [row.get("name"), row.get("sha256")] for slot, row in found.items()}


def _info(state: State, as_json: bool) -> int:
    about = _about(state)
    fields: list[dict[str, Any]] = [
        {
            "name": name,
            "type": value.dtype.str[1:],
            "shape": list(value.shape),
            **({"value": _value(value.item())} if value.size == 1 else {}),
        }
        for name, value in state.fields.items()
    ]
    if as_json:
        print(json.dumps({**about, "fields": fields}, indent=2))
        return 0
    for name, value in about.items():
        if name != "slots" or value is not None:
            print(f"{name:8} {_plain(value)}")
    print()
    for field in fields:
        size = "x".join(map(str, field["shape"]))
        shown = _number(field["value"]) if "value" in field else f"{size} {field['type']}"
        print(f"{_plain(field['name']):24} {shown}")
    return 0


def _value(value: int | float) -> int | float | str:
    """A number as JSON can have it: NaN and infinities as text."""
    return value if math.isfinite(value) else str(value)


def _plain(value: object) -> str:
    """A value from a file, as one line that a terminal can take."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() else ascii(text)


def _number(value: int | float) -> str:
    if value == NEVER:
        return "never"
    return f"{value:,} ({value:#x})" if isinstance(value, int) else repr(value)


def _diff(arguments: argparse.Namespace) -> int:
    first, second = read(arguments.first), read(arguments.second)
    _check_alike(arguments, first, second)
    found = list(differences(first.fields, second.fields, SHOWN))
    if arguments.json:
        print(json.dumps({"equal": not found, "fields": [_row(f) for f in found]}, indent=2))
    else:
        for field in found:
            print(_line(field))
    return 1 if found else 0


def _check_alike(arguments: argparse.Namespace, first: State, second: State) -> None:
    """Refuse to compare what are states of different machines."""
    one, other = _about(first), _about(second)
    for name in ("machine", "cpus"):
        if one[name] != other[name]:
            raise UserError(
                f"{arguments.first} and {arguments.second} are states of different machines: "
                f"{_plain(one[name])}, {_plain(other[name])}"
            )
    kinds = [{n: (v.dtype, v.shape) for n, v in s.fields.items()} for s in (first, second)]
    if kinds[0] != kinds[1]:
        differing = kinds[0].items() ^ kinds[1].items()
        name = min(name for name, _ in differing)
        raise UserError(
            f"{arguments.first} and {arguments.second} are of different versions: "
            f"field {_plain(name)}"
        )


def _row(field: Difference) -> dict[str, Any]:
    elements = [{"name": e.name, "values": [_value(v) for v in e.values]} for e in field.elements]
    return {"name": field.name, "size": field.size, "differ": field.count, "first": elements}


def _line(field: Difference) -> str:
    changes = [
        f"{_plain(e.name) if field.size > 1 else ''} {_brief(e.values[0])} -> {_brief(e.values[1])}"
        for e in field.elements
    ]
    more = ", …" if field.count > len(changes) else ""
    count = f"  {field.count:,} of {field.size:,}:" if field.size > 1 else ""
    return f"{_plain(field.name):24}{count} {', '.join(c.strip() for c in changes)}{more}"


def _brief(value: int | float) -> str:
    if value == NEVER:
        return "never"
    return f"{value:#x}" if isinstance(value, int) else repr(value)
