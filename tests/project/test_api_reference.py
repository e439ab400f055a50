"""The API's reference: it is rendered as the README says, and leaves nothing of the API out."""

from __future__ import annotations

import html
import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from places import ROOT

import machines
from emucore.base import errors
from emucore.body import hooks, memory_hooks, memory_view, panel, picture, registers, symbols
from emucore.machine import Machine

ROLE = re.compile(r":(?:class|meth|func|mod|data|attr):")


def test_the_reference_is_rendered(tmp_path: Path) -> None:
    """By the README's command; with the examples, and with no markup left as it was written."""
    command = re.search(
        r"^    python (-m pdoc .*)$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert command is not None
    words = [word.strip("'") for word in command[1].split()]
    path = [sys.executable, "-W", "ignore", *words]
    done = subprocess.run(path, cwd=tmp_path, env=surroundings(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = {p.relative_to(tmp_path / "api"): p.read_text() for p in tmp_path.rglob("*.html")}
    whole = {str(path): docstrings(page) for path, page in pages.items()}
    assert {
        "machines.html",
        "emucore/machine.html",
        "emucore/body/memory_hooks.html",
    } <= whole.keys()
    for name, text in whole.items():
        assert not ROLE.search(text), f"{name}: {ROLE.search(text)}"
    assert "machine.rewind(30)" in whole["emucore/machine.html"]
    for example in ("machine.step()", 'on="write"'):
        assert example in whole["emucore/body/runner.html"]


def surroundings() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def docstrings(page: str) -> str:
    """The text of a page that comes from docstrings."""
    pieces = re.findall(r'<div class="docstring">(.*?)</div>\s*(?:</div>|</section>|<)', page, re.S)
    return html.unescape(re.sub(r"<[^>]+>", "", "\n".join(pieces)))


def public(thing: type | ModuleType) -> list[str]:
    """Names of what people call or look at."""
    return [name for name in dir(thing) if not name.startswith("_")]


@pytest.mark.parametrize(
    "thing",
    [
        Machine,
        registers.Registers,
        memory_view.AddressSpace,
        symbols.Symbols,
        panel.Inputs,
        panel.Switches,
        picture.Picture,
        hooks.Hook,
        memory_hooks.Accessed,
    ],
)
def test_everything_is_documented(thing: type) -> None:
    assert inspect.getdoc(thing)
    for name in public(thing):
        what = getattr(thing, name)
        if callable(what) or isinstance(what, property):
            assert inspect.getdoc(what), f"{thing.__name__}.{name}"


def test_help_names_all_that_is_exported() -> None:
    for name in machines.__all__:
        assert inspect.getdoc(getattr(machines, name)), name
    for kind in vars(errors).values():
        if inspect.isclass(kind) and kind.__module__ == errors.__name__:
            assert issubclass(kind, errors.UserError)
            assert kind.__doc__
