"""``emu run``: a machine without a window, for scripts and measurements."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emucore.base.errors import UserError
from emucore.base.files import replacing, write_atomically
from emucore.body.events import Source
from emucore.history.nvram import Nvram
from emucore.machine import Machine
from machines.host.base import stopping
from machines.host.base.progress import progress
from machines.host.cli.common import (
    DEFAULT_ENGINE,
    add_machine,
    add_through,
    duration,
    failures,
    frame_count,
    kept,
    load_machine,
    load_state,
    output_path,
    read_input,
    recorded,
)
from machines.host.headless.headless import Outcome, run
from machines.host.headless.terminal import HINT, interactive, keyboard, piped, show

if TYPE_CHECKING:
    from jit.xray.page import Xray


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MACHINE and all its options."""
    add_machine(parser)
    add_through(parser)
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--frames", type=frame_count, metavar="N", help="run N frames")
    length.add_argument(
        "--seconds", type=duration, metavar="S", help="run S emulated seconds, in whole frames"
    )
    parser.add_argument(
        "--until", metavar="TEXT", help="run until the console prints TEXT, at most as long as told"
    )
    parser.add_argument(
        "--input",
        metavar="FILE",
        help="what is pressed or typed (see emu list); consoles also take a pipe",
    )
    parser.add_argument("--engine", default=DEFAULT_ENGINE, metavar="E", help="default %(default)s")
    parser.add_argument("--hash", action="store_true", help="print the hashes of state and picture")
    for option, what in (
        ("screenshot", "write the last picture as PNG"),
        ("wav", "write the sound"),
        ("movie", "write a film: .mp4, .avi or .mkv (without loss), .gif"),
        ("save-state", "write the state at the end"),
        ("record", "write what was pressed, to be played back"),
        ("xray", "write a page of HTML about the hot code, as --engine jit translated it"),
    ):
        parser.add_argument(f"--{option}", type=output_path, metavar="F", help=what)
    parser.add_argument("--load-state", type=Path, metavar="F", help="begin with a saved state")
    parser.add_argument(
        "--nvram", type=Path, metavar="FOLDER", help="load and keep best scores, batteries, disks"
    )
    parser.add_argument("--playback", type=Path, metavar="F", help="repeat a recording, and check")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def main(arguments: argparse.Namespace) -> int:
    """Run, and report."""
    _check(arguments)
    name = arguments.machine
    with progress(lambda: f"preparing {name} for {arguments.engine} …"):
        machine = load_machine(arguments, arguments.engine)
    _check_abilities(arguments, machine)
    source, frames, played = read_input(arguments, machine), _frames(arguments, machine), None
    load_state(arguments, machine)
    if arguments.playback is not None:
        from emucore.history import recording

        played = recording.start(machine, arguments.playback)
        source, frames = played.script, played.frames
    nvram = None
    if arguments.nvram is not None or arguments.through:
        nvram = Nvram(machine, arguments.nvram)
    xray = None
    if arguments.xray is not None:
        from jit.xray.page import Xray

        xray = Xray(machine)
    then = [xray.keep_up] if xray is not None else []
    then += [lambda machine: nvram.frame()] if nvram is not None else []
    with stopping.noted() as stop:
        with recorded(arguments, machine), kept(nvram):
            outcome = _run(arguments, machine, source, frames, then, stop)
        matched = None if played is None or stop else played.finish(machine)
        _write(arguments, machine, xray)
        _report(arguments, machine, outcome, matched, stopped=bool(stop))
    if stop:
        return stop.code
    failed = matched is False or (arguments.until is not None and not outcome.found)
    return 1 if failed or machine.status else 0


def _write(arguments: argparse.Namespace, machine: Machine, xray: Xray | None) -> None:
    """Write what is asked for at the end."""
    if arguments.save_state is not None:
        from emucore.history import snapshot

        snapshot.save(machine, arguments.save_state)
    if xray is not None:
        with progress(lambda: "writing the X-ray's page"):
            write_atomically(arguments.xray, xray.page())
    if arguments.screenshot is not None:
        from machines.host.base.png import png

        write_atomically(arguments.screenshot, png(machine.screen))


def _check(arguments: argparse.Namespace) -> None:
    """Refuse options that contradict each other."""
    for option in ("nvram", "through"):
        if getattr(arguments, option) and arguments.record is not None:
            raise UserError(f"--{option} and --record exclude each other")
    if arguments.playback is not None:
        options = ("frames", "seconds", "until", "input", "load_state", "record", "nvram")
        for option in (*options, "through"):
            if getattr(arguments, option) not in (None, []):
                raise UserError(f"--playback and --{option.replace('_', '-')} exclude each other")


