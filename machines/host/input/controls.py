"""What keys, game pads and mouse mean: which control does what to an input, or asks for an action.

A control is a name: a key as pygame calls it (``left ctrl``, ``5``, ``f7``), with modifiers
before it (``shift+f7``), a part of a game pad (``pad1 a``, ``pad1 leftx-``) or a button of the
mouse (``mouse left``).  Some only move things: a stick's way (``pad1 leftx``) or both
(``pad1 leftxy``), the mouse's (``mouse x``) or the place it points at (``mouse``).  This module
knows neither keyboard nor pad nor mouse: it is told when a control goes down and up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from emucore.board.inputs import Input
from machines.host.input.usual import rows

#: Actions: title, and controls as in MAME (whose Alt+Enter and Esc are everyone's).
ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "menu": ("Menu", ("tab", "pad1 guide", "pad1 rightstick")),
    "pause": ("Pause", ("p",)),
    "advance": ("Frame advance", ("shift+p",)),
    "reset": ("Reset", ("f3",)),
    "load": ("Load state", ("f7",)),
    "save": ("Save state", ("shift+f7",)),
    "next_slot": ("Next slot", ("f6",)),
    "last_slot": ("Previous slot", ("shift+f6",)),
    "rewind": ("Rewind (hold)", ("`", "pad1 leftshoulder")),
    "throttle": ("Throttle", ("f10",)),
    "fast": ("Fast forward (hold)", ("page down", "pad1 rightshoulder")),
    "fullscreen": ("Fullscreen", ("alt+return",)),
    "screenshot": ("Screenshot", ("f12",)),
    "keyboard": ("Keyboard for hotkeys", ("scroll lock",)),
    "paste": ("Paste text", ("shift+insert",)),
    "quit": ("Quit", ("escape",)),
}

#: Actions whose keys a machine with a keyboard does not get, and those that others do not have.
RESERVED = ("menu", "keyboard")
TYPING = ("keyboard", "paste")

#: Keys that a modifier stands for.
MODIFIERS = {
    "shift": ("left shift", "right shift"),
    "alt": ("left alt", "right alt"),
    "ctrl": ("left ctrl", "right ctrl"),
}

#: What a mouse has: how it is moved, where it points, buttons.
MOUSE = ("mouse", "mouse x", "mouse y", *(f"mouse {b}" for b in ("left", "middle", "right")))

#: Parts of a pad in short, as pads' makers do: LS is the left stick, RB the right shoulder button.
_PARTS_SHOWN = {
    **{f"dp{way}": way.capitalize() for way in ("up", "down", "left", "right")},
    **{
        f"{side}{part}": side[0].upper() + short
        for side in ("left", "right")
        for part, short in (
            ("stick", "S click"),
            ("shoulder", "B"),
            ("trigger+", "T"),
            ("x-", "S left"),
            ("x+", "S right"),
            ("y-", "S up"),
            ("y+", "S down"),
            ("x", "S across"),
            ("y", "S up and down"),
            ("xy", "S"),
            ("trigger", "T"),
        )
    },
}


def is_pad(control: str) -> bool:
    """Whether a control is a pad's."""
    number, space, part = control.partition(" ")
    return number.startswith("pad") and number[3:].isdigit() and bool(space and part)


def is_mouse(control: str) -> bool:
    """Whether a control is the mouse's."""
    return control in MOUSE


def device(control: str) -> str:
    """What a control is of: ``pad``, ``mouse`` or ``key``."""
    return "pad" if is_pad(control) else "mouse" if is_mouse(control) else "key"


def split(control: str) -> tuple[frozenset[str], str]:
    """The modifiers of a control and what is left of its name."""
    modifiers: set[str] = set()
    while True:
        head, plus, rest = control.partition("+")
        if not plus or not rest or head not in MODIFIERS:
            return frozenset(modifiers), control
        modifiers.add(head)
        control = rest


#: Buttons that begin a game, in a word.
_FIRST = (("coin", "coin"), ("start1", "start"), ("start", "start"))

#: What keys are called where pygame's name is not what is printed on them.
_NAMES = {"escape": "Esc", "return": "Enter", "ctrl": "Ctrl", "delete": "Del"}


def shown(control: str) -> str:
    """A control as people write it: Shift+F7, Left Ctrl, Pad 1 A."""
    modifiers, key = split(control)
    if is_pad(key):
        number, _, part = key.partition(" ")
        key = f"Pad {number[3:]} {_PARTS_SHOWN.get(part, part.capitalize())}"
    else:
        key = " ".join(_NAMES.get(word, word.capitalize()) for word in key.split(" "))
    return "+".join([*(m.capitalize() for m in MODIFIERS if m in modifiers), key])


