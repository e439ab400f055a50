"""What people see of a machine, hear, press and type: the front of the cabinet."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.base.errors import ArgumentError, BadValue, MachineError, whole
from emucore.base.medium import Medium
from emucore.board.inputs import Axis, Dial, Gun, Input, as_typed, at_dot
from emucore.body.console import Console
from emucore.body.guest import Guest
from emucore.body.media import Keeper
from emucore.body.painting import paint
from emucore.body.panel import Inputs, Switches
from emucore.body.picture import Picture
from emucore.body.sound import Sounds
from emucore.kernel import layout as k


class Front(Guest):
    """A board with its panel, screen, loudspeaker and console."""

    #: Where the machine prints text; None if it has no console.
    console: Console | None = None
    #: Told of every press, switch and typed text: (kind, name, value) of an Event.  Of another
    #: state, however it came, it is told ("state", "", ""): what follows has another past.
    heard: Callable[[str, str, str], None] | None = None
    #: Who keeps what is written on media; nobody unless asked.
    keeper: Keeper | None = None

    @property
    def status(self) -> int | None:
        """The exit status of its program; None until that has ended, and where there is none."""
        return None

    def summary(self) -> str:
        """How things stand, in a line, where one runs the machine to know that; else empty."""
        return ""

    def _attach(self) -> None:
        super()._attach()
        self._sounds = Sounds(self.board, self.arena)

    def reset(self) -> None:
        """Switch off and on; the DIP switches stay as they are set.

        >>> import machines
        >>> machine = machines.load("invaders", lives=5)
        >>> machine.run(frames=3)
        3
        >>> machine.reset()
        >>> machine.frame, machine.switches["lives"]
        (0, '5')
        """
        if self.heard is not None:
            self.heard("restart", "", "")
        before, switches = self.arena.bytes.copy(), self.panel.switches()
        try:
            self.power_on()
            self.panel.put_back(switches)
        except BaseException:
            self.arena.bytes[:] = before
            raise

    #: What :meth:`reset` was called before.
    restart = reset

    def power_on(self) -> None:
        """See :meth:`Body.power_on`."""
        self._sounds.keep()
        super().power_on()

    def set_state(self, data: bytes | memoryview, outputs: bytes | None = None) -> None:
        """See :meth:`Body.set_state`."""
        self._sounds.keep()
        super().set_state(data, outputs)
        if self.heard is not None:
            self.heard("state", "", "")

    # -- picture and sound ------------------------------------------------------------------

    @property
    def screen(self) -> Picture:
        """The picture as (height, width, 3) bytes of red, green, blue, turned as on the cabinet.

        A numpy array of its own, which notebooks show.  Where the present frame is not drawn, as
        right behind going back in time, it is the next whole one's: the picture is no state.
        Raises :class:`MachineError` where there is no screen.
        """
        for picture in self.screens.values():
            return picture
        raise MachineError(f"{self.board.name} has no screen")

    @property
    def screens(self) -> dict[str, Picture]:
        """The pictures on all screens by name, as :attr:`screen` gives the first."""
        unseen = self.words[self.words[k.UNSEEN]]  # amid a run, or where one was stopped
        if self.board.screens and (self.blind or unseen):
            return self._next_screens()
        return {name: paint(self.arena, screen) for name, screen in self.board.screens.items()}

    def _next_screens(self) -> dict[str, Picture]:
        """What the next frame shows, if nobody does anything until then."""
        raise NotImplementedError

    def frame_crc32(self) -> int:
        """CRC-32 of :attr:`screens`' bytes, one behind the other; 0 without a screen."""
        crc = 0
        for picture in self.screens.values():
            crc = zlib.crc32(picture.tobytes(), crc)
        return crc

    @property
    def sound(self) -> npt.NDArray[np.int16]:
        """All samples since this was read last, 16-bit at the board's rate: (n,), or (n, 2) of
        left and right where the board has two channels.

        Kept are the last :data:`emucore.body.sound.KEPT` seconds, of whatever runs; what is older
        is dropped.  It is no part of the state: a clone has heard nothing yet, and in a state that
        is loaded one hears what is played from then on.  Empty where there is no loudspeaker.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> machine.run(frames=60)
        60
        >>> 48000 < len(machine.sound) < 49000, len(machine.sound)    # a second of it
        (True, 0)
        """
        return self._sounds.take()

    @property
    def frame_sound(self) -> npt.NDArray[np.int16]:
        """The last frame's samples (of one that is not over: those so far), however often read."""
        return self._sounds.last(within=self.amid_frame)

    @property
    def amid_frame(self) -> bool:
        """Whether a part of a frame was run, and not all of it yet."""
        raise NotImplementedError

    # -- buttons, switches, keys ------------------------------------------------------------

    @property
    def inputs(self) -> Inputs:
        """The inputs by name, and what each is at: whether a button is pressed, the number of an
        axis or a dial, the dot of a gun (None: none).  Assigning presses, moves, turns and aims.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> list(machine.inputs)[:3]
        ['coin', 'start1', 'start2']
        >>> machine.inputs["coin"] = True
        >>> machine.inputs["coin"], machine.inputs["fire"]
        (True, False)
        """
        return Inputs(self.panel, self._set_input)

    @property
    def switches(self) -> Switches:
        """The DIP switches by name, and the setting of each; assigning sets them.

        >>> import machines
        >>> machine = machines.load("invaders")
        >>> machine.switches["lives"] = "6"
        >>> dict(machine.switches)["lives"], machine.switches.settings("lives")
        ('6', ['3', '4', '5', '6'])
        """
        return Switches(self.panel, self.set_switch)

    def press(self, name: str, pressed: bool = True) -> None:
        """Press or release the button *name*."""
        self.panel.press(name, pressed)
        if self.heard is not None:
            self.heard("press", name, "1" if pressed else "0")

    def release(self, name: str) -> None:
        """Release the button *name*."""
        self.press(name, False)

    def move(self, name: str, value: int) -> None:
        """Move the axis *name* (a stick, a paddle) to *value*, between its two ends."""
        self.panel.move(name, value)
        if self.heard is not None:
            self.heard("move", name, str(int(value)))

    def turn(self, name: str, counts: int) -> None:
        """Turn the dial *name* (a spinner, a ball's or a mouse's way) by *counts*, or back."""
        self.panel.turn(name, counts)
        if self.heard is not None:
            self.heard("turn", name, str(int(counts)))

    def aim(self, name: str, x: int | None = None, y: int | None = None) -> None:
        """Aim the light gun *name* at the dot in column *x* and row *y*; without: off the picture.

        Dots count from the upper left of the picture as the beam draws it: on a machine whose
        screen is turned, not as :attr:`screen` shows it.
        """
        self.panel.aim(name, x, y)
        if self.heard is not None:
            self.heard("aim", name, at_dot(x, y))

    def _set_input(self, item: Input, value: Any) -> None:
        if isinstance(item, Axis):
            self.move(item.name, value)
        elif isinstance(item, Dial):
            at = self.panel.value(item.name)
            assert isinstance(at, int)
            self.turn(item.name, whole(item.name, value, 0, item.size - 1) - at)
        elif isinstance(item, Gun):
            self.aim(item.name, *(value or ()))
        else:
            self.press(item.name, bool(value))

    def set_switch(self, name: str, setting: str) -> None:
        """Set the DIP switches *name* to the setting of that name."""
        self.panel.set(name, setting)
        if self.heard is not None:
            self.heard("switch", name, setting)

    def setting(self, name: str) -> str:
        """The setting that the DIP switches *name* are at; empty if it is none that has a name."""
        return self.panel.setting(name)

    # -- media ------------------------------------------------------------------------------

    def insert(self, slot: str, what: str | Path | Medium, *, through: bool = False) -> Medium:
        """Put a medium into *slot*, in the place of what is there: a file, or what :meth:`eject`
        gave.  The medium, as it was read.

        It may be done at any time, as pressing a button may.  What the machine writes on it stays
        in the machine and its states, and outlasts them where somebody keeps it
        (:mod:`emucore.history.written`); *through* has it be written into the file itself.  Raises
        :class:`MachineError` for what does not fit, with the slot as it was, and :class:`OSError`
        where it cannot be read.
        """
        self.media.slot(slot)
        medium = what if isinstance(what, Medium) else self.media.read(slot, Path(what))
        if through:
            medium = self._writable(medium)
        if self.keeper is not None and self.heard is None:
            medium = self.keeper.given(slot, medium)
        self._change(slot, medium)
        if self.heard is not None:
            self.heard("insert", slot, medium.key)
        return medium

    def eject(self, slot: str) -> Medium | None:
        """Take out what is in *slot*: the medium as it is now, None if there was none."""
        medium = self.media[slot]
        self._change(slot, None)
        if self.heard is not None:
            self.heard("eject", slot, "")
        return medium

    def save_media(self) -> None:
        """Write what is written on media into their own files, of those put in with *through*; it
        is done when one is taken out, too.  Raises :class:`OSError`.
        """
        if self.keeper is not None:
            self.keeper.save()

    def _writable(self, medium: Medium) -> Medium:
        """*medium*, to be written into its own file; it is kept there, if nobody keeps media."""
        if medium.inside or medium.source is None or not os.access(medium.source, os.W_OK):
            raise ArgumentError("through", f"{medium.where}: no file that can be written into")
        if self.keeper is None and self.heard is None:
            self.keeper = self._keeper()
        return replace(medium, through=True)

    def _keeper(self) -> Keeper:
        """Who writes media into their own files, and keeps nothing else."""
        raise NotImplementedError

    def _change(self, slot: str, medium: Medium | None) -> None:
        keeper = self.keeper if self.heard is None else None
        if keeper is not None:
            keeper.taken(slot)
        self.media.put(slot, medium)
        if keeper is not None:
            keeper.put(slot, medium)
        self.version += 1  # it may be mapped as a program's memory

    def type(self, text: bytes | str) -> None:
        """Type *text* on the console or the keyboard; :class:`MachineError` beyond
        :meth:`keyboard_room`, or for characters that it has no keys for.

        A console has it at once.  On a keyboard's matrix, keys go down and up between frames that
        are run from now on, as fast as the machine's description says that it can follow.
        """
        if isinstance(text, str):
            text = as_typed(text)
        if len(text) > self.keyboard_room():
            raise MachineError(f"{self.board.name} has no room for {len(text)} typed characters")
        if not self.panel.typeable(text):
            raise BadValue("text", f"{self.board.name} has no keys for all of {text[:40]!r}")
        self._type(text)
        if self.heard is not None:
            self.heard("type", "", text.decode("latin-1"))

    @property
    def waiting(self) -> bool:
        """Whether a program waits for a key to be typed, and does nothing else."""
        return False

    def keyboard_room(self) -> int:
        """How many characters can be typed now; 0 for ever if there is no keyboard."""
        return 0 if self.panel.typing is None else self.panel.typing.room

    def _type(self, text: bytes) -> None:
        """A machine with a console puts *text* into its buffer here."""
        if self.panel.typing is not None:
            self.panel.typing.give(text)
