"""What is dropped on the window: known ROMs are played, the rest is asked about or refused."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest
from desk import PROGRAM, cabinet_of_ports, drop, open_session, press, shown

from emucore.history import container
from machines.host.base.png import png
from machines.host.menu import bindings
from machines.host.session.play import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = open_session(cabinet_of_ports(tmp_path), tmp_path)
    yield made
    made.close()


def test_a_dropped_program_is_played_when_that_is_wanted(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(PROGRAM)
    before = session.machine
    drop(session, path)
    assert session.menu.page.title == "other.bin is no known ROM"
    assert [item.label for item in session.menu.items][1:] == ["Cancel"]
    press(session, pygame.K_DOWN, pygame.K_RETURN)
    assert not session.menu
    assert session.machine is before
    drop(session, path)
    press(session, pygame.K_RETURN)
    assert not session.menu
    assert session.entry.title == "other"
    assert session.machine is not before


def _zipped(*names: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), PROGRAM)  # at no time: it names the test
    return data.getvalue()


WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(24)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("photo.bin", png(np.zeros((4, 4, 3), np.uint8)), "a picture (PNG), not a program"),
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a picture (JPEG), not a program"),
        ("notes.rom", b"Dear diary,\nnothing.\n", "text, not a program"),
        ("latin.rom", "Grüße aus Köln\n".encode("latin-1"), "text, not a program"),
        ("wide.rom", "Grüße\n".encode("utf-16"), "text, not a program"),
        ("song.bin", WAV, "sound (WAV), not a program"),
        ("cut.zip", _zipped("a.bin")[:40], "a damaged or unknown zip"),
        ("pk.zip", b"PK\x03\x04", "a damaged or unknown zip"),
        ("other.zip", _zipped("a.bin", "b.bin"), "no complete set of 'invaders'"),
        ("none.zip", _zipped(), "no complete set of 'invaders'"),
        ("empty.bin", b"", "empty"),
        ("huge.bin", bytes(20_000), "larger than 16,384 bytes"),
        ("a.out", b"\x7fELF\x02\x01\x01" + bytes(64), "a program for another computer (ELF)"),
        ("some.state", container.pack("state", {}, b""), "a saved state, or a recording"),
        ("gone.bin", None, "no such file"),
        ("folder", (), "no complete set of 'invaders'"),
    ],
)
def test_what_is_no_rom_is_refused_when_it_is_dropped(
    session: Session,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | tuple[()] | None,
    reason: str,
) -> None:
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        path.mkdir()
    session.step()
    before, frames = session.machine, session.machine.frame
    drop(session, path)
    assert not session.menu
    assert session.machine is before
    assert session.machine.frame > frames
    assert shown(session).startswith(f"{name}: {reason}")
    assert capsys.readouterr().err.startswith(f"emu: {name}: {reason}")


@pytest.mark.skipif(os.name != "posix", reason="other hosts have no such names")
def test_a_dropped_files_name_is_printed_without_harm(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a\x1b[31m\nb.txt"
    path.write_text("hello world")
    drop(session, path)
    assert capsys.readouterr().err == "emu: a\\x1b[31m\\nb.txt: text, not a program\n"


def test_a_long_reason_is_shortened_on_the_screen(
    session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none.zip"
    path.write_bytes(_zipped())
    drop(session, path)
    assert re.search(r"invaders.h .* is missing; and 3 more$", shown(session))
    assert capsys.readouterr().err.count("is missing") == 4


def test_a_file_that_is_dropped_while_a_key_is_waited_for(session: Session, tmp_path: Path) -> None:
    session.open_menu(bindings.inputs_page(session))
    press(session, pygame.K_RETURN)
    assert session.menu.waiting is not None
    path = tmp_path / "own.bin"
    path.write_bytes(PROGRAM)
    drop(session, path)
    assert session.menu.waiting is None
    press(session, pygame.K_RETURN)
    assert session.entry.title == "own"


@pytest.mark.skipif(os.name != "posix", reason="a pipe in the file system is POSIX's")
def test_a_dropped_pipe_is_not_waited_for(session: Session, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    drop(session, tmp_path / "pipe")
    assert shown(session).startswith("pipe: ")
    assert not session.menu
