"""The page on machines is true: what stands on it runs, and the shortest machine is one."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from places import ROOT

from emucore.machine import Machine

PAGE = ROOT / "docs" / "machines.md"
EXAMPLE = ROOT / "docs" / "examples" / "sixteen_lines.py"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def example() -> Machine:
    spec = importlib.util.spec_from_file_location("sixteen_lines", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    machine: Machine = module.machine
    return machine


def test_the_page_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From top to bottom, in one module: classes are found by what compiles them."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", sys.path[:])
    names: dict[str, Any] = {"__name__": "machines_page"}
    text = PAGE.read_text()
    for block in BLOCKS:
        line = text[: text.index(block)].count("\n")
        exec(compile("\n" * line + block, str(PAGE), "exec"), names)
    assert len(BLOCKS) > 12


def test_all_of_the_language_is_told() -> None:
    import emucore.device
    from emucore.board import AddressMap, Board

    text = PAGE.read_text()
    told = set(re.findall(r"\w+", text))
    fields = {n for n in emucore.device.__all__ if n.islower()} - {"as_python", "with_globals"}
    rows = {n for n in vars(AddressMap) if not n.startswith("_")}
    wiring = {"cpu", "device", "rom", "ram", "field", "wire", "steal", "screen", "sound", "button"}
    assert fields | rows | wiring | {"switch", "keep", "catch_up", "valid"} <= told
    assert wiring <= set(dir(Board))


def test_the_shortest_machine_is_short() -> None:
    source = EXAMPLE.read_text()
    assert source.count("\n") < 60
    assert max(map(len, source.splitlines())) <= 100


def test_the_shortest_machine_prints_its_picture() -> None:
    done = subprocess.run(
        [sys.executable, str(EXAMPLE)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    rows = done.stdout.splitlines()
    assert rows == ["........"] * 7 + ["#......."] + ["........"] * 8


def test_the_shortest_machine_is_the_same_on_all_engines(example: Machine) -> None:
    """State, picture and sound; and its buttons move the dot and make the tone."""
    ends = set()
    for engine in ("reference", "interp", "jit"):
        machine = example.clone()
        machine.use(engine)
        seen = []
        for button in ("left", "right", "right"):
            machine.press(button)
            assert machine.run(frames=3) == 3
            machine.release(button)
            machine.run(frames=1)
            ((row, column),) = np.argwhere(machine.arena["chip.pixels"]).tolist()
            assert row == 7
            seen.append(column)
        assert seen == [1, 4, 7], engine
        sound = machine.sound
        assert len(sound) == 12 * 320
        assert set(sound.tolist()) == {0, 8000}
        ends.add((machine.state_sha256(), machine.frame_crc32(), sound.tobytes()))
    assert len(ends) == 1
