"""The README is true: its commands and its Python run as they are written, one after the other.

What is indented there is a block.  One of commands is run by the shell in a folder that has the
files which it names, one of Python in this process, or by pytest if it is a test; a block that is
quoted from a source must stand there.  ``.ci/run`` does what installs.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from make_corpus import ANSWER
from places import ROOT

import machines
from emucore.assembler import assemble
from emucore.base.errors import UserError
from emucore.cpus import isa
from roms_test import games

BLOCK = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)
PROGRAMS = ("emu", "printf", "python", "python3")

OWN = """
[[test]]
name = "a title"
machine = "invaders"
frames = 3
[test.expect]
ended = false
"""

#: What a bare container lacks.
HOMELY = ("HOME", "LANG", "USER", "LOGNAME", "TERM", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")

#: Files that commands make.
MADE = re.compile(r"(?:--(?:screenshot|wav|save-state|record|movie|xray)|-o|>) (\S+)")

#: Commands whose exit code is not 0, as the README says.
CODES = {"emu state diff": 1}


def blocks() -> list[str]:
    text = (ROOT / "README.md").read_text()
    dedented = (re.sub("^    ", "", m.group(), flags=re.MULTILINE) for m in BLOCK.finditer(text))
    return [block.strip("\n") + "\n" for block in dedented]


def is_shell(block: str) -> bool:
    return all(line.split()[0] in PROGRAMS for line in block.splitlines() if line.strip())


def installs(block: str) -> bool:
    return "pip install" in block


SHELL = [b for b in blocks() if is_shell(b) and not installs(b)]
PYTHON = [b for b in blocks() if not is_shell(b)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the README takes for granted."""
    here = tmp_path
    (here / "game.bin").write_bytes(games.rom())
    (here / "game.asm").write_text(" mvi a, 1\n hlt\n")
    (here / "lesson.asm").write_text(" lda #65\n sta $ff00\n brk\n")
    (here / "moves.txt").write_text("1 tap coin\n")
    (here / "own.toml").write_text(OWN)
    (here / "suites").mkdir()
    (here / "cpm").mkdir()
    (here / "cpm" / "ANSWER.COM").write_bytes(assemble(isa("8080"), ANSWER).image(0x100))
    return here


def sh(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it as a person does, in the end: windows close after a few frames.

    The surroundings are those of a bare container: no home, the C locale, standard input a pipe.
    """
    command = re.sub(r"^(emu play\b[^#]*)", r"\1 --frames 10 --mute ", command)
    scripts = folder / "bin"
    scripts.mkdir(exist_ok=True)
    emu = scripts / "emu"
    emu.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m emucore "$@"\n')
    emu.chmod(0o755)
    bare = {name: value for name, value in os.environ.items() if name not in HOMELY}
    environment = {
        **bare,
        "LC_ALL": "C",
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "SDL_VIDEODRIVER": "dummy",
        "SDL_AUDIODRIVER": "dummy",
        "EMUCORE_CONFIG": str(folder / "config"),
        "EMUCORE_DATA": str(folder / "data"),
    }
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def commands(block: str) -> list[str]:
    return [line for line in block.splitlines() if line.strip()]


def takes_long(command: str) -> bool:
    return command.split("#")[0].strip() == "emu bench"


def check(command: str, folder: Path) -> None:
    """It does what it says, and leaves the files that it was asked for."""
    done = sh(command, folder)
    code = next((c for begin, c in CODES.items() if command.startswith(begin)), 0)
    assert done.returncode == code, f"{command}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    for name in MADE.findall(command):
        assert (folder / name).stat().st_size > 0, name


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.splitlines()[0][:40])
def test_commands(block: str, folder: Path) -> None:
    """In the README's order: what one writes, another reads."""
    for command in commands(block):
        if not takes_long(command):
            check(command, folder)


@pytest.mark.long
def test_commands_that_take_long(folder: Path) -> None:
    for command in filter(takes_long, (c for block in SHELL for c in commands(block))):
        check(command, folder)


def test_a_pipe_types(folder: Path) -> None:
    (command,) = (c for block in SHELL for c in commands(block) if c.startswith("printf"))
    assert sh(command, folder).stdout == "efmnuv"


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.splitlines()[0][:40])
def test_python(block: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs; or it is a quotation, which is true to its source."""
    monkeypatch.chdir(folder)
    if "emu_machine" in block:
        (folder / "test_block.py").write_text(block)
        command = f"{shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider test_block.py"
        done = sh(command, folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 passed" in done.stdout
    elif block.startswith("@"):
        sources = [path.read_text() for path in (ROOT / "emucore").rglob("*.py")]
        assert any(block in source for source in sources)
    else:
        exec(compile(block, "README.md", "exec"), {"__name__": "readme"})


def test_blocks_are_understood() -> None:
    """Commands and Python, and no more than two that install."""
    assert sum(len(commands(block)) for block in SHELL) > 15
    assert len(PYTHON) == 5
    assert [installs(b) and b.count("\n") == 1 for b in blocks()].count(True) == 2


def test_a_flat_binary_is_as_long_as_it_says(folder: Path) -> None:
    (size,) = re.findall(r"flat binary .*up to (\d+) KiB", (ROOT / "README.md").read_text())
    path = folder / "large.bin"
    path.write_bytes(bytes(int(size) << 10))
    machines.load("invaders", path, engine="reference")
    path.write_bytes(bytes((int(size) << 10) + 1))
    with pytest.raises(UserError):
        machines.load("invaders", path, engine="reference")


def test_a_clone_is_as_quick_as_it_says() -> None:
    """The processor's time: a busy host takes longer."""
    (most,) = re.findall(r"made in < (\d+) ms", (ROOT / "README.md").read_text())
    machine = machines.load("invaders", engine="interp")
    machine.run(frames=1)

    def once() -> float:
        began = time.thread_time()
        machine.clone()
        return time.thread_time() - began

    assert min(once() for _ in range(50)) < int(most) / 1000


def test_links_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text()
    for path in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / path).exists(), path
