"""What a script of version 0.1.0 imports goes on, with one warning that says what it is now.

``names-0.1.0.txt`` has all public names of its modules; constants that stand for
nothing today, and type variables, are left out.
"""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType

import pytest
from places import ROOT

import emucore.base.old_names
import emucore.base.renamed as renamed
import jit.base.old_names
import machines.old_names

TABLES = (emucore.base.old_names, jit.base.old_names, machines.old_names)
MOVED = {old: new for table in TABLES for old, new in table.MOVED.items()}
RENAMED = {old: new for table in TABLES for old, new in table.RENAMED.items()}
NAMES = {
    line.split()[0]: line.split()[1:]
    for line in (ROOT / "tests" / "project" / "names-0.1.0.txt").read_text().splitlines()
}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Old modules have not been imported, and are not kept."""

    def forget() -> None:
        for name, module in list(sys.modules.items()):
            if isinstance(module, renamed._Moved):
                del sys.modules[name]
                whole, _, part = name.rpartition(".")
                vars(sys.modules.get(whole) or ModuleType("none")).pop(part, None)

    forget()
    yield
    forget()


def told(old: str) -> tuple[ModuleType, list[str]]:
    """The module, and what was said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        module = importlib.import_module(old)
    return module, [str(w.message) for w in caught if w.category is DeprecationWarning]


def is_package(old: str) -> bool:
    """Whether it is the name of a package today."""
    return (ROOT / old.replace(".", "/") / "__init__.py").exists()


@pytest.mark.parametrize("old", MOVED)
def test_every_row(old: str) -> None:
    """The new modules are there, and the old one leads to them, with one warning."""
    homes = MOVED[old].split()
    for home in homes:
        importlib.import_module(home)
    module, messages = told(old)
    if is_package(old):
        assert messages == []
        return
    assert len(messages) == 1
    assert messages[0].startswith(f"{old} is {' and '.join(homes)}")
    assert told(old) == (module, [])  # once
    assert set(dir(module)) >= set(NAMES[old])


@pytest.mark.parametrize("old", NAMES)
def test_every_name(old: str) -> None:
    """All that a module had; of those that a class or function is, the one that there is now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = importlib.import_module(old)
        for name in NAMES[old]:
            value = getattr(module, name)
            new = RENAMED.get(f"{old}.{name}", name).rpartition(":")[2]
            if isinstance(value, type) and value.__module__.startswith(("emucore", "jit")):
                assert value.__name__ == new
                assert getattr(sys.modules[value.__module__], new) is value


def test_a_name_of_a_package_that_was_a_module() -> None:
    import emucore.plan
    from emucore.plan.plan import Plan

    vars(emucore.plan).pop("Plan", None)
    with pytest.warns(DeprecationWarning, match=r"emucore.plan.Plan is emucore.plan.plan.Plan now"):
        assert emucore.plan.Plan is Plan  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"module 'emucore.plan' has no attribute 'nothing'"):
        emucore.plan.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_what_is_set_is_set_where_it_is_now() -> None:
    from jit.llvm import dispatch_table

    module, _ = told("jit.slots")
    before = dispatch_table.HOT
    try:
        module.HOT = 16  # type: ignore[attr-defined]
        assert dispatch_table.HOT == 16
    finally:
        dispatch_table.HOT = before
    module.OWN = 1  # type: ignore[attr-defined]
    assert not hasattr(dispatch_table, "OWN")


def test_a_package_that_moved_takes_what_is_in_it_along() -> None:
    """One module, not another copy of it, and one warning."""
    from machines.arcade.invaders import board

    module, messages = told("machines.invaders.board")
    assert module.make_board is board.make_board  # type: ignore[attr-defined]
    assert [m.partition(" is ")[0] for m in messages] == ["machines.invaders"]
    assert sys.modules["machines.arcade.invaders"].board is board  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name", ["emucore.nothing", "emucore.rewind.nothing", "jit.slots.x", "machines.invaders.x"]
)
def test_what_never_was_is_not_there(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=re.escape(f"No module named {name!r}")):
        told(name)


def python(source: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", source]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)


@pytest.mark.parametrize(
    ("source", "old"),
    [
        ("from emucore.rewind import Rewind", "emucore.rewind"),
        ("import jit.slots; assert jit.slots.HOT", "jit.slots"),
        ("from emucore import container; container.pack", "emucore.container"),
        ("from emucore.registers import Registers, offsets, size", "emucore.registers"),
        ("from emucore.trace import Block, Cpu", "emucore.trace"),
        ("from emucore.elf import *; parse", "emucore.elf"),
        ("from emucore.device import Device, line; line()", "emucore.device.line"),
        ("from machines.invaders.board import make_board", "machines.invaders"),
    ],
)
def test_a_script_is_told_once(source: str, old: str) -> None:
    """Without options: Python shows a script its own."""
    done = python(source)
    assert done.stderr.count("DeprecationWarning") == 1
    assert f"DeprecationWarning: {old} is " in done.stderr


def test_who_uses_today_s_names_pays_nothing() -> None:
    """The tables are not even read."""
    source = """
import sys, machines
machines.load("invaders", engine="interp").run(frames=1)
from machines.host.cli import run
import machines.host.session.session
print([m for m in sys.modules if m.endswith("old_names")])
"""
    assert python(source).stdout == "[]\n"


def test_the_change_log_has_the_same_table() -> None:
    rows = re.findall(
        r"^\| `([\w.]+)` \| (.*) \|$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert [old for old, _ in rows] == list(MOVED)
    for old, new in rows:
        paths = [path for path in re.findall(r"`([\w.…]+)`", new) if "." in path or "…" in path]
        first = paths[0].rpartition(".")[0]
        assert [path.replace("…", f"{first}.") for path in paths] == MOVED[old].split(), old
        for name, now in re.findall(r"`(\w+)`: `(\w+)`", new):
            assert RENAMED[f"{old}.{name}"] == now
