"""The machines by name.  One machine is one module, imported when it is asked for.

    machine = load("invaders", "roms.zip", cpu="z80", engine="reference")
    machine.run_frames(60)

To add a machine, write a module with a ``MACHINE`` and add its line to ``MODULES``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from emucore.body.events import Source, read_script
from emucore.history.container import is_ours
from emucore.machine import Machine, MachineError

#: Module of each machine.
MODULES = {
    "cpm": "machines.computers.cpm",
    "flat": "machines.boards.flat",
    "invaders": "machines.arcade.invaders",
}


@dataclass(frozen=True)
class MachineInfo:
    """What is known of a machine before it is built.

    ``build(path, cpu=…)`` makes one: *path* is None for the machine's own default media, *cpu* None
    for its usual CPU, and further keywords are its ``options``.  It raises :class:`MachineError`,
    in one line, for media that will not do.  ``media_help`` says what MEDIA may be, ``input_help``
    what ``--input`` files are and ``read_input`` reads one; ``options`` are keywords of ``build``
    with their meaning.  ``screen`` tells whether it has one.  ``included`` are title and picture of
    what it runs without media; ``recognise(path)`` gives the title of media that are surely for it,
    else nothing; media that will not do it refuses like ``build``.
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


def load(
    name: str,
    path: str | Path | None = None,
    *,
    cpu: str | None = None,
    engine: str = "interp",
    **options: str | int,
) -> Machine:
    """The machine *name* with the media at *path*, powered on, to be run by *engine*.

    *options* are the machine's own, and DIP switches by name.  Raises :class:`MachineError` with
    one line for a name, a CPU, an engine, an option or media that will not do, and
    :class:`OSError` where media cannot be read.
    """
    info = find(name)
    media = None if path is None else Path(path)
    if media is not None and is_ours(media):
        raise MachineError(f"{media}: no program, but a saved state or a recording of a run")
    if cpu is not None and cpu not in info.cpus:
        raise MachineError(f"{name} has no CPU {cpu!r}; it takes {', '.join(info.cpus)}")
    given = {key: str(value) for key, value in options.items()}
    own = {key: value for key, value in given.items() if key in info.options}
    machine = info.build(media, cpu=cpu, **own)
    for key, value in given.items():
        if key not in own:
            if key not in machine.board.switches:
                known = ", ".join([*info.options, *machine.board.switches]) or "none"
                raise MachineError(f"{name} has no option or switch {key!r}; there are: {known}")
            machine.set_switch(key, value)
    machine.use(engine)
    machine.origin = load, {"name": name, "path": media and media.absolute(), "cpu": cpu, **options}
    return machine
