"""Cartridges: what a board is made from.

    cart = read_cartridge(path, "toy", FORMS)
    mapper = cart.text("mapper", MAPPERS)
    ram = cart.number("ram", most=0x8000)

What its header says is checked by its :class:`machines.media.forms.Form`; where a software list
knows the content, the list is right.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emucore.base.errors import MachineError, UserError
from emucore.base.medium import Medium
from machines.media import softlist
from machines.media.forms import Form, read_image
from machines.media.softlist import Lists, Software


@dataclass(frozen=True)
class Cartridge:
    """A cartridge, and what is known of it: by its header (*said*), and by a list (*software*)."""

    medium: Medium
    said: Mapping[str, Any]
    software: Software | None = None

    @property
    def content(self) -> bytes:
        """What is in its ROMs."""
        return self.medium.content

    @property
    def title(self) -> str:
        """Its title, if a list knows it."""
        return self.software.title if self.software is not None else ""

    @property
    def quirks(self) -> tuple[str, ...]:
        """What a machine must know beside the board, if a list does."""
        return self.software.quirks if self.software is not None else ()

    @property
    def facts(self) -> dict[str, Any]:
        """What is in it."""
        return {**self.said, **(self.software.facts() if self.software is not None else {})}

    @property
    def lies(self) -> dict[str, tuple[Any, Any]]:
        """What the header says otherwise than the list: both values by name."""
        facts = self.facts
        return {n: (v, facts[n]) for n, v in self.said.items() if facts[n] != v}

    def number(self, name: str, usual: int | None = None, *, most: int) -> int:
        """The fact *name*, a number of at most *most*; :class:`MachineError` if it is none."""
        value = self.facts.get(name, usual)
        if type(value) is not int or not 0 <= value <= most:
            raise self._refused(name, value, f"a number up to {most:,}")
        return value

    def text(self, name: str, known: Collection[str], usual: str | None = None) -> str:
        """The fact *name*, one of *known*; :class:`MachineError` if it is none of them."""
        value = self.facts.get(name, usual)
        if not isinstance(value, str) or value not in known:
            raise self._refused(name, value, f"one of {', '.join(sorted(known))}")
        return value

    def flag(self, name: str, usual: bool | None = False) -> bool:
        """The fact *name*, yes or no; :class:`MachineError` if it is neither."""
        value = self.facts.get(name, usual)
        if not isinstance(value, bool):
            raise self._refused(name, value, "true or false")
        return value

    def _refused(self, name: str, value: object, words: str) -> MachineError:
        listed = self.software is not None and name in self.software.facts()
        who = self.software.where if listed and self.software is not None else "its header"
        told = f"{who} says {name} = {value!r:.40}" if value is not None else f"no {name} is known"
        return MachineError(f"{self.medium.where}: {told}; expected {words}")


def read_cartridge(
    path: Path, machine: str, forms: Sequence[Form], known: Lists | None = None
) -> Cartridge:
    """The cartridge in the file *path* (or the one in a zip or folder), for *machine*.

    Raises :class:`MachineError` in one line for what is none, or what is wrong in a list;
    :class:`OSError` for what cannot be read.
    """
    image = read_image(path, "cartridge", forms)
    try:
        known = softlist.lists() if known is None else known
    except UserError as error:
        raise MachineError(str(error)) from None
    return Cartridge(image.medium, image.facts, known.find(image.medium.content, machine))


def recogniser(machine: str, forms: Sequence[Form]) -> Callable[[Path], str]:
    """A function that gives the title of a cartridge that is surely for *machine*, as a list or the
    beginning of its header tells; nothing for what may be any file.

    It raises as :func:`read_cartridge` does.
    """

    def recognise(path: Path) -> str:
        cart = read_cartridge(path, machine, forms)
        sure = any(form.magic and form.begins(cart.medium.head) for form in forms)
        return cart.title or (Path(cart.medium.name).stem if sure else "")

    return recognise
