"""The model of a session: a machine being played, without window, keys or loudspeaker."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from emucore.base.errors import UserError
from emucore.history.nvram import Nvram
from emucore.history.rewind import Rewind
from emucore.machine import Machine, MachineFault
from machines.host.profile.settings import SLOTS, Settings
from machines.host.profile.state_slots import Slots

#: Seconds that a message is shown.
SHOWN = 2.0
#: Letters that are read in a second.
READ = 15


class Player:
    """*machine* with what a player can do to it; whoever has a window calls :meth:`frame`.

    While a recording listens to the machine, time only goes on: what would change the state
    otherwise (a loaded state, rewinding) is refused.  *nvram* is what outlasts power-off.
    """

    def __init__(
        self,
        machine: Machine,
        slots: Slots,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        nvram: Nvram | None = None,
    ) -> None:
        self.machine = machine
        self.slots = slots
        self._nvram = nvram
        #: Called with what a player should know after the session, too.
        self.tell: Callable[[str], None] = self.say
        self.settings = settings
        self.slot: int = settings["play", "slot"]
        self.paused = self.ended = self.rewinding = self.fast = False
        self.throttled = True
        self._advance = 0
        self._clock = clock
        self._message, self._until = "", 0.0
        budget = settings["play", "rewind_mib"] << 20
        self._past: Rewind | None = None
        if budget and machine.heard is None:
            with contextlib.suppress(MemoryError):  # as if it were switched off
                self._past = Rewind(machine, budget)
        self._actions: dict[str, Callable[[], None]] = {
            "pause": self._pause,
            "advance": self._one_frame,
            "reset": self.reset,
            "load": self.load,
            "save": self.save,
            "next_slot": lambda: self.choose_slot(self.slot + 1),
            "last_slot": lambda: self.choose_slot(self.slot - 1),
            "throttle": self._throttle,
        }

    # -- what is going on -------------------------------------------------------------------

    @property
    def message(self) -> str:
        """What is to be shown over the picture, if anything."""
        if self.rewinding:
            return "Rewind"
        if self._message and self._clock() < self._until:
            return self._message
        if self.paused:
            return "Paused"
        if self.fast:
            return "Fast forward"
        return "" if self.throttled else "Unthrottled"

    @property
    def hurried(self) -> bool:
        """Whether frames are to follow each other as fast as they can."""
        return (self.fast or not self.throttled) and not self.paused and not self.rewinding

    def say(self, text: str) -> None:
        """Show *text* for a while: a long one for longer."""
        self._message = text
        self._until = self._clock() + max(SHOWN, len(text) / READ)

    def frame(self) -> int:
        """Let a frame pass; how the machine's time has moved: 1, 0 (paused, ended) or -1."""
        if self.rewinding:
            if self._past is not None and self._past.back():
                self.ended = False
                self._keep(Nvram.other_state)
                return -1
            return 0
        if self.paused:
            if not self._advance:
                return 0
            self._advance -= 1
        try:
            done = self.machine.run_frames(1)
        except MachineFault as error:
            self.paused = True  # the player may go back, or on
            self.say(str(error))
            return 0
        if not done:
            self.ended = True
        else:
            self._keep(Nvram.frame)
            if self._past is not None:
                self._past.record()
        return done

    def leave(self) -> None:
        """The machine is left: write what outlasts that."""
        self._keep(Nvram.save)

    def _keep(self, step: Callable[[Nvram], None]) -> None:
        if self._nvram is not None:
            try:
                step(self._nvram)
            except OSError as error:
                self.tell(f"{self._nvram.what} not kept: {error.strerror}")

    # -- what a player asks for -------------------------------------------------------------

    def obey(self, action: str, down: bool = True) -> bool:
        """Do one of :data:`machines.host.input.controls.ACTIONS`; False if it is none of ours."""
        if action == "rewind":
            self.rewind(down)
        elif action == "fast":
            self.fast = down
            self._until = 0.0
        elif action in self._actions:
            if down:
                self._actions[action]()
        else:
            return False
        return True

    def _pause(self) -> None:
        self.paused = not self.paused
        self._until = 0.0
        if not self.paused:
            self.say("Resumed")

    def _one_frame(self) -> None:
        self.paused = True
        self._advance += 1
        self.say(f"Paused at frame {self.machine.frame + 1:,}")

    def reset(self) -> None:
        """Switch the machine off and on; DIP switches stay."""
        self.machine.restart()
        self._keep(Nvram.power_on)
        self.say("Reset")

    def _throttle(self) -> None:
        self.throttled = not self.throttled
        self._until = 0.0
        if self.throttled:
            self.say("Normal speed")

    def rewind(self, on: bool) -> None:
        """Begin or end going back."""
        if on and self._past is None:
            busy = self.machine.heard is not None
            self.say("No rewind while recording" if busy else "Rewind is switched off")
        else:
            self.rewinding = on

    def choose_slot(self, slot: int) -> None:
        """Take another slot for states."""
        self.slot = slot % SLOTS
        self.settings.change(("play", "slot"), self.slot)
        self.say(f"Slot {self.slot}: {self.slots.saved(self.slot) or 'empty'}")

    def save(self) -> None:
        """Write the state into the slot."""
        try:
            self.slots.save(self.slot)
        except OSError as error:
            self.say(f"Not saved: {error.strerror}")
        else:
            self.say(f"Saved in slot {self.slot}")

    def load(self) -> None:
        """Take the state from the slot."""
        if self.machine.heard is not None:
            self.say("No states while recording")
            return
        try:
            self.slots.load(self.slot)
        except FileNotFoundError:
            self.say(f"Slot {self.slot} is empty")
        except OSError as error:
            self.say(f"Not loaded: {error.strerror}")
        except UserError as error:
            self.say(f"Not loaded: {error}")
        else:
            self.ended = False
            self._keep(Nvram.other_state)
            self.say(f"Loaded slot {self.slot}")
