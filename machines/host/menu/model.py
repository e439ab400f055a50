"""Menus as data: a page of items, each with a label, a value and what can be done with it.

Nothing here draws or reads keys: :mod:`machines.host.display.overlay` shows a :class:`Stack`, and
whoever has keys tells it their names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machines.host.input.controls import is_pad

#: What keys, and any pad's parts, mean to an open menu: a method of the stack, and its argument.
CONTROLS: dict[str, tuple[str, tuple[int, ...]]] = {
    "up": ("move", (-1,)),
    "down": ("move", (1,)),
    "left": ("step", (-1,)),
    "right": ("step", (1,)),
    "return": ("enter", ()),
    "enter": ("enter", ()),  # the keypad's
    "delete": ("clear", ()),
    "backspace": ("back", ()),
    "escape": ("back", ()),
}
PAD_CONTROLS = {
    **dict.fromkeys(("dpup", "lefty-"), CONTROLS["up"]),
    **dict.fromkeys(("dpdown", "lefty+"), CONTROLS["down"]),
    **dict.fromkeys(("dpleft", "leftx-"), CONTROLS["left"]),
    **dict.fromkeys(("dpright", "leftx+"), CONTROLS["right"]),
    "a": CONTROLS["return"],
    "b": CONTROLS["escape"],
    "y": CONTROLS["delete"],
}


#: Dots that the mouse is moved at a time where it is meant to be.
NUDGE = 3


@dataclass(frozen=True)
class Item:
    """A line.  ``enter`` chooses it and may give a page to open; ``step`` (-1, +1) changes it.

    ``capture`` makes it wait for a key or a pad's button and takes its name; ``clear`` gives it its
    default.  Both may give a page, too: a question.
    ``moved`` says that the mouse's being moved will do as well.
    ``picture`` is a file of a picture that belongs to it, ``note`` what there is to say of it.
    """

    label: str
    value: str = ""
    enter: Callable[[], Page | None] | None = None
    step: Callable[[int], None] | None = None
    capture: Callable[[str], Page | None] | None = None
    moved: bool = False
    clear: Callable[[], Page | None] | None = None
    picture: Path | None = None
    note: str = ""


@dataclass
class Page:
    """A menu: *items* makes its lines anew whenever it is shown."""

    title: str
    items: Callable[[], Sequence[Item]]
    chosen: int = 0


class Stack:
    """The open pages, the last of which is seen; none: the menu is closed."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        #: The item that waits for a control to be pressed.
        self.waiting: Item | None = None

    def __bool__(self) -> bool:
        return bool(self.pages)

    @property
    def page(self) -> Page:
        """The page that is seen."""
        return self.pages[-1]

    @property
    def items(self) -> Sequence[Item]:
        """Its lines, as they are now."""
        return self.page.items()

    @property
    def item(self) -> Item | None:
        """The chosen line; None on an empty page."""
        items = self.items
        self.page.chosen = max(0, min(self.page.chosen, len(items) - 1))
        return items[self.page.chosen] if items else None

    def obey(self, control: str) -> bool:
        """Do what a control that went down means here; False if that is nothing."""
        part = control.partition(" ")[2] if is_pad(control) else ""
        found = PAD_CONTROLS.get(part) or CONTROLS.get(control)
        if found is None:
            return False
        method, arguments = found
        getattr(self, method)(*arguments)
        return True

    def open(self, page: Page | None) -> None:
        """Show *page*, if there is one, over what is open; nothing is waited for any more."""
        if page is not None:
            self.pages.append(page)
            self.waiting = None

    def close(self) -> None:
        """Close everything."""
        self.pages.clear()
        self.waiting = None

    def move(self, by: int) -> None:
        """Choose another line; beyond the last comes the first."""
        self.page.chosen = (self.page.chosen + by) % max(1, len(self.items))

    def step(self, by: int) -> None:
        """Change the chosen line's value."""
        item = self.item
        if item is not None and item.step is not None:
            item.step(by)

    def enter(self) -> None:
        """Do what the chosen line is for; a value without other purpose goes one on."""
        item = self.item
        if item is None:
            return
        if item.capture is not None:
            self.waiting = item
        elif item.enter is not None:
            self.open(item.enter())
        else:
            self.step(1)

    def clear(self) -> None:
        """Give the chosen line its default."""
        item = self.item
        if item is not None and item.clear is not None:
            self.open(item.clear())

    def back(self) -> None:
        """Leave the page, or give up waiting for a control."""
        if self.waiting is not None:
            self.waiting = None
        else:
            self.pages.pop()

    def move_mouse(self, across: int, down: int) -> bool:
        """The mouse is moved so far: taken where that is waited for; whether a menu is open."""
        if self.waiting is not None and self.waiting.moved and max(abs(across), abs(down)) > NUDGE:
            self.take("mouse x" if abs(across) > abs(down) else "mouse y")
        return bool(self)

    def take(self, control: str) -> None:
        """The control that the chosen line waited for."""
        item, self.waiting = self.waiting, None
        if item is not None and item.capture is not None:
            self.open(item.capture(control))


def _shown(value: Any) -> str:
    return ("Off", "On")[value] if isinstance(value, bool) else str(value).capitalize()


def choice(
    label: str,
    values: Sequence[Any],
    value: Any,
    change: Callable[[Any], None],
    shown: Callable[[Any], str] = _shown,
    *,
    ends: bool = False,
) -> Item:
    """An item that goes round a list of values, *shown* as text; *change* gets the new one.

    One of numbers that *ends*, as a slider does, stays at the first and the last; a *value* that is
    none of them counts as the nearest.
    """
    at = values.index(value) if value in values else 0
    if ends:
        at = min(range(len(values)), key=lambda i: abs(values[i] - value))

    def step(by: int) -> None:
        new = at + by
        new = values[max(0, min(new, len(values) - 1)) if ends else new % len(values)]
        if new != value:
            change(new)

    return Item(label, shown(values[at] if ends else value), step=step)


def question(
    stack: Stack,
    title: str,
    answers: Sequence[tuple[str, Callable[[], Page | None] | Callable[[], None]]],
) -> Page:
    """A page of *stack* that asks, and is left by any answer; the first one is chosen."""

    def answered(do: Callable[[], Page | None] | Callable[[], None]) -> Callable[[], Page | None]:
        def enter() -> Page | None:
            stack.back()
            return do()

        return enter

    items = [Item(text, enter=answered(do)) for text, do in answers]
    return Page(title, lambda: items)
