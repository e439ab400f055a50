"""A player's settings: a TOML file that people edit and the menu changes.

    [video]
    filter = "scanlines"             # crisp, smooth or scanlines
    [actions]
    pause = ["p", "pad1 back"]
    [machines.invaders.controls]
    fire = ["left ctrl", "pad1 a"]
    [machines.invaders.switches]
    lives = "6"

What is wrong in the file is told in one line and its usual value taken.  Changes are written into
the file as it is then: comments and unknown keys stay.  Where that cannot be done, the session goes
on with the changes in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emucore.base import toml
from emucore.base.errors import UserError
from emucore.base.files import read_text, write_atomically
from emucore.machine import Machine
from machines.host.input.controls import ACTIONS
from machines.host.input.usual import rows

#: Bytes that a settings file may have.
MOST = 1 << 20
SLOTS = 10

FILTERS = ("crisp", "smooth", "scanlines")
FITS = ("whole", "fill")
DOTS = ("square", "tube")
SCALES = range(17)
#: Per cent of what is usual, at least and at most.
SENSITIVITY = (5, 1000)
#: Engines that are fast enough to be played on: the reference is not, by far.
PLAYED = ("interp", "jit")


@dataclass(frozen=True)
class Rule:
    """What values a setting may have, as a test and in words."""

    good: Callable[[Any], bool]
    words: str

    def __call__(self, value: Any) -> bool:
        return self.good(value)


def choices(values: Iterable[object]) -> str:
    """*values* in words: crisp, smooth or scanlines."""
    *others, last = map(str, values)
    return f"{', '.join(others)} or {last}" if others else last


def _one_of(*values: Any) -> Rule:
    words = choices(str(v).lower() if isinstance(v, bool) else f'"{v}"' for v in values)
    return Rule(lambda value: type(value) is type(values[0]) and value in values, words)


def _within(low: int, high: int) -> Rule:
    return Rule(lambda value: type(value) is int and low <= value <= high, f"{low} to {high}")


_words = Rule(
    lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    'texts, as ["p", "pad1 a"]',
)
_text = Rule(lambda value: isinstance(value, str), 'a text, as "6"')


def _ignored(name: str, value: Any, words: str) -> str:
    """That a value was not taken, and which would be, in one line."""
    name = name if name.isprintable() else ascii(name)
    return f"{name} = {value!r:.40} ignored: it may be {words}"


def _pair(low: int, high: int) -> Rule:
    within = _within(low, high)
    return Rule(
        lambda value: isinstance(value, list) and len(value) in (0, 2) and all(map(within, value)),
        f"[] or two numbers, {within.words}",
    )


#: Table and key of each plain setting: its usual value, and what values may be.
PLAIN: dict[tuple[str, str], tuple[Any, Rule]] = {
    ("video", "filter"): ("crisp", _one_of(*FILTERS)),
    ("video", "fit"): ("whole", _one_of(*FITS)),
    ("video", "dots"): (DOTS[0], _one_of(*DOTS)),  # as broad as high, or as on the machine's tube
    ("video", "scale"): (0, _within(0, max(SCALES))),  # of a new window; 0: what suits the desktop
    ("video", "size"): ([], _pair(1, 1 << 15)),  # of a window that was resized, and where it was
    ("video", "position"): ([], _pair(-(1 << 15), 1 << 15)),
    ("video", "fullscreen"): (False, _one_of(False, True)),
    ("video", "vsync"): (True, _one_of(False, True)),
    ("sound", "volume"): (100, _within(0, 100)),
    ("play", "engine"): (PLAYED[0], _one_of(*PLAYED)),
    ("play", "slot"): (1, _within(0, SLOTS - 1)),
    ("play", "rewind_mib"): (64, _within(0, 4096)),
    ("play", "media"): ([], _words),  # folders that the picker looks into
    ("input", "mouse"): (100, _within(*SENSITIVITY)),  # per cent, as the two that follow
    ("input", "stick"): (100, _within(*SENSITIVITY)),
    ("input", "keys"): (100, _within(*SENSITIVITY)),  # by which an axis or dial is pushed
    ("input", "deadzone"): (15, _within(0, 90)),  # per cent of a stick's way that are its middle
}


@dataclass
class Settings:
    """The settings in force: ``settings["video", "filter"]``; *path* None keeps them in memory.

    ``controls`` and ``switches`` are by machine; ``problems`` are what was wrong with the file.
    """

    path: Path | None = None
    values: dict[tuple[str, str], Any] = field(default_factory=dict)
    actions: dict[str, list[str]] = field(default_factory=dict)
    controls: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    switches: dict[str, dict[str, str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _changed: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def __getitem__(self, name: tuple[str, str]) -> Any:
        return self.values.get(name, PLAIN[name][0])

    def change(self, name: tuple[str, str], value: Any) -> None:
        """Set a plain setting."""
        self.values[name] = self._changed[name] = value

    def bind_action(self, action: str, controls: list[str]) -> None:
        """Let *controls* do *action*."""
        self.actions[action] = self._changed["actions", action] = controls

    def bind_input(self, machine: str, name: str, controls: list[str]) -> None:
        """Let *controls* press the input *name* of *machine*."""
        self.controls.setdefault(machine, {})[name] = controls
        self._changed["machines", machine, "controls", name] = controls

    def set_switch(self, machine: str, name: str, setting: str) -> None:
        """Remember a DIP switch of *machine*."""
        self.switches.setdefault(machine, {})[name] = setting
        self._changed["machines", machine, "switches", name] = setting

    def set_up(self, machine: Machine, besides: Container[str] = ()) -> None:
        """Set *machine*'s DIP switches as they are remembered, *besides* some.

        What is set for it and does not exist becomes a problem.
        """
        name = machine.board.name
        known_rows = rows(machine.board.inputs.values())
        for row in self.controls.get(name, {}):
            if row not in known_rows:
                there = ", ".join(known_rows)
                self.problems.append(f"machines.{name}.controls.{row} ignored: there are {there}")
        for switch, setting in self.switches.get(name, {}).items():
            where = f"machines.{name}.switches.{switch}"
            known = machine.board.switches.get(switch)
            if known is None:
                there = ", ".join(machine.board.switches)
                self.problems.append(f"{where} ignored: there are {there}")
            elif setting not in known.settings:
                words = choices(f'"{word}"' for word in known.settings)
                self.problems.append(_ignored(where, setting, words))
            elif switch not in besides:
                machine.set_switch(switch, setting)

    def save(self) -> str:
        """Write what has changed since it last was written; why that cannot be, or nothing."""
        if self.path is None or not self._changed:
            return ""
        import tomlkit  # only here: it is slow to import
        from tomlkit.exceptions import TOMLKitError

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            text = _beginning() if new else read_text(self.path, MOST)
            toml.parse(text)
            document = tomlkit.parse(text)
            for where, value in self._changed.items():
                table: Any = document
                for name in where[:-1]:
                    if not isinstance(table.get(name), dict):
                        table[name] = tomlkit.table()
                    table = table[name]
                table[where[-1]] = value
            write_atomically(self.path, tomlkit.dumps(document))
        except OSError as error:
            return f"settings not kept: {self.path}: {error.strerror}"
        except (TOMLKitError, UserError) as error:
            why = str(error).removeprefix(f"{self.path}: ")
            return f"settings not kept: {self.path}: {' '.join(why.split())}"
        self._changed = {}
        return ""


def _beginning() -> str:
    """What a new file begins with: everything there is to set, as it usually is, as comments."""
    import tomlkit

    usual: dict[str, dict[str, Any]] = {}
    for (table, key), (value, _) in PLAIN.items():
        usual.setdefault(table, {})[key] = value
    usual["actions"] = {name: list(controls) for name, (_, controls) in ACTIONS.items()}
    lines = tomlkit.dumps(usual).splitlines()
    return "".join(f"{line}\n" for line in [*_HEAD, *(f"# {line}".rstrip() for line in lines)])


_HEAD = """\
# Settings of emu play.  The menu (Tab) writes below what is changed; what is as usual need not
# be here.  filter: crisp, smooth, scanlines; fit: whole, fill; dots: square, tube; scale 0: what
# suits.  Controls are keys (x, left ctrl, f7), with shift+, alt+ or ctrl+ before them, or parts of
# a pad (pad1 a, pad2 leftx-), or the mouse's (mouse left); what moves a paddle is pad1 leftx or
# mouse x, what aims a gun mouse or pad1 leftxy.  A machine's are [machines.NAME.controls], its DIP
# switches [machines.NAME.switches].  Of input, all is in per cent.
#
""".splitlines()


def load(path: Path) -> Settings:
    """The settings in *path*; the usual ones where there is no such file, or what is wrong."""
    settings = Settings(path)
    try:
        content = toml.parse(read_text(path, MOST))
    except FileNotFoundError:
        return settings
    except OSError as error:
        settings.problems.append(f"all of it ignored: {error.strerror}")
        return settings
    except UserError as error:
        why = str(error).removeprefix(f"{path}: ")
        settings.problems.append(f"all of it ignored: {why}")
        return settings
    _read(settings, content)
    return settings


def _read(settings: Settings, content: dict[str, Any]) -> None:
    wrong = settings.problems.append
    for (table, key), (_, good) in PLAIN.items():
        rows = _table(settings, content, table)
        if key in rows:
            if good(rows[key]):
                settings.values[table, key] = rows[key]
            else:
                wrong(_ignored(f"{table}.{key}", rows[key], good.words))
    rows = _rows(settings, _table(settings, content, "actions"), "actions", _words)
    settings.actions = rows
    for name in rows:
        if name not in ACTIONS:
            wrong(f"actions.{name} ignored: there are {', '.join(ACTIONS)}")
    machines = _table(settings, content, "machines")
    for name in machines:
        machine = _table(settings, machines, name, f"machines.{name}")
        for kind, good, kept in (
            ("controls", _words, settings.controls),
            ("switches", _text, settings.switches),
        ):
            rows = _table(settings, machine, kind, f"machines.{name}.{kind}")
            kept[name] = _rows(settings, rows, f"machines.{name}.{kind}", good)


def _table(
    settings: Settings, content: dict[str, Any], name: str, where: str = ""
) -> dict[str, Any]:
    """The table *name* of *content*, which is called *where* in the file."""
    table, where = content.get(name, {}), where or name
    if isinstance(table, dict):
        return table
    problem = _ignored(where, table, f"a table, as [{where}]")
    if problem not in settings.problems:
        settings.problems.append(problem)
    return {}


def _rows(settings: Settings, table: dict[str, Any], where: str, good: Rule) -> dict[str, Any]:
    """Those rows of *table* that are good; the others are problems."""
    for key, value in table.items():
        if not good(value):
            settings.problems.append(_ignored(f"{where}.{key}", value, good.words))
    return {key: value for key, value in table.items() if good(value)}
