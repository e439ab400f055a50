"""What several commands share: naming a machine, its media and its input."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emucore.base.errors import UserError, plain
from emucore.base.files import read_bounded, read_stream
from emucore.body.events import Source
from emucore.machine import Machine
from machines.registry import RESERVED, find, load, names, takers

if TYPE_CHECKING:
    from emucore.history.nvram import Nvram

DEFAULT_ENGINE = "interp"
INPUT_MOST = 64 << 20


def add_machine(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """MACHINE, MEDIA and what goes with them."""
    nargs = "?" if optional else None
    parser.add_argument("machine", nargs=nargs, metavar="MACHINE", help="its name (see emu list)")
    parser.add_argument("media", nargs="?", metavar="MEDIA", help="file or folder to run")
    parser.add_argument(
        "--media",
        dest="slots",
        action="append",
        default=[],
        metavar="SLOT=FILE",
        help="what is in a slot of the machine (see emu list; may be repeated)",
    )
    parser.add_argument("--cpu", metavar="C", help="another processor on the board")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a DIP switch or an option of the machine (may be repeated)",
    )


def load_machine(arguments: argparse.Namespace, engine: str, media: str | None = None) -> Machine:
    """The machine that :func:`add_machine`'s arguments name."""
    name = arguments.machine
    if name not in names() and Path(name).exists():
        _find_machine(arguments)
        name, media = arguments.machine, arguments.media
    options = _pairs("--set", arguments.set, "NAME=VALUE")
    reserved = options.keys() & RESERVED
    if reserved:
        raise UserError(f"--set {min(reserved)}: not an option or switch")
    return load(
        name,
        arguments.media if media is None else media,
        cpu=arguments.cpu,
        engine=engine,
        media=_pairs("--media", arguments.slots, "SLOT=FILE"),
        through=getattr(arguments, "through", ()),
        **options,
    )


def _pairs(option: str, texts: Iterable[str], expected: str) -> dict[str, str]:
    """What is given as ``NAME=VALUE``, by name: the last one counts."""
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UserError(f"{option} {text}: expected {expected}")
        pairs[name] = value
    return pairs


def _find_machine(arguments: argparse.Namespace) -> None:
    """A file stands in the machine's place: the machine is the one that knows it."""
    path = arguments.machine
    found = takers(Path(path)) if arguments.media is None else {}
    if len(found) != 1:
        raise UserError(
            f"{path}: is no machine ({', '.join(names())}); a file comes after its name"
        )
    ((arguments.machine, title),) = found.items()
    arguments.media = path
    print(f"emu: {plain(title)}, on {arguments.machine}", file=sys.stderr)


def add_through(parser: argparse.ArgumentParser) -> None:
    """``--through``, where what is written is kept."""
    parser.add_argument(
        "--through",
        action="append",
        default=[],
        metavar="SLOT",
        help="write what is written on the disk in SLOT into its own file",
    )


def load_state(arguments: argparse.Namespace, machine: Machine) -> None:
    """Begin with the state that ``--load-state`` names, if it does."""
    if arguments.load_state is not None:
        from emucore.history import snapshot

        snapshot.load(machine, arguments.load_state)


@contextlib.contextmanager
def recorded(arguments: argparse.Namespace, machine: Machine) -> Iterator[None]:
    """Write what is pressed meanwhile to the file that ``--record`` names, if it does.

    An interrupt is a way to end a game, and loses none of it.
    """
    if arguments.record is None:
        yield
        return
    from emucore.history.recording import Recorder

    recorder = Recorder(machine)
    try:
        yield
    except KeyboardInterrupt:
        recorder.save(arguments.record)
        raise
    recorder.save(arguments.record)


@contextlib.contextmanager
def kept(nvram: Nvram | None) -> Iterator[None]:
    """Read what outlasts a run before it, and write it behind it, however it ends."""
    if nvram is None:
        yield
        return
    nvram.read()
    try:
        yield
    finally:
        nvram.save()


def read_input(arguments: argparse.Namespace, machine: Machine) -> Source | None:
    """The source that ``--input`` names: a file, or ``-`` for standard input."""
    if arguments.input is None:
        return None
    if arguments.input == "-":
        name = "standard input"
        data = read_stream(sys.stdin.buffer, name, INPUT_MOST)
    else:
        data, name = read_bounded(Path(arguments.input), INPUT_MOST), arguments.input
    return find(arguments.machine).read_input(machine, data, name)


def frame_count(text: str) -> int:
    """An argument that is a number of frames."""
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of frames")
    return int(text)


def duration(text: str) -> float:
    """An argument that is a number of seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def output_path(text: str) -> Path:
    """An argument that is a file to be written: its folder must be there."""
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: there is no folder {path.parent}")
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: is a folder")
    return path


def failures(statistics: dict[str, Any]) -> str:
    """What an engine's *statistics* say could not be compiled, to end a line with; or nothing."""
    told = [each.get("failed") for each in statistics.values() if isinstance(each, dict)]
    count = sum(each for each in told if isinstance(each, int))
    reasons = [f"not optimised: {each}" for each in told if isinstance(each, str)]
    found = [*([f"{count:,} translations failed"] if count else []), *reasons]
    return "".join(f"; {each}" for each in found)
