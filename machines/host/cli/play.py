"""``emu play``: a machine in a window, or on the terminal if it has no screen."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emucore.base.errors import UserError
from emucore.machine import Machine
from machines.host.base.progress import progress
from machines.host.base.stopping import Stop, noted
from machines.host.cli.common import (
    add_machine,
    add_through,
    failures,
    frame_count,
    kept,
    load_machine,
    load_state,
    output_path,
    recorded,
)

if TYPE_CHECKING:
    from machines.host.profile.settings import Settings

#: What is played where no machine is named.
USUAL = "invaders"
SCALES = range(1, 17)
KEYS = (
    "5 coin, 1 and 2 start, arrows, left Ctrl; Tab menu, P pause, Shift+P one frame, F3 reset, "
    "Shift+F7 save state, F7 load it, F6 next slot, ` rewind, F10 throttle, Page Down fast "
    "forward, F12 screenshot, Alt+Enter fullscreen, Esc twice quits; the menu changes them all"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MACHINE, MEDIA, and how they are shown."""
    add_machine(parser, optional=True)
    add_through(parser)
    parser.set_defaults(machine=USUAL)
    parser.add_argument("--engine", metavar="E", help="default: as in the settings, or interp")
    parser.add_argument("--pick", action="store_true", help="choose from what there is to play")
    parser.add_argument(
        "--scale", type=int, choices=SCALES, metavar="N", help="size of a dot (1 to 16)"
    )
    parser.add_argument("--load-state", type=Path, metavar="F", help="begin with a saved state")
    parser.add_argument("--mute", action="store_true", help="without sound")
    parser.add_argument("--frames", type=frame_count, metavar="N", help="end after N frames")
    parser.add_argument(
        "--record",
        type=output_path,
        metavar="F",
        help="write what is pressed, for emu run --playback",
    )
    parser.add_argument("--json", action="store_true", help="print how it went, as JSON")
    parser.add_argument("-v", "--verbose", action="store_true", help="print how it went")
    parser.epilog = f"Keys: {KEYS}."


def main(arguments: argparse.Namespace) -> int:
    """Play until the window is closed."""
    from machines.host.profile import folders, settings

    if arguments.through and arguments.record is not None:
        raise UserError("--through and --record exclude each other")

    chosen = settings.load(folders.settings_file())
    engine = arguments.engine or chosen["play", "engine"]
    with progress(lambda: f"preparing {arguments.machine} for {engine} …"):
        machine = load_machine(arguments, engine)
    chosen.set_up(machine, besides={text.partition("=")[0] for text in arguments.set})
    load_state(arguments, machine)
    with noted() as stop, recorded(arguments, machine):
        if machine.board.picture is None and machine.console is not None:
            from emucore.history.nvram import Nvram
            from machines.host.headless.terminal import converse

            nvram = Nvram(machine, folders.data() / "nvram")
            with kept(nvram):
                converse(machine, arguments.frames, stop, nvram)
        else:
            _play(arguments, machine, chosen, stop)
    return stop.code


def _play(arguments: argparse.Namespace, machine: Machine, chosen: Settings, stop: Stop) -> None:
    """Play in a window, until *stop* at most, and tell how it went."""
    from machines.host.profile.library import entry
    from machines.host.session.play import play

    report = play(
        machine,
        entry(arguments.machine, arguments.media and Path(arguments.media)),
        chosen,
        scale=arguments.scale or 0,
        max_frames=arguments.frames,
        muted=arguments.mute,
        pick=arguments.pick,
        stop=stop,
    )
    if arguments.json:
        print(json.dumps(report, indent=2))
    if arguments.verbose:
        _report(report)


def _report(report: dict[str, Any]) -> None:
    pacing, sound = report["pacing"], report["sound"]
    times = pacing["interval_ms"]
    heard = f"{sound['underruns']} underruns" if sound is not None else "no sound"
    print(
        f"emu: {report['frames']:,} frames, {pacing['dropped']} dropped and "
        f"{pacing['dropped_starting']} in the first second; a picture every "
        f"{times['median']:.2f} ms (99 %: {times['p99']:.2f}, longest {times['longest']:.2f}); "
        f"{heard}{failures(report['statistics'])}",
        file=sys.stderr,
    )
