"""The menu's pages of what does what: inputs, a keyboard's keys, hotkeys; and the question where
two want one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from machines.host.input.controls import ACTIONS, device, shown
from machines.host.input.usual import Row, moving
from machines.host.menu.model import Item, Page, choice, question
from machines.host.menu.played import Session


@dataclass(frozen=True)
class Binding:
    """A row of the machine's inputs or (``action``) a hotkey, and what presses or moves it."""

    session: Session
    name: str
    action: bool = False

    @property
    def title(self) -> str:
        """What the menu calls it."""
        if self.action:
            return ACTIONS[self.name][0]
        return self.session.controls.rows[self.name].title

    @property
    def row(self) -> Row | None:
        """What there is of the machine's."""
        return None if self.action else self.session.controls.rows[self.name]

    @property
    def is_key(self) -> bool:
        """Whether it is a key of the machine's keyboard."""
        return self.row is not None and self.row.is_key

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
        return list(self.session.controls.rows[self.name].usual)

    def bind(self, controls: Sequence[str]) -> None:
        """Have *controls* press it."""
        new = self._all[self.name] = list(dict.fromkeys(controls))
        if self.action:
            self.session.settings.bind_action(self.name, new)
        else:
            self.session.settings.bind_input(self.session.machine.board.name, self.name, new)

    def with_(self, control: str) -> list[str]:
        """Its controls with *control* in place of the others of its kind: keys, pads, mouse."""
        others = [c for c in self.controls if device(c) != device(control)]
        return [control, *others] if device(control) == "key" else [*others, control]

    def taken(self, control: str) -> Page | None:
        """*control* was pressed or moved for it."""
        row = self.row
        if row is not None and row.way is None:
            control = moving(row.item, control)
            if not control:
                self.session.player.say("It is moved by a stick or the mouse")
                return None
        return give(self, self.with_(control))

    def may_share(self, other: Binding) -> bool:
        """Whether another may have the same: a keyboard's keys and hotkeys take turns."""
        return self == other or (self.is_key and other.action) or (self.action and other.is_key)


def every(session: Session) -> list[Binding]:
    """All that can be pressed."""
    inputs = [Binding(session, name) for name in session.controls.inputs]
    return inputs + [Binding(session, name, action=True) for name in session.controls.actions]


def give(binding: Binding, controls: list[str]) -> Page | None:
    """Have *controls* press it; a question first, if one of them presses something else already."""
    taken = [c for c in controls if c not in binding.controls]
    others = [
        b
        for b in every(binding.session)
        if not binding.may_share(b) and not set(taken).isdisjoint(b.controls)
    ]
    if not others:
        binding.bind(controls)
        return None
    lost = [c for c in binding.controls if c not in controls]

    def swapped(other: Binding) -> list[str]:
        """What is left to another, with what this one had before in place of what it loses."""
        devices = {device(c) for c in other.controls if c in taken}
        left = [c for c in other.controls if c not in taken]
        return left + [c for c in lost if device(c) in devices] * (other is others[0])

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
        capture=binding.taken,
        moved=binding.row is not None and binding.row.way is None,
        clear=lambda: give(binding, binding.usual),
    )


def _page(
    session: Session,
    title: str,
    bindings: list[Binding],
    more: Callable[[], list[Item]] = list,
) -> Page:
    """What presses *bindings*, *more*, and a line that gives all of them their defaults."""

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
    return Page(title, lambda: [*map(_item, bindings), *more(), last])


def inputs_page(session: Session) -> Page:
    """What presses and moves the machine's inputs."""
    bindings = [b for b in every(session) if not b.action and not b.is_key]

    def more() -> list[Item]:
        rows = [b.row for b in bindings if b.row is not None and b.row.way is None]
        items = [_sensitivity(session, key, title) for key, title in _SENSITIVITIES] if rows else []
        keyboard = Item("Keyboard …", enter=lambda: keyboard_page(session))
        return items + [keyboard] * session.controls.keyboard

    return _page(session, "Inputs", bindings, more)


def keyboard_page(session: Session) -> Page:
    """What presses the keys of the machine's keyboard."""

    def more() -> list[Item]:
        return [
            choice(
                "Keyboard is",
                (True, False),
                session.controls.captured,
                session.capture,
                lambda captured: "The machine's" if captured else "For hotkeys",
            )
        ]

    return _page(session, "Keyboard", [b for b in every(session) if b.is_key], more)


#: Settings of what moves something, and what the menu calls them.
_SENSITIVITIES = (
    ("mouse", "Mouse sensitivity"),
    ("stick", "Stick sensitivity"),
    ("keys", "Key speed"),
    ("deadzone", "Stick dead zone"),
)


def _sensitivity(session: Session, key: str, title: str) -> Item:
    return choice(
        title,
        range(0, 55, 5) if key == "deadzone" else range(10, 310, 10),
        session.settings["input", key],
        lambda value: session.settings.change(("input", key), value),
        lambda value: f"{value} %",
        ends=True,
    )


def hotkeys_page(session: Session) -> Page:
    """What makes the window do something."""
    return _page(session, "Hotkeys", [b for b in every(session) if b.action])
