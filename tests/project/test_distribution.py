"""What is installed: the wheel's contents, what it says of itself, and ``python -m emucore``."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib import metadata
from pathlib import Path

import pytest
from places import ROOT

PACKAGES = ("emucore", "jit", "machines", "roms_test")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as an installer builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    code = "import sys; from hatchling import build; build.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, folder], cwd=ROOT, check=True, timeout=60)
    (path,) = folder.iterdir()
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def about(wheel: zipfile.ZipFile) -> EmailMessage:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    message = message_from_bytes(wheel.read(name), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_everything_of_the_packages_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Sources, kernels, pictures, and py.typed in each: what lies in the folders, and no more."""
    lying = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == lying
    assert {f"{package}/py.typed" for package in PACKAGES} <= packed


def test_the_licence_is_told_and_packed(wheel: zipfile.ZipFile, about: EmailMessage) -> None:
    assert about["License-Expression"] == "MIT"
    (file,) = (name for name in wheel.namelist() if name.endswith("/licenses/LICENSE"))
    text = wheel.read(file).decode()
    assert text == (ROOT / "LICENSE").read_text()
    assert about["Author"] == "The emucore developers"
    assert about["Author"] in text


def test_classifiers_are_those_there_are(about: EmailMessage) -> None:
    from trove_classifiers import classifiers

    told = about.get_all("Classifier", [])
    assert set(told) <= classifiers
    assert "Typing :: Typed" in told


def test_the_change_log_begins_with_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    headings = [
        line.removeprefix("## ")
        for line in (ROOT / "CHANGELOG.md").read_text().splitlines()
        if line.startswith("## ")
    ]
    assert headings[0] == project["version"] == metadata.version("emucore")


def test_the_package_runs_as_the_command() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "emucore", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"emu {metadata.version('emucore')}\n")
    done = run("run", "pdp11")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_the_package_s_command_where_nothing_is_installed(tmp_path: Path) -> None:
    """From a folder alone, without what pip writes beside it."""
    (tmp_path / "emucore").symlink_to(ROOT / "emucore")
    command = [sys.executable, "-S", "-m", "emucore", "list"]
    done = subprocess.run(
        command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith("emu: emucore is not installed")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("package", "extra", "command"),
    [
        ("PIL", "gallery", "-m roms_test.gallery"),
        ("av", "video", "-m emucore run invaders --frames 1 --movie film.mp4 --engine reference"),
        ("matplotlib", "plot", "-m emucore bench rv32/multiply --plot plot.png"),
    ],
)
def test_a_missing_extra_is_named(package: str, extra: str, command: str, tmp_path: Path) -> None:
    """One line, exit 2, and nothing done before that would be lost."""
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise ImportError('not installed')\n")
    paths = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, *command.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"pip install 'emucore[{extra}]'" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [package]
