"""The machines by name.  One machine is one module, imported when it is asked for.

    machine = load("invaders", "roms.zip", cpu="z80", engine="reference")
    machine.run_frames(60)

To add a machine, write a module with a ``MACHINE`` and add its line to ``MODULES``.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emucore.base.errors import UserError
from emucore.body.events import Source, read_script
from emucore.history.container import is_ours
from emucore.machine import Machine, MachineError

#: Module of each machine.
MODULES = {
    "cpm": "machines.computers.cpm",
    "flat": "machines.boards.flat",
    "invaders": "machines.arcade.invaders",
}

#: What :func:`load` takes beside options and switches: none of those is called so.
RESERVED = frozenset({"name", "path", "cpu", "engine", "media", "through"})


@dataclass(frozen=True)
class SlotInfo:
    """A slot as it is known before the machine is built: *takes* says what may be in it.

    What is *fixed* decides how the machine is built, and is a keyword of its ``build``; what is not
    is a slot of the board, and may be changed while it runs.
    """

    name: str
    kind: str
    takes: str
    fixed: bool = False


@dataclass(frozen=True)
class MachineInfo:
    """What is known of a machine before it is built.

    ``build(path, cpu=…)`` makes one: *path* is None for the machine's own default media, *cpu* None
    for its usual CPU, and further keywords are its ``options``.  It raises :class:`MachineError`,
    in one line, for media that will not do.  ``media_help`` says what MEDIA may be, ``input_help``
    what ``--input`` files are and ``read_input`` reads one; ``options`` are keywords of ``build``
    with their meaning.  ``screen`` tells whether it has one.  ``included`` are title and picture of
    what it runs without media; ``recognise(path)`` gives the title of media that are surely for it,
    else nothing; media that will not do it refuses like ``build``.  ``slots`` are what media go
    into: the first argument goes into the first, and into ``build`` as *path* if that is fixed.
    """

    name: str
    title: str
    build: Callable[..., Machine]
    media_help: str
    cpus: tuple[str, ...]
    default_cpu: str
    input_help: str = (
        "lines of FRAME press|release|tap BUTTON, FRAME move|turn|aim NAME VALUE, "
        'FRAME switch NAME=SETTING, FRAME type "TEXT"'
    )
    read_input: Callable[[Machine, bytes, str], Source] = read_script
    options: Mapping[str, str] = field(default_factory=dict)
    screen: bool = True
    included: tuple[str, Path] | None = None
    recognise: Callable[[Path], str] = lambda path: ""
    slots: tuple[SlotInfo, ...] = ()


def names() -> list[str]:
    """Names of all machines."""
    return sorted(MODULES)


def find(name: str) -> MachineInfo:
    """The machine *name*; :class:`MachineError` listing the names if there is none."""
    if name not in MODULES:
        raise MachineError(f"no machine {name!r}; there are {', '.join(names())}")
    info = importlib.import_module(MODULES[name]).MACHINE
    assert isinstance(info, MachineInfo)
    return info


def takers(path: Path) -> dict[str, str]:
    """The machines that surely take the file or folder *path*, and its title for each."""
    found = {}
    for info in map(find, names()):
        with contextlib.suppress(OSError, UserError):
            title = info.recognise(path)
            if title:
                found[info.name] = title
    return found


def load(
    name: str,
    path: str | Path | None = None,
    *,
    cpu: str | None = None,
    engine: str = "interp",
    media: Mapping[str, str | Path] | None = None,
    through: Sequence[str] = (),
    **options: str | int,
) -> Machine:
    """The machine *name* with the media at *path*, powered on, to be run by *engine*.

    *media* are what goes into its slots, by their names; what is written on those in the slots
    *through* is written into their files, by whoever keeps it.  *options* are the machine's own,
    and DIP switches by name.  Raises :class:`MachineError` with one line for a name, a CPU, an
    engine, an option or media that will not do, and :class:`OSError` where media cannot be read.
    """
    info = find(name)
    first, fixed, changed = _sorted(info, path, media or {})
    _check_through(info, changed, through)
    if cpu is not None and cpu not in info.cpus:
        raise MachineError(f"{name} has no CPU {cpu!r}; it takes {', '.join(info.cpus)}")
    texts = {key: str(value) for key, value in options.items()}
    own = {key: value for key, value in texts.items() if key in info.options}
    machine = info.build(first, cpu=cpu, **fixed, **own)
    for slot, each in changed.items():
        machine.insert(slot, each, through=slot in through)
    for key, value in texts.items():
        if key not in own:
            if key not in machine.board.switches:
                known = ", ".join([*info.options, *machine.board.switches]) or "none"
                raise MachineError(f"{name} has no option or switch {key!r}; there are: {known}")
            machine.set_switch(key, value)
    machine.use(engine)
    # media that may be changed go with the state
    there = {
        "path": first and first.absolute(),
        "media": {n: p.absolute() for n, p in fixed.items()},
    }
    machine.origin = load, {"name": name, "cpu": cpu, **there, **options}
    return machine


def _sorted(
    info: MachineInfo, path: str | Path | None, media: Mapping[str, str | Path]
) -> tuple[Path | None, dict[str, Path], dict[str, Path]]:
    """What a machine is built from, what is in its other fixed slots, and in those that are not.

    Raises :class:`MachineError` for slots that there are not.
    """
    given = {slot: Path(each) for slot, each in media.items()}
    known = {slot.name: slot for slot in info.slots}
    first = None if path is None else Path(path)
    if info.slots and first is not None:
        if given.setdefault(info.slots[0].name, first) is not first:
            raise MachineError(f"{info.name}: two media for {info.slots[0].name}")
        first = None
    for slot in given:
        if slot not in known:
            names = ", ".join(known) or "none"
            raise MachineError(f"{info.name} has no slot {slot!r:.40}; there are: {names}")
    for file in (*given.values(), *([first] if first else [])):
        if is_ours(file):
            raise MachineError(f"{file}: no program, but a saved state or a recording of a run")
    fixed = {slot: each for slot, each in given.items() if known[slot].fixed}
    if info.slots and info.slots[0].fixed:
        first = fixed.pop(info.slots[0].name, None)
    return first, fixed, {s: each for s, each in given.items() if not known[s].fixed}


def _check_through(info: MachineInfo, changed: Mapping[str, Path], through: Sequence[str]) -> None:
    """Refuse slots with nothing in them that could be written."""
    for slot in through:
        if slot not in changed:
            raise MachineError(f"{info.name}: nothing is in {slot!r:.40} that can be written")
