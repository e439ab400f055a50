"""Engines are found by their names, whoever has imported what."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from places import ROOT

from emucore.base.errors import UserError
from emucore.body import engines

BOARD = """
from emucore.board import Board
from emucore.machine import Machine
from emucore.cpus.i8080 import i8080
board = Board("lab", "lab", clock_hz=1_000_000)
cpu = board.cpu("cpu", i8080)
cpu.mem.ram(0, 0xFFFF, board.ram("ram", 0x10000))
machine = Machine(board)
"""


def entry_points() -> dict[str, str]:
    """Those of engines, as they are declared."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return dict(project["entry-points"][engines.GROUP])


def installed(folder: Path) -> None:
    """Make *folder* look as if that were installed in it."""
    info = folder / "emucore_engines-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: emucore-engines\nVersion: 1.0\n")
    lines = "".join(f"{name} = {where}\n" for name, where in entry_points().items())
    (info / "entry_points.txt").write_text(f"[{engines.GROUP}]\n{lines}")


@pytest.mark.parametrize("name", ["reference", *entry_points()])
def test_in_a_process_that_has_imported_nothing_else(name: str, tmp_path: Path) -> None:
    installed(tmp_path)
    code = f"{BOARD}print(machine.use({name!r}).name, machine.run_until(100))\n"
    code += "print(machine.cpus['cpu'].pc)\n"
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [name, "True", "25"]


def test_the_usual_engine_needs_no_import(tmp_path: Path) -> None:
    code = f"{BOARD}print(machine.run_until(100), machine.engine_name)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == ["True", "reference"]


def test_names_that_there_are_not() -> None:
    assert {"reference", "interp", "jit"} <= set(engines.names())
    with pytest.raises(UserError, match="no engine 'warp'; there are reference, "):
        engines.find("warp")


def test_emucore_imports_no_engine_but_its_own() -> None:
    code = (
        "import sys, emucore.machine; print([m for m in sys.modules if m.split('.')[0] == 'jit'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
