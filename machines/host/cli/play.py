"""``emu play``: a machine in a window, or on the terminal if it has no screen."""

from __future__ import annotations

import argparse

from machines.host.cli.common import (
    DEFAULT_ENGINE,
    add_machine,
    frame_count,
    load_machine,
    output_path,
)
from machines.host.progress import progress

#: What is played where no machine is named.
USUAL = "invaders"
SCALES = range(1, 17)
KEYS = "5 coin, 1 and 2 start, arrows, left Ctrl; P pause, F3 restart, F12 picture, Esc end"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MACHINE, MEDIA, and how they are shown."""
    add_machine(parser, optional=True)
    parser.set_defaults(machine=USUAL)
    parser.add_argument("--engine", default=DEFAULT_ENGINE, metavar="E", help="default %(default)s")
    parser.add_argument(
        "--scale", type=int, choices=SCALES, metavar="N", help="size of a dot (1 to 16)"
    )
    parser.add_argument("--mute", action="store_true", help="without sound")
    parser.add_argument("--frames", type=frame_count, metavar="N", help="end after N frames")
    parser.add_argument(
        "--record",
        type=output_path,
        metavar="F",
        help="write what is pressed, for emu run --playback",
    )
    parser.epilog = f"Keys: {KEYS}."


def main(arguments: argparse.Namespace) -> int:
    """Play until the window is closed."""
    with progress(lambda: f"preparing {arguments.machine} for {arguments.engine} …"):
        machine = load_machine(arguments, arguments.engine)
    recorder = None
    if arguments.record is not None:
        from emucore.recording import Recorder

        recorder = Recorder(machine)
    if machine.board.picture is None and machine.console is not None:
        from machines.host.terminal import converse

        converse(machine, arguments.frames)
    else:
        from machines.host.play import play

        play(machine, scale=arguments.scale, max_frames=arguments.frames, muted=arguments.mute)
    if recorder is not None:
        recorder.save(arguments.record)
    return 0
