"""Real events, through X: every key of the window, the mouse, a machine's own keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import SUPPORT


@pytest.fixture
def display() -> Iterator[str]:
    """A display of our own; skipped where there is nothing to make one, or to press keys with."""
    missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1100x24", "-noreset"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
        server.terminate()


def played(script: str, display: str, tmp_path: Path) -> Path:
    """Run a script that plays; the folder that it has written into."""
    folder = Path(os.environ.get("EMU_LOOK", tmp_path))  # where the pictures are kept
    run = subprocess.run(
        [sys.executable, SUPPORT / script, folder],
        env={**os.environ, "DISPLAY": display},
        capture_output=True,
        text=True,
        timeout=300,
    )
    print(run.stdout)
    assert run.returncode == 0, run.stderr
    return folder


def test_every_key(display: str, tmp_path: Path) -> None:
    assert len(list(played("play_by_keys.py", display, tmp_path).glob("*.png"))) >= 20


def test_every_kind_of_input(display: str, tmp_path: Path) -> None:
    played("play_by_hand.py", display, tmp_path)