def _check_abilities(arguments: argparse.Namespace, machine: Machine) -> None:
    """Refuse what this machine cannot give, before it runs for an hour."""
    name = machine.board.name
    if arguments.until is not None and machine.console is None:
        raise UserError(f"{name} prints no text that --until could wait for")
    if arguments.screenshot is not None and machine.board.picture is None:
        raise UserError(f"{name} has no screen to take a --screenshot of")
    if arguments.wav is not None and machine.board.speaker is None:
        raise UserError(f"{name} has no sound for --wav")
    if arguments.movie is not None:
        if machine.board.picture is None:
            raise UserError(f"{name} has no screen for a --movie")
        from machines.host.headless import movie

        movie.check(arguments.movie)
    if arguments.playback is None and machine.console is None and _unbounded(arguments):
        raise UserError(f"{name} runs for ever: give --frames, --seconds or --playback")


def _unbounded(arguments: argparse.Namespace) -> bool:
    return arguments.frames is None and arguments.seconds is None


def _frames(arguments: argparse.Namespace, machine: Machine) -> int | None:
    """How many frames to run; None for no bound."""
    if arguments.seconds is None:
        return None if arguments.frames is None else int(arguments.frames)
    board = machine.board
    return round(float(arguments.seconds) * board.clock_hz / board.frame_ticks)


def _run(
    arguments: argparse.Namespace,
    machine: Machine,
    source: Source | None,
    frames: int | None,
    then: Sequence[Callable[[Machine], None]],
    stop: stopping.Stop,
) -> Outcome:
    """Run, until *stop*; *then* are called after each frame, before what films need."""
    until = None if arguments.until is None else arguments.until.encode("latin-1", "replace")
    after_frame = list(then)
    start = machine.frame

    def status() -> str:
        done = machine.frame - start
        return f"frame {done:,}" if frames is None else f"frame {done:,} of {frames:,}"

    with contextlib.ExitStack() as stack:
        if machine.console is not None:
            if not arguments.json:
                machine.console.sink = show
            if source is None and not arguments.json and interactive():
                source = stack.enter_context(keyboard())
                print(HINT, file=sys.stderr)
            real = machine.board.frame_ticks / machine.board.clock_hz
            source = source or piped(None if frames is None else real)
        if arguments.wav is not None:
            after_frame.append(stack.enter_context(_wav(arguments.wav, machine)))
        if arguments.movie is not None:
            from machines.host.headless.movie import movie

            after_frame.append(stack.enter_context(movie(arguments.movie, machine)))
        if sys.stderr.isatty() and machine.console is None:
            stack.enter_context(progress(status))
        return run(machine, source, frames=frames, until=until, after_frame=after_frame, stop=stop)


@contextlib.contextmanager
def _wav(path: Path, machine: Machine) -> Any:
    """A function that appends a frame's sound to the file *path*, 16-bit."""
    assert machine.board.speaker is not None
    with replacing(path) as file, wave.open(file, "wb") as sound:
        sound.setnchannels(machine.board.speaker.channels)
        sound.setsampwidth(2)
        sound.setframerate(machine.board.speaker.rate)
        yield lambda machine: sound.writeframesraw(machine.frame_sound.astype("<i2").tobytes())


def _report(
    arguments: argparse.Namespace,
    machine: Machine,
    outcome: Outcome,
    matched: bool | None,
    stopped: bool,
) -> None:
    cpu = machine.board.cpus[0]
    speed = outcome.emulated / outcome.seconds if outcome.seconds else 0.0
    results: dict[str, Any] = {
        "machine": machine.board.name,
        "cpu": cpu.isa.name,
        "engine": arguments.engine,
        "frames": outcome.frames,
        "clock": machine.cpus[cpu.name]["clock"],
        "state_sha256": machine.state_sha256(),
        "frame_crc32": f"{machine.frame_crc32():08x}",
        "seconds": round(outcome.seconds, 6),
        "emulated_seconds": round(outcome.emulated, 6),
        "speed": round(speed, 3),
        "ended": outcome.ended,
        "stopped": stopped,
        "statistics": machine.engine.statistics() if machine.engine else {},
    }
    if machine.console is not None:
        results["console"] = machine.console.text
    summary = machine.summary()
    if summary:
        results.update(status=machine.status, summary=summary)
    if matched is not None:
        results["matched"] = matched
    if arguments.json:
        print(json.dumps(results, indent=2))
        return
    shown = machine.console is not None and (arguments.hash or sys.stdout.isatty())
    if shown and results["console"] and not results["console"].endswith("\n"):
        print()
    if arguments.hash:
        print(f"state_sha256 {results['state_sha256']}\nframe_crc32 {results['frame_crc32']}")
    note = f"{outcome.frames:,} frames, clock {results['clock']:,}, {speed:,.1f} times real time"
    if stopped:
        at = machine.time / machine.board.clock_hz
        note = f"stopped at frame {machine.frame:,} ({at:,.2f} s); {note}"
    if outcome.starved:
        note += "; the program waits for a key"
    if matched is not None:
        note += "; as recorded" if matched else "; NOT as recorded"
    note += failures(results["statistics"])
    if summary:
        print(f"emu: {machine.board.name}: {summary}", file=sys.stderr)
    print(f"emu: {machine.board.name}: {note}", file=sys.stderr)
