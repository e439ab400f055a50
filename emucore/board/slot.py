"""Slots: where a medium is put into a machine, and the devices that read and write it there.

    class Recorder(Reader):                               # a device like any other
        unit: int = integer(256, fixed=True)
        content = content(0x10000)                        # what is in the slot
        written = array("u1", 0x100)                      # and which units of it were written

        def read(self, offset: int, time: int) -> int:
            return self.content[self.head] if self.head < self.length else 0

        def write(self, offset: int, value: int, time: int) -> None:
            put(self, self.head, value)

    board.slot("tape", board.device("recorder", Recorder()), "tape")

Content lies in the arena, in an array of bounded size, so that compiled functions index it like any
other.  It is not state: it is what the medium is, known by its hash.  State is which medium that is
(``identity``), and the units that were written since it was made, as :func:`put` marks them.  So
hashes, files of states and rewinding take what was written and no more, and a clone copies the
array along with the rest of the arena.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emucore.base.medium import Medium
from emucore.device import Device, Spec, array, integer, shared

__all__ = ["Reader", "Slot", "content", "put"]

#: More bytes than a slot's content may have: what is larger is not copied into an arena.
CONTENT_MOST = 16 << 20

#: The fields of a slot's device that are the slot's: they outlast power-off, as what is in it does.
OWN = ("length", "protected", "changes", "identity", "written")


def content(size: int) -> Any:
    """What is in the slot, up to *size* bytes; zeros behind its ``length``."""
    return Spec("u1", (size,), 0, "content")


class Reader(Device):
    """A device with a slot; a subclass declares ``content`` and, where it writes, ``written``.

    ``length`` is that of what is in the slot, 0 while it is empty; ``protected`` is 1 for what must
    not be written; ``changes`` counts what was put in and taken out, modulo 2³².
    """

    unit: int = integer(512, fixed=True)
    length: int = integer()
    protected: int = integer()
    changes: int = integer()
    identity = array("u1", 32)


@shared
def put(reader: Any, at: int, value: int) -> None:
    """Write *value* at offset *at* of the content of a :class:`Reader`."""
    reader.written[at // reader.unit] = 1
    reader.content[at] = value


@dataclass(frozen=True)
class Slot:
    """A slot: the device that has it, the kind of media for it, and how a file of one is read.

    *read* may raise :class:`emucore.base.errors.UserError` for what is no such medium, and
    :class:`OSError`.
    """

    name: str
    device: Reader
    kind: str
    title: str
    read: Callable[[Path], Medium]

    @property
    def capacity(self) -> int:
        """Bytes that a medium may have."""
        return self.device.fields["content"].shape[0]

    @property
    def writable(self) -> bool:
        """Whether the device can write."""
        return "written" in self.device.fields

    @property
    def unit(self) -> int:
        """Bytes of a unit, of which it is known whether it was written."""
        return int(self.device.initial["unit"])

    def own(self) -> set[str]:
        """Names of the arena's fields that are the slot's."""
        return {f"{self.device.name}.{name}" for name in OWN}

    def wrong(self) -> str:
        """What contradicts itself in the description; nothing if all is well."""
        spec, unit = self.device.fields.get("content"), self.unit
        if spec is None or spec.role != "content" or spec.code != "u1":
            return "its device has no field of content"
        if not 0 < self.capacity <= CONTENT_MOST:
            return f"a content of {self.capacity:,} bytes is not within {CONTENT_MOST:,}"
        if self.writable and (
            unit < 1 or self.device.fields["written"].shape != (self.capacity // unit,)
        ):
            return f"written needs an element for each {unit:,} bytes of content"
        return f"{self.capacity % unit} bytes are no unit" if self.capacity % unit else ""
