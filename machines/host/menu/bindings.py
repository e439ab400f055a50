"""The menu's pages of what presses buttons and hotkeys, and the question where two want one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from machines.host.input.controls import ACTIONS, is_pad, shown, usual_controls
from machines.host.menu.model import Item, Page, question
from machines.host.menu.played import Session


@dataclass(frozen=True)
class Binding:
    """A button of the machine's or (``action``) a hotkey, and what presses it."""

    session: Session
    name: str
    action: bool = False

    @property
    def title(self) -> str:
        """What the menu calls it."""
        if self.action:
            return ACTIONS[self.name][0]
        return self.session.machine.board.inputs[self.name].title

    @property
    def _all(self) -> dict[str, list[str]]:
        controls = self.session.controls
        return controls.actions if self.action else controls.inputs

    @property
    def controls(self) -> list[str]:
        """What presses it."""
        return self._all[self.name]

    @property
    def usual(self) -> list[str]:
        """What does by default."""
        if self.action:
            return list(ACTIONS[self.name][1])
        return usual_controls(self.session.machine.board.inputs[self.name])

    def bind(self, controls: Sequence[str]) -> None:
        """Have *controls* press it."""
        new = self._all[self.name] = list(dict.fromkeys(controls))
        if self.action:
            self.session.settings.bind_action(self.name, new)
        else:
            self.session.settings.bind_input(self.session.machine.board.name, self.name, new)

    def with_(self, control: str) -> list[str]:
        """Its controls with *control* in place of the others of its kind: keys, or pads."""
        others = [c for c in self.controls if is_pad(c) != is_pad(control)]
        return [*others, control] if is_pad(control) else [control, *others]


def every(session: Session) -> list[Binding]:
    """All that can be pressed."""
    inputs = [Binding(session, name) for name in session.controls.inputs]
    return inputs + [Binding(session, name, action=True) for name in session.controls.actions]


def give(binding: Binding, controls: list[str]) -> Page | None:
    """Have *controls* press it; a question first, if one of them presses something else already."""
    taken = [c for c in controls if c not in binding.controls]
    others = [
        b for b in every(binding.session) if b != binding and not set(taken).isdisjoint(b.controls)
    ]
    if not others:
        binding.bind(controls)
        return None
    lost = [c for c in binding.controls if c not in controls]

    def swapped(other: Binding) -> list[str]:
        """What is left to another, with what this one had before in place of what it loses."""
        pads = {is_pad(c) for c in other.controls if c in taken}
        left = [c for c in other.controls if c not in taken]
        return left + [c for c in lost if is_pad(c) in pads] * (other is others[0])

    def swap() -> None:
        rest = [swapped(other) for other in others]
        binding.bind(controls)
        for other, new in zip(others, rest, strict=True):
            other.bind(new)

    names = " and ".join(other.title for other in others)
    keys = " and ".join(shown(c) for c in taken if any(c in o.controls for o in others))
    gets = ", ".join(map(shown, swapped(others[0]))) or "nothing"
    answers = [
        (f"Swap: {others[0].title} gets {gets}", swap),
        (f"Keep both: {keys} does all of it", lambda: binding.bind(controls)),
        ("Cancel", lambda: None),
    ]
    if any(other.action and other.name == "menu" and not swapped(other) for other in others):
        del answers[0]  # there would be no way back into the menu
    return question(binding.session.menu, f"{keys} is used by {names}", answers)


def _item(binding: Binding) -> Item:
    return Item(
        binding.title,
        ", ".join(map(shown, binding.controls)) or "Not set",
        capture=lambda control: give(binding, binding.with_(control)),
        clear=lambda: give(binding, binding.usual),
    )


def _page(session: Session, title: str, bindings: list[Binding]) -> Page:
    """What presses *bindings*, and a line that gives all of them their defaults."""

    def put(these: list[Binding]) -> None:
        for binding in these:
            if binding.controls != binding.usual:
                binding.bind(binding.usual)

    def reset() -> Page | None:
        usual = {c for binding in bindings for c in binding.usual}
        others = [
            b
            for b in every(session)
            if b not in bindings and not usual.isdisjoint(set(b.controls) - set(b.usual))
        ]
        if not others:
            put(bindings)
            return None
        names = " and ".join(other.title for other in others)
        answers: list[tuple[str, Callable[[], None]]] = [
            (f"Reset {names} too", lambda: put([*bindings, *others])),
            ("Keep both", lambda: put(bindings)),
            ("Cancel", lambda: None),
        ]
        return question(session.menu, f"{names} has one of these keys", answers)

    last = Item("Reset to defaults", enter=reset)
    return Page(title, lambda: [*map(_item, bindings), last])


def inputs_page(session: Session) -> Page:
    """What presses the machine's buttons."""
    return _page(session, "Inputs", [b for b in every(session) if not b.action])


def hotkeys_page(session: Session) -> Page:
    """What makes the window do something."""
    return _page(session, "Hotkeys", [b for b in every(session) if b.action])
