"""Playing a machine in a window: pictures, sound and keys in real time.

Keys are MAME's: 5 coin, 1 and 2 start, arrows, left Ctrl fire; P pauses, F3 restarts, F12 writes
a picture, Esc ends.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from emucore.files import write_atomically
from emucore.machine import Machine, MachineError
from machines.host.audio import Speaker, open_speaker
from machines.host.keys import PAUSE, QUIT, RESET, SCREENSHOT, Keyboard
from machines.host.png import png
from machines.host.window import Window

#: How far behind the clock a session may fall before it gives up catching up, in seconds.
LATE = 0.1
#: Part of a frame by which the queue of the loudspeaker may shift the pace.
NUDGE = 0.02


class Pacer:
    """Lets frames of *period* seconds pass at the speed of the clock."""

    def __init__(self, period: float) -> None:
        self.period = period
        self._next = time.perf_counter()

    def wait(self, lag: float = 0.0) -> None:
        """Wait until the next frame is due; sooner where the sound *lag* (seconds) runs dry."""
        self._next += self.period * (1 + max(-NUDGE, min(NUDGE, lag)))
        ahead = self._next - time.perf_counter()
        if ahead > 0:
            time.sleep(ahead)
        elif ahead < -LATE:
            self._next = time.perf_counter()  # the host was busy: go on from here


class Session:
    """One machine being played."""

    def __init__(
        self, machine: Machine, *, scale: int | None, muted: bool, screenshots: Path
    ) -> None:
        board = machine.board
        if board.picture is None:
            raise MachineError(f"{board.name} has no screen: use emu run")
        self.machine = machine
        self.screenshots = screenshots
        self.paused = self.over = False
        height, width, _ = machine.screen.shape
        self.window = Window(board.title, width, height, scale)
        self.keyboard = Keyboard(machine)
        self.pacer = Pacer(board.frame_ticks / board.clock_hz)
        self.speaker: Speaker | None = None
        if board.speaker is not None and not muted:
            speaker = open_speaker(board.speaker.rate)
            if isinstance(speaker, str):
                print(f"emu: no sound: {speaker}", file=sys.stderr)
            else:
                self.speaker = speaker

    def step(self) -> int:
        """Take commands and show one frame, in its time; how many frames were run: 0 or 1."""
        for command in self.keyboard.commands():
            self._obey(command)
        done = 0
        if not self.paused and not self.over:
            done = self.machine.run_frames(1)
            self.over = not done
        self.window.show(self.machine.screen)
        lag = 0.0
        if self.speaker is not None and done:
            self.speaker.play(self.machine.sound)
            lag = self.speaker.lag
        self.pacer.wait(lag)
        return done

    def _obey(self, command: str) -> None:
        if command == QUIT:
            self.over = True
        elif command == PAUSE:
            self.paused = not self.paused
            self.window.note("paused" if self.paused else "")
        elif command == RESET:
            self.machine.restart()
            self.keyboard.hold()
        elif command == SCREENSHOT:
            path = unused(self.screenshots, self.machine.board.name)
            write_atomically(path, png(self.machine.screen))
            print(f"emu: {path}", file=sys.stderr)

    def close(self) -> None:
        """Give window and loudspeaker back."""
        self.keyboard.release()
        if self.speaker is not None:
            self.speaker.close()
        self.window.close()


def unused(folder: Path, name: str) -> Path:
    """The first of NAME-0001.png, NAME-0002.png … that is not in *folder*."""
    number = 1
    while (path := folder / f"{name}-{number:04}.png").exists():
        number += 1
    return path


def play(
    machine: Machine,
    *,
    scale: int | None = None,
    max_frames: int | None = None,
    muted: bool = False,
    screenshots: Path = Path(),
) -> int:
    """Play *machine* until the person ends it, or for *max_frames*; the frames that were run.

    *scale* is the size of the picture's dots on the screen; pictures taken with F12 go to the
    folder *screenshots*.  Raises :class:`MachineError` where there is no screen.
    """
    session = Session(machine, scale=scale, muted=muted, screenshots=screenshots)
    frames = 0
    try:
        while not session.over and (max_frames is None or frames < max_frames):
            frames += session.step()
    finally:
        session.close()
    return frames
