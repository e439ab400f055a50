"""A user's own suite: tests in a TOML file.  Paths in it are relative to the file.

    [[test]]
    name = "title screen"             # unlike the file's other tests
    machine = "invaders"              # a machine of `emu list`
    media = "game.zip"                # what `emu run` takes; without it the machine's own
    slots = { disk = "a.dsk" }        # what is in its slots, as for `emu run --media`
    cpu = "z80"                       # another processor on the board
    set = { lives = "5" }             # DIP switches and options of the machine
    input = "moves.txt"               # what is pressed or typed, as for `emu run --input`
    engine = "interp"                 # or several: ["reference", "interp"]; default interp
    frames = 600                      # how long: frames, or seconds = 10.0 of the machine's time,
    until = "READY"                   # or until its console prints this (at most so long)

    [test.expect]                     # at least one of these, unless there is an `until`
    text = ["PASSED", "0 errors"]     # on the console
    not_text = "FAILED"
    ended = true                      # whether the program ended by itself …
    status = 0                        # … and with what status
    clock = 19968000                  # cycles of the (first) CPU at the end
    frame_crc32 = "1c2d3e4f"          # as `emu run --hash` prints them
    state_sha256 = "…"
    registers = { a = 0x12, hl = 0x2400 }
    memory = { "0x2400" = "00 ff" }   # bytes from an address of the (first) CPU on

``machine = "flat"`` without frames and seconds is one made for exam programs: 64 KiB of RAM with
nothing in it but the program, and a console anywhere or nowhere.  It is told

    media = "exam.bin"                # a flat binary
    load = 0x100                      # where it is loaded, default 0
    start = 0x100                     # where it begins, default where it is loaded
    cycles = 1_000_000                # how long at most
    stays = 0x3469                    # it has to end where an instruction jumps to itself: here
    port = 0                          # OUT (port) prints a byte, OUT (port + 1) ends the run
    cell = 0xf000                     # the same by writing to memory
    ram = 0x80000000                  # where the RAM begins, default 0
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from emucore.base.errors import UserError
from emucore.base.toml import read_toml

MOST_BYTES = 1 << 20
DEFAULT_ENGINES = ("interp",)

#: The largest numbers: a day at 60 frames a second, or so of cycles; else what has 48 bits.
MOST = {"frames": 60 * 86_400, "seconds": 86_400, "cycles": 1 << 40, "port": 0xFE}
NUMBER_MOST = (1 << 48) - 1


@dataclass(frozen=True)
class Expect:
    """What must be so at the end; None and empty are not looked at."""

    text: tuple[str, ...] = ()
    not_text: tuple[str, ...] = ()
    ended: bool | None = None
    status: int | None = None
    clock: int | None = None
    frame_crc32: str | None = None
    state_sha256: str | None = None
    registers: Mapping[str, int] = field(default_factory=dict)
    memory: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Flat:
    """What only the machine ``flat`` is told."""

    load: int = 0
    start: int | None = None
    cycles: int = 0
    stays: int | None = None
    port: int | None = None
    cell: int | None = None
    ram: int = 0


@dataclass(frozen=True)
class Test:
    """One test of a manifest."""

    name: str
    machine: str
    engines: tuple[str, ...]
    expect: Expect
    media: Path | None = None
    cpu: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, Path] = field(default_factory=dict)
    input: Path | None = None
    frames: int | None = None
    seconds: float | None = None
    until: str | None = None
    flat: Flat | None = None


#: Keys that both kinds of machines take, and that only whole machines take, with their types.
_COMMON: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "machine": (str,),
    "media": (str,),
    "cpu": (str,),
    "engine": (str, list),
    "expect": (dict,),
}
_WHOLE: dict[str, tuple[type, ...]] = {
    "set": (dict,),
    "slots": (dict,),
    "input": (str,),
    "frames": (int,),
    "seconds": (int, float),
    "until": (str,),
}
_FLAT: dict[str, tuple[type, ...]] = {item.name: (int,) for item in fields(Flat)}
_EXPECT: dict[str, tuple[type, ...]] = {
    "text": (str, list),
    "not_text": (str, list),
    "ended": (bool,),
    "status": (int,),
    "clock": (int,),
    "frame_crc32": (str,),
    "state_sha256": (str,),
    "registers": (dict,),
    "memory": (dict,),
}


def load(path: Path) -> list[Test]:
    """The tests in the file *path*.

    Raises :class:`UserError` naming the file and the test for what is wrong, and
    :class:`OSError` where it cannot be read.
    """
    content = read_toml(path, MOST_BYTES)
    tables = content.pop("test", [])
    if content or not isinstance(tables, list) or not tables:
        raise UserError(f"{path}: expected [[test]] tables and nothing else")
    tests = []
    for number, table in enumerate(tables, 1):
        name = table.get("name", number) if isinstance(table, dict) else number
        try:
            tests.append(_test(table, path.parent))
        except UserError as error:
            raise UserError(f"{path}: test {name!r}: {error}") from None
    for name, count in Counter(test.name for test in tests).items():
        if count > 1:
            raise UserError(f"{path}: two tests {name!r}")
    return tests


def _check(table: Any, known: Mapping[str, tuple[type, ...]]) -> dict[str, Any]:
    """*table*, if its keys are among *known* and of their types."""
    if not isinstance(table, dict):
        raise UserError("expected a table")
    for key, value in table.items():
        if key not in known:
            raise UserError(f"no key {key!r} here; there are {', '.join(known)}")
        if not isinstance(value, known[key]) or (
            isinstance(value, bool) and bool not in known[key]
        ):
            names = " or ".join(t.__name__ for t in known[key])
            raise UserError(f"{key} = {value!r:.60}: expected {names}")
        if isinstance(value, (int, float)):
            most = MOST.get(key, NUMBER_MOST)
            if value < 0:
                raise UserError(f"{key} = {value!r}: below zero")
            if not value <= most:  # nor is it NaN
                raise UserError(f"{key} = {value!r}: expected a number up to {most:,}")
    return table


def _strings(value: str | list[Any], key: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not all(isinstance(v, str) for v in values):
        raise UserError(f"{key} = {value!r:.60}: expected strings")
    return tuple(values)


def _test(table: Any, folder: Path) -> Test:
    flat = isinstance(table, dict) and table.get("machine") == "flat"
    flat = flat and ("cycles" in table or not table.keys() & {"frames", "seconds"})
    table = _check(table, {**_COMMON, **(_FLAT if flat else _WHOLE)})
    for key in ("name", "machine"):
        if not table.get(key):
            raise UserError(f"{key} is missing")
    for key in ("set", "slots"):
        if not all(isinstance(v, str) for v in table.get(key, {}).values()):
            raise UserError(f"{key}: expected strings")
    test = Test(
        name=table["name"],
        machine=table["machine"],
        engines=_strings(table.get("engine", []), "engine") or DEFAULT_ENGINES,
        expect=_expect(table.get("expect", {})),
        media=folder / table["media"] if "media" in table else None,
        cpu=table.get("cpu"),
        options=table.get("set", {}),
        slots={name: folder / file for name, file in table.get("slots", {}).items()},
        input=folder / table["input"] if "input" in table else None,
        frames=table.get("frames"),
        seconds=table.get("seconds"),
        until=table.get("until"),
        flat=Flat(**{key: table[key] for key in _FLAT if key in table}) if flat else None,
    )
    _check_whole(test)
    return test


def _check_whole(test: Test) -> None:
    """Refuse what is not there, what would run for ever, and what could not fail."""
    for path in (test.media, test.input, *test.slots.values()):
        if path is not None and not path.exists():
            raise UserError(f"{path}: no such file")
    if test.flat is not None:
        for key, value in (("cpu", test.cpu), ("media", test.media), ("cycles", test.flat.cycles)):
            if not value:
                raise UserError(f"{key} is missing")
        judged = test.flat.stays is not None
    else:
        if test.frames is None and test.seconds is None:
            raise UserError("how long? frames or seconds is missing")
        judged = test.until is not None
    if not judged and test.expect == Expect():
        raise UserError("nothing is expected, so it cannot fail")


def _expect(table: Any) -> Expect:
    table = _check(table, _EXPECT)
    values = dict(table)
    for key in ("text", "not_text"):
        values[key] = _strings(table.get(key, []), key)
    for name, value in table.get("registers", {}).items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise UserError(f"register {name} = {value!r}: expected a number")
    memory = {}
    for address, text in table.get("memory", {}).items():
        try:
            memory[int(address, 0)] = bytes.fromhex(text)
        except (ValueError, TypeError):
            raise UserError(f"memory {address!r} = {text!r:.60}: expected address, bytes") from None
        if not 0 <= int(address, 0) <= NUMBER_MOST:
            raise UserError(f"memory {address!r}: no address")
    values["memory"] = memory
    for key in ("frame_crc32", "state_sha256"):
        if key in values:
            values[key] = values[key].lower()
    return Expect(**values)
