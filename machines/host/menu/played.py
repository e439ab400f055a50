"""What the menu's pages need of a session."""

from __future__ import annotations

from typing import Any, Protocol

from emucore.machine import Machine
from machines.host.input.controls import Controls
from machines.host.menu.model import Stack
from machines.host.profile.library import Entry, Library
from machines.host.profile.settings import Settings
from machines.host.profile.state_slots import Slots


class Player(Protocol):
    """Whoever has the slots: :class:`machines.host.session.player.Player`."""

    slot: int

    @property
    def slots(self) -> Slots:
        """The saved states."""

    def choose_slot(self, slot: int) -> None:
        """Take another slot."""

    def say(self, text: str) -> None:
        """Show *text* for a while."""


class Session(Protocol):
    """A machine being played: :class:`machines.host.session.session.Session`."""

    machine: Machine
    entry: Entry
    settings: Settings
    controls: Controls
    library: Library
    menu: Stack

    @property
    def player(self) -> Player:
        """Who plays it."""

    @property
    def scale_most(self) -> int:
        """The largest scale of the picture that the display has room for."""

    def choose(self, entry: Entry) -> None:
        """Play something else."""

    def capture(self, captured: bool) -> None:
        """Let the machine's own keyboard have the keys, or the hotkeys."""

    def close_menu(self) -> None:
        """Go on playing."""

    def from_menu(self, action: str) -> None:
        """Close the menu and do *action*."""

    def quit(self) -> None:
        """End the session."""

    def say_now(self, text: str) -> None:
        """Show *text* before something that takes a while."""

    def tell(self, text: str, short: str = "") -> None:
        """Show *text* or what is *short* for it, and print it the first time."""

    def set_video(self, key: str, value: Any) -> None:
        """Change a setting of the picture."""

    def set_volume(self, volume: int) -> None:
        """Change the volume, in per cent."""

    def use_engine(self, engine: str) -> None:
        """Let another engine go on with the machine."""
