"""A session: a machine being played in a window, with pictures, sound and keys in real time."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from emucore.base.errors import UserError, plain
from emucore.history.nvram import Nvram
from emucore.machine import Machine, MachineError
from machines import registry
from machines.host.base.png import screenshot
from machines.host.display.stage import Stage
from machines.host.input.controls import Change, Controls, shown
from machines.host.input.hands import Hands
from machines.host.input.keys import (
    Closed,
    Control,
    Dropped,
    Lost,
    Motion,
    News,
    clipboard,
    happenings,
    is_control,
)
from machines.host.input.pads import Pads
from machines.host.menu import media, pages
from machines.host.menu.games import games_page, machines_page
from machines.host.menu.model import Page, Stack
from machines.host.menu.speed import title
from machines.host.profile.library import Entry, Library, judged
from machines.host.profile.settings import PLAYED, Settings
from machines.host.profile.state_slots import Slots
from machines.host.session.pacer import Pacer
from machines.host.session.player import Player

#: Part of a frame's time that is spent on emulation when hurried; the rest is for the picture.
HURRY = 0.7
#: Seconds of play for which the first keys are told.
HINTED = 6.0


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
        #: Whether no game has been picked yet.
        self.picking = False
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
        self.nvram = Nvram(machine, self.data / "nvram")
        self.player = Player(
            machine, Slots(self.data / "states", machine), self.settings, nvram=self.nvram
        )
        self.controls = Controls(
            board.inputs.values(), self.settings.actions, self.settings.controls.get(board.name)
        )
        self.player.tell = self.tell
        self.hands = Hands(machine, self.controls, lambda key: self.settings["input", key])
        self.pacer = Pacer(board.frame_ticks / board.clock_hz)
        self._hinted = round(HINTED / self.pacer.period)
        #: The keys that a beginner needs, for the first seconds of play.
        self.hint = self.controls.hint()
        try:
            self.nvram.read()
        except OSError as error:
            self.tell(f"{self.nvram.what} not loaded: {error.filename}: {error.strerror}")
        except UserError as error:
            self.tell(f"{self.nvram.what} not loaded: {error}")

    def tell(self, text: str, short: str = "") -> None:
        """Show *text* or what is *short* for it, and print it the first time."""
        self.player.say(short or text)
        if text not in self._told:
            self._told.add(text)
            print(f"emu: {plain(text)}", file=sys.stderr)  # a file's name may be anything

    def _tell_problems(self) -> None:
        """What is wrong with the settings, in one line; each thing once."""
        found = self.settings.problems.copy()
        self.settings.problems.clear()
        found += self.controls.unknown(is_control)
        if found:
            more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
            self.tell(f"{self.settings.path}: {found[0]}{more}")

    # -- a frame ----------------------------------------------------------------------------

    def step(self) -> int:
        """Wait for the next frame, take what has happened, show it; how many frames were run."""
        idle = bool(self.menu) or self.player.paused
        self.pacer.counting = not idle and not self.player.hurried
        due = self.pacer.wait()
        self.hands.begin()
        for happening in happenings(self.pads):
            self._take(happening)
        if self.over:
            return 0
        idle = bool(self.menu) or self.player.paused or self.player.rewinding
        self.hands.move(idle=idle)
        self.stage.window.hold_mouse(*self.hands.needs_mouse(idle=idle))
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
                self._hinted -= 1
                if not self._hinted:
                    self.hint = ""
            if moved:
                samples = self.machine.frame_sound
                hurried = self.player.hurried
                self.stage.hear(samples if moved > 0 else samples[::-1], hurried=hurried)
            due -= 1
            more = time.perf_counter() < until if self.player.hurried else due > 0
            if not moved or not more:
                break
        if not moved:
            self.stage.rest()
        return ran

    @property
    def message(self) -> str:
        """What is to be read over the picture, if anything: news, or the first keys."""
        return self.player.message or ("" if self.menu else self.hint)

    def draw(self) -> None:
        """Show the picture with what is to be seen over it."""
        self.stage.show(self.machine.screen, self.message, self.menu)

    # -- what the player does ---------------------------------------------------------------

    def _take(self, happening: object) -> None:
        if isinstance(happening, Closed):
            self.over = True
        elif isinstance(happening, Lost):
            self._do(self.controls.release())
        elif isinstance(happening, Motion):
            self.hands.take(happening, self.menu.move_mouse, self.stage.beam_at)
        elif isinstance(happening, News):
            self.player.say(happening.text)
        elif isinstance(happening, Dropped):
            self._drop(happening.path)
        elif isinstance(happening, Control):
            if self.menu:
                self._navigate(happening.name, happening.down)
            else:
                self._do(self.controls.feed(happening.name, happening.down))

    def capture(self, captured: bool) -> None:
        """Let the machine's own keyboard have the keys, or the hotkeys."""
        self._do(self.controls.release())
        self.controls.captured = captured
        self.player.say("Keyboard: the machine's" if captured else "Keyboard: hotkeys")

    def _drop(self, path: Path) -> None:
        """A file was dropped: only what is known takes the place of the running game at once, or
        what goes into one of its slots."""
        found = judged(path)
        if isinstance(found, Entry):
            self.choose(found)
        elif slot := media.taker(self, path):
            media.insert(self, slot, path)
        elif found.machines:
            self._do(self.controls.release())
            self.menu.open(machines_page(self, found))
        else:
            first, *more = found.reason.split("; ")
            short = f"{first}; and {len(more)} more" if more else first
            self.tell(f"{path.name}: {found.reason}", f"{path.name}: {short}")

    def _do(self, changes: list[Change]) -> None:
        for change in changes:
            if not change.action:
                self.hands.press(change.name, change.down)
            else:
                self._obey(change.name, change.down)

    def _obey(self, action: str, down: bool) -> None:
        if self.player.obey(action, down):
            if action in ("reset", "load") or (action == "rewind" and not down):
                self.hands.again()
        elif not down:
            return
        elif action == "quit":
            self._ask_to_quit()
        elif action == "menu":
            self.open_menu(pages.main_page(self))
        elif action == "fullscreen":
            self.set_video("fullscreen", not self.stage.window.fullscreen)
            self.player.say("Fullscreen" if self.stage.window.fullscreen else "Window")
        elif action == "screenshot":
            self._screenshot()
        elif action == "keyboard":
            self.capture(not self.controls.captured)
        elif action == "paste":
            self._do(self.controls.release())
            self.player.say(self.hands.paste(clipboard()))

    def _ask_to_quit(self) -> None:
        """A key ends the game only where it is pressed again while this is to be read."""
        key = shown(self.controls.actions["quit"][0])
        text = f"Press {key} again to quit"
        if self.player.message == text:
            self.quit()
        else:
            self.player.say(text)

    def quit(self) -> None:
        """End the session."""
        self.over = True

    def _screenshot(self) -> None:
        try:
            self.tell(str(screenshot(self.machine, self.screenshots)))
        except OSError as error:
            self.tell(f"no screenshot: {self.screenshots}: {error.strerror}")

    # -- the menu ---------------------------------------------------------------------------

    def open_menu(self, page: Page) -> None:
        """Open the menu; the machine waits."""
        self._do(self.controls.release())
        self.menu.open(page)

    def pick(self) -> None:
        """Begin with the picker of games: who leaves it plays none."""
        self.picking = True
        self.open_menu(games_page(self))

    def close_menu(self) -> None:
        """Go on playing, and write what was set."""
        self.menu.close()
        self.over = self.over or self.picking
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
            if not self.picking:
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

    @property
    def scale_most(self) -> int:
        """The largest scale of the picture that the display has room for."""
        return self.stage.window.scale_most

    def say_now(self, text: str) -> None:
        """Show *text* before something that takes a while."""
        self.player.say(text)
        self.draw()

    def use_engine(self, engine: str) -> None:
        """Let another engine go on with the machine."""
        self.say_now(f"Preparing {title(engine)} …")
        try:
            self.machine.use(engine)
        except UserError as error:
            self.tell(str(error))
            return
        if engine in PLAYED:
            self.settings.change(("play", "engine"), engine)
        self.player.say(f"Engine: {title(engine)}")
        self.pacer.restart()

    def choose(self, entry: Entry) -> None:
        """Play something else."""
        if self.machine.heard is not None:
            self.player.say("No other game while recording")
            return
        self.say_now(f"Preparing {entry.title} …")
        try:
            engine = self.machine.engine.name if self.machine.engine else "interp"
            machine = registry.load(entry.machine, entry.media, engine=engine)
            self.settings.set_up(machine)
            self.player.leave()
            self._remember()
            before = self.machine.engine
            self._begin(machine, entry)
        except (UserError, OSError) as error:
            self.tell(str(error))
            return
        if before is not None:
            before.close()
        self.picking = False
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
            "statistics": self.machine.engine.statistics() if self.machine.engine else {},
            "pacing": self.pacer.statistics(),
            "sound": speaker.statistics() if speaker is not None else None,
        }

    def close(self) -> None:
        """Give window and loudspeaker back; keep settings and the last picture."""
        self._do([c for c in self.controls.release() if not c.action])
        self.player.leave()
        self.stage.remember()
        problem = self.settings.save()
        if problem:
            self.tell(problem)
        self._remember()
        self.pads.close()
        self.stage.close()
