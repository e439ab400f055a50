"""What is still to be typed on a keyboard: part of the machine's state.

So a state that is saved in the midst of a word goes on with it, and whatever runs the machine, the
same keys go down in the same frames.  Who types is :class:`emucore.body.typed.Typing`.
"""

from __future__ import annotations

from emucore.device import Device, array, integer

#: Characters that can wait to be typed.
ROOM = 256


class Typist(Device):
    """The text, and how far it is typed."""

    text = array("u1", ROOM)  # a ring
    typed: int = integer()  # characters given
    read: int = integer()  # and taken
    down: int = integer()  # the one whose keys are down, + 1; 0: none
    rest: int = integer()  # frames for which nothing changes

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        amount = 0 <= self.read <= self.typed <= self.read + ROOM and self.typed < 1 << 60
        return amount and 0 <= self.down <= 256 and 0 <= self.rest <= 1 << 20
