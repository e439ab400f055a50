"""Playing a machine in a window: pictures, sound and keys in real time."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from emucore.errors import UserError, plain
from emucore.files import write_atomically
from emucore.machine import Machine, MachineError
from machines import registry
from machines.host import folders, menus
from machines.host.controls import Change, Controls
from machines.host.keys import Closed, Control, Dropped, Lost, News, happenings, is_control
from machines.host.library import Entry, Library, dropped
from machines.host.menu import Stack
from machines.host.pacer import Pacer
from machines.host.pads import Pads
from machines.host.player import Player
from machines.host.png import png
from machines.host.settings import Settings
from machines.host.slots import Slots
from machines.host.stage import Stage
from machines.host.stopping import Stop

#: Part of a frame's time that is spent on emulation when hurried; the rest is for the picture.
HURRY = 0.7


class Session:
    """A machine being played in a window, until another is chosen.

    What *settings* and *data* (the folder of states) name may be unwritable: it is told, and the
    session goes on without.  Raises :class:`MachineError` without a screen or a display.
    """

    def __init__(
        self,
        machine: Machine,
        entry: Entry,
        settings: Settings | None = None,
        *,
        data: Path,
        screenshots: Path,
        scale: int = 0,
        muted: bool = False,
        most: int | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.library = Library(data, [Path(p) for p in self.settings["play", "media"]])
        self.data, self.screenshots = data, screenshots
        self.over = False
        #: Frames that were run, and how many may be.
        self.frames, self.most = 0, most
        self.menu = Stack()
        self._told: set[str] = set()
        self._begin(machine, entry)
        self.stage = Stage(machine, entry.title, self.settings, self.tell, scale=scale, muted=muted)
        self.pads = Pads()
        self._tell_problems()
        self.pacer.restart()

    def _begin(self, machine: Machine, entry: Entry) -> None:
        """What is the machine's own."""
        board = machine.board
        if board.picture is None:
            raise MachineError(f"{board.name} has no screen: use emu run")
        self.machine, self.entry = machine, entry
        self.player = Player(machine, Slots(self.data / "states", machine), self.settings)
        self.controls = Controls(
            board.inputs.values(), self.settings.actions, self.settings.controls.get(board.name)
        )
        self.pacer = Pacer(board.frame_ticks / board.clock_hz)
        #: Buttons that have changed before this frame, and what they do before later ones.
        self._changed: set[str] = set()
        self._waiting: list[tuple[str, bool]] = []

    def tell(self, text: str) -> None:
        """Show *text*, and print it the first time."""
        self.player.say(text)
        if text not in self._told:
            self._told.add(text)
            print(f"emu: {plain(text)}", file=sys.stderr)

    def _tell_problems(self) -> None:
        """What is wrong with the settings, in one line; each thing once."""
        found = self.settings.problems.copy()
        self.settings.problems.clear()
        for names in (self.controls.inputs, self.controls.actions):
            for name, controls in names.items():
                found += [f"{name}: no key {c!r:.30}" for c in controls if not is_control(c)]
        if found:
            more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
            self.tell(f"{self.settings.path}: {found[0]}{more}")

    # -- a frame ----------------------------------------------------------------------------

    def step(self) -> int:
        """Wait for the next frame, take what has happened, show it; how many frames were run."""
        idle = bool(self.menu) or self.player.paused
        self.pacer.counting = not idle and not self.player.hurried
        due = self.pacer.wait()
        waiting, self._waiting = self._waiting, []
        self._changed.clear()
        for name, down in waiting:
            self._press(name, down)
        for happening in happenings(self.pads):
            self._take(happening)
        if self.over:
            return 0
        ran = self._run(due)
        self.over = self.player.ended or self.frames == self.most
        self.draw()
        self.pacer.shown()
        return ran

    def _run(self, due: int) -> int:
        """Let the machine's time pass: *due* frames, or what can be done in the time of one."""
        ran, moved = 0, 0
        until = time.perf_counter() + HURRY * self.pacer.period
        while not self.menu and self.frames != self.most:
            moved = self.player.frame()
            if moved > 0:
                ran += 1
                self.frames += 1
            if moved:
                samples = self.machine.sound
                hurried = self.player.hurried
                self.stage.hear(samples if moved > 0 else samples[::-1], hurried=hurried)
            due -= 1
            more = time.perf_counter() < until if self.player.hurried else due > 0
            if not moved or not more:
                break
        if not moved:
            self.stage.rest()
        return ran

    def draw(self) -> None:
        """Show the picture with what is to be seen over it."""
        self.stage.show(self.machine.screen, self.player.message, self.menu)

    # -- what the player does ---------------------------------------------------------------

    def _take(self, happening: object) -> None:
        if isinstance(happening, Closed):
            self.over = True
        elif isinstance(happening, Lost):
            self._do(self.controls.release())
        elif isinstance(happening, News):
            self.player.say(happening.text)
        elif isinstance(happening, Dropped):
            self.choose(dropped(happening.path, self.entry.machine))
        elif isinstance(happening, Control):
            if self.menu:
                self._navigate(happening.name, happening.down)
            else:
                self._do(self.controls.feed(happening.name, happening.down))

    def _do(self, changes: list[Change]) -> None:
        for change in changes:
            if not change.action:
                self._press(change.name, change.down)
            else:
                self._obey(change.name, change.down)

    def _press(self, name: str, down: bool) -> None:
        """Press or release a button, once in a frame: of what is shorter, the machine sees nothing,
        and where the host was held up, a key that was hit has come and gone.
        """
        if name in self._changed:
            self._waiting.append((name, down))
        else:
            self._changed.add(name)
            self.machine.press(name, down)

    def _obey(self, action: str, down: bool) -> None:
        if self.player.obey(action, down):
            if action in ("reset", "load") or (action == "rewind" and not down):
                self._press_again()
        elif not down:
            return
        elif action == "quit":
            self.over = True
        elif action == "menu":
            self.open_menu(menus.main_page(self))
        elif action == "fullscreen":
            self.set_video("fullscreen", not self.stage.window.fullscreen)
            self.player.say("Full screen" if self.stage.window.fullscreen else "Window")
        elif action == "screenshot":
            self._screenshot()

    def _press_again(self) -> None:
        """The machine's state is another: give it the buttons as they are held now."""
        self._waiting.clear()
        pressed = self.controls.pressed()
        for name in self.machine.board.inputs:
            if name in pressed or self.machine.heard is None:
                self.machine.press(name, name in pressed)

    def _screenshot(self) -> None:
        try:
            self.screenshots.mkdir(parents=True, exist_ok=True)
            path = unused(self.screenshots, self.machine.board.name)
            write_atomically(path, png(self.machine.screen))
        except OSError as error:
            self.tell(f"no screenshot: {self.screenshots}: {error.strerror}")
        else:
            self.tell(str(path))

    # -- the menu ---------------------------------------------------------------------------

    def open_menu(self, page: Any) -> None:
        """Open the menu; the machine waits."""
        self._do(self.controls.release())
        self.menu.open(page)

    def close_menu(self) -> None:
        """Go on playing, and write what was set."""
        self.menu.close()
        problem = self.settings.save()
        if problem:
            self.tell(problem)
        self.pacer.restart()

    def from_menu(self, action: str) -> None:
        """Close the menu and do *action*."""
        self.close_menu()
        self._obey(action, True)

    def _navigate(self, control: str, down: bool) -> None:
        combination = self.controls.combination(control)
        if self.menu.waiting is not None:
            self.controls.track(control, down)
            if control == "escape":
                self.menu.waiting = None if down else self.menu.waiting
            elif down != self.controls.is_modifier(control):  # those are taken when let go
                self.menu.take(combination)
            return
        self.controls.track(control, down)
        if not down:
            return
        if control in self.controls.actions["menu"]:
            self.close_menu()
        elif combination in self.controls.actions["fullscreen"]:
            self._obey("fullscreen", True)
        elif self.menu.obey(control) and not self.menu:
            self.close_menu()

    def set_video(self, key: str, value: Any) -> None:
        """Change a setting of the picture."""
        self.settings.change(("video", key), value)
        self.stage.apply(key)
        self.pacer.restart()  # a window takes its time to become another

    def set_volume(self, volume: int) -> None:
        """Change the volume, in per cent."""
        self.settings.change(("sound", "volume"), volume)
        self.stage.apply_volume()

    def use_engine(self, engine: str) -> None:
        """Let another engine go on with the machine."""
        self.player.say(f"Preparing {engine} …")
        self.draw()
        try:
            self.machine.use(engine)
        except UserError as error:
            self.tell(str(error))
            return
        self.settings.change(("play", "engine"), engine)
        self.player.say(f"Engine: {engine}")
        self.pacer.restart()

    def choose(self, entry: Entry) -> None:
        """Play something else."""
        if self.machine.heard is not None:
            self.player.say("No other game while recording")
            return
        self.player.say(f"Preparing {entry.title} …")
        self.draw()
        try:
            engine = self.machine.engine.name if self.machine.engine else "interp"
            machine = registry.load(entry.machine, entry.media, engine=engine)
            self.settings.set_up(machine)
            self._remember()
            before = self.machine.engine
            self._begin(machine, entry)
        except (UserError, OSError) as error:
            self.tell(str(error))
            return
        if before is not None:
            before.close()
        self.stage.adopt(machine, entry.title)
        self.player.say(entry.title)
        self._tell_problems()
        self.close_menu()

    def _remember(self) -> None:
        if self.machine.frame:
            with contextlib.suppress(OSError):  # a picker without a picture
                self.library.remember(self.entry, self.machine.screen)

    def statistics(self) -> dict[str, Any]:
        """How well it went."""
        speaker = self.stage.speaker
        return {
            "machine": self.machine.board.name,
            "engine": self.machine.engine.name if self.machine.engine else None,
            "frames": self.frames,
            "pacing": self.pacer.statistics(),
            "sound": speaker.statistics() if speaker is not None else None,
        }

    def close(self) -> None:
        """Give window and loudspeaker back; keep settings and the last picture."""
        self._do([c for c in self.controls.release() if not c.action])
        problem = self.settings.save()
        if problem:
            self.tell(problem)
        self._remember()
        self.pads.close()
        self.stage.close()


def unused(folder: Path, name: str) -> Path:
    """The first of NAME-0001.png, NAME-0002.png … that is not in *folder*."""
    number = 1
    while (path := folder / f"{name}-{number:04}.png").exists():
        number += 1
    return path


def play(
    machine: Machine,
    entry: Entry,
    settings: Settings | None = None,
    *,
    scale: int = 0,
    max_frames: int | None = None,
    muted: bool = False,
    pick: bool = False,
    stop: Stop | None = None,
) -> dict[str, Any]:
    """Play *machine* until the person ends it, or for *max_frames*; statistics of the session.

    *scale* is the size of the picture's dots on the screen, 0 for what suits; *pick* begins with
    the picker of games; *stop* ends it as Esc does.  Raises :class:`MachineError` where there is no
    screen.
    """
    session = Session(
        machine,
        entry,
        settings,
        data=folders.data(),
        screenshots=folders.screenshots(),
        scale=scale,
        muted=muted,
        most=max_frames,
    )
    gc.freeze()  # what was imported stays: looking through it again would take a frame's time
    try:
        if pick:
            session.open_menu(menus.games_page(session))
        while not session.over and not stop:
            session.step()
    finally:
        gc.unfreeze()
        session.close()
    return session.statistics()