@dataclass(frozen=True)
class Change:
    """An input or (``action``) an action that begins or ends."""

    name: str
    down: bool
    action: bool = False


class Controls:
    """The state of all controls, and what they mean to a board with *inputs*.

    *actions* and *bound* are the settings' controls of actions and inputs; the usual ones are taken
    for what they do not name.  A machine's own keyboard has the keys (``captured``) until it is
    told otherwise.
    """

    def __init__(
        self,
        inputs: Iterable[Input],
        actions: Mapping[str, list[str]] | None = None,
        bound: Mapping[str, list[str]] | None = None,
    ) -> None:
        actions, bound = actions or {}, bound or {}
        #: What there is to be pressed and moved: see :class:`machines.host.input.usual.Row`.
        self.rows = rows(inputs)
        self.inputs = {name: list(bound.get(name, row.usual)) for name, row in self.rows.items()}
        #: Whether the machine has a keyboard, and whether that has the keys now.
        self.keyboard = any(row.is_key for row in self.rows.values())
        self.captured = self.keyboard
        self.actions = {
            name: list(actions.get(name, usual))
            for name, (_, usual) in ACTIONS.items()
            if self.keyboard or name not in TYPING
        }
        #: Controls that are down, and what each of them began.
        self._held: dict[str, list[Change]] = {}

    def feed(self, control: str, down: bool) -> list[Change]:
        """*control* has gone down or up; what begins or ends by that."""
        if down == (control in self._held):
            return []
        if not down:
            return self._end(self._held.pop(control))
        before = self.pressed()
        begun = self._meaning(control)
        self._held[control] = begun
        return [c for c in begun if c.action or c.name not in before]

    def _meaning(self, control: str) -> list[Change]:
        """What *control* begins: an action that has it with most of the modifiers that are held.

        Without any, that and inputs; but an input alone where both have it by default: somebody who
        gave it to both wants both.  On a machine with a keyboard its keys go before all actions but
        the :data:`RESERVED`.
        """
        found = []
        for name, controls in self.actions.items():
            for modifiers, rest in map(split, controls):
                if rest == control and all(self._modified(m) for m in modifiers):
                    found.append((len(modifiers), name))
        pressed = [
            n
            for n, controls in self.inputs.items()
            if control in controls and (self.captured or not self.rows[n].is_key)
        ]
        if any(self.rows[name].is_key for name in pressed):
            found = [(count, name) for count, name in found if name in RESERVED]
            if found:
                pressed = []
        most = max((count for count, _ in found), default=0)
        if most:
            pressed = []
        if any(control in self.rows[name].usual for name in pressed):
            found = [(count, name) for count, name in found if control not in ACTIONS[name][1]]
        actions = [Change(name, True, action=True) for count, name in found if count == most]
        return [Change(name, True) for name in pressed] + actions

    def _modified(self, modifier: str) -> bool:
        return any(key in self._held for key in MODIFIERS[modifier])

    def _end(self, begun: list[Change]) -> list[Change]:
        still = self.pressed()
        return [Change(c.name, False, c.action) for c in begun if c.action or c.name not in still]

    def pressed(self) -> set[str]:
        """The inputs that are held down."""
        return {c.name for begun in self._held.values() for c in begun if not c.action}

    def track(self, control: str, down: bool) -> None:
        """*control* has gone down or up and means nothing now: a menu has it."""
        if down:
            self._held.setdefault(control, [])
        else:
            self._held.pop(control, None)

    def release(self) -> list[Change]:
        """Let go of everything; what ends by that."""
        ended = []
        while self._held:
            ended += self._end(self._held.popitem()[1])
        return ended

    def combination(self, control: str) -> str:
        """*control* with the modifiers that are held: how a menu names it."""
        if self.is_modifier(control):
            return control
        return "".join(f"{m}+" for m in MODIFIERS if self._modified(m)) + control

    @staticmethod
    def is_modifier(control: str) -> bool:
        """Whether *control* is a key like Shift."""
        return any(control in keys for keys in MODIFIERS.values())

    def unknown(self, is_control: Callable[[str], bool]) -> list[str]:
        """What is wrong with the controls: those that there are not."""
        return [
            f"{name}: no key {control!r:.30}"
            for name, controls in [*self.inputs.items(), *self.actions.items()]
            for control in controls
            if not is_control(control)
        ]

    def hint(self) -> str:
        """What somebody who sees the machine for the first time has to know, as far as it is so."""
        told = [(self.actions["menu"], "menu")]
        told += [(self.actions.get("keyboard", []), "hotkeys")]
        told += [(self.inputs[name], word) for name, word in _FIRST if name in self.inputs]
        keys = [(next((c for c in cs if device(c) == "key"), cs[0]), w) for cs, w in told if cs]
        return "   ".join(f"{shown(key)}: {word}" for key, word in keys)
