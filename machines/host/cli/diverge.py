"""``emu diverge``: the first instruction after which two engines differ."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

from emucore.base.errors import UserError
from emucore.machine import Machine
from machines.host.base.progress import progress
from machines.host.cli.common import add_machine, frame_count, load_machine, load_state, read_input
from machines.host.headless.diverge import Divergence, diverge
from machines.registry import find

#: Frames compared unless told: ten seconds of most machines.
FRAMES = 600

#: Bytes of a folder that each machine gets a copy of.
COPIED_MOST = 1 << 28


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MACHINE, the engines, and how long."""
    add_machine(parser)
    parser.add_argument(
        "--engines", default="reference,interp", metavar="A,B", help="default %(default)s"
    )
    parser.add_argument(
        "--frames", type=frame_count, default=FRAMES, metavar="N", help="%(default)s"
    )
    parser.add_argument("--input", metavar="FILE", help="what is pressed or typed (see emu list)")
    parser.add_argument("--load-state", type=Path, metavar="F", help="begin with a saved state")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def main(arguments: argparse.Namespace) -> int:
    """Run in lockstep; 1 if they differ."""
    engines = arguments.engines.split(",")
    if len(engines) != 2:
        raise UserError(f"--engines {arguments.engines}: expected two, as in reference,interp")
    with tempfile.TemporaryDirectory(prefix="emu-diverge-") as scratch:
        first, second = (_make(arguments, e, Path(scratch) / str(i)) for i, e in enumerate(engines))
        for machine in (first, second):
            load_state(arguments, machine)
        source = read_input(arguments, first)
        begin = first.frame
        with progress(lambda: f"comparing frame {first.frame - begin:,} of {arguments.frames:,}"):
            found = diverge((first, second), arguments.frames, source)
    _report(arguments, engines, first.frame - begin, found)
    return 0 if found is None else 1


def _make(arguments: argparse.Namespace, engine: str, scratch: Path) -> Machine:
    """A machine; one that writes files gets a copy of its folder, so that two do not meet there."""
    info = find(arguments.machine)
    if "folder" not in info.options or arguments.media is None:
        return load_machine(arguments, engine)
    options = dict(text.partition("=")[::2] for text in arguments.set)
    folder = Path(options.get("folder", Path(arguments.media).parent))
    if folder.is_dir():
        scratch.mkdir()
        room = COPIED_MOST
        for path in folder.iterdir():
            if path.is_file() and not path.is_symlink():
                room -= path.stat().st_size
                if room < 0:
                    raise UserError(f"{folder}: more than {COPIED_MOST:,} bytes to be copied")
                shutil.copy(path, scratch)
    copied = argparse.Namespace(**vars(arguments))
    copied.set = [*arguments.set, f"folder={scratch}"] if folder.is_dir() else arguments.set
    return load_machine(copied, engine)


def _report(
    arguments: argparse.Namespace, engines: list[str], frames: int, found: Divergence | None
) -> None:
    if arguments.json:
        content = None if found is None else dataclasses.asdict(found)
        print(json.dumps({"engines": engines, "frames": frames, "divergence": content}, indent=2))
        return
    if found is None:
        print(f"{' and '.join(engines)} agree on {arguments.machine} after {frames:,} frames")
        return
    print(
        f"frame {found.frame:,}, {found.cpu} at clock {found.clock:,}: "
        f"{found.address:04x}  {found.text}"
    )
    for element in found.elements:
        a, b = (f"{v:#x}" if isinstance(v, int) and v >= 0 else str(v) for v in element.values)
        print(f"  {element.name}: {a} by {engines[0]}, {b} by {engines[1]}")
    if not found.count:
        print("  the printed texts differ")
    if found.count > len(found.elements):
        print(f"  and {found.count - len(found.elements):,} more")
