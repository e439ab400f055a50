"""Media in a window: the menu's pages of slots, and files that are dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import drop, go, hit, open_session
from media_boards import SECTOR, SECTORS, disk, machine

from emucore.history.nvram import Nvram
from machines.host.menu import media
from machines.host.session.play import Session


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    for name, seed in (("a.img", 1), ("b.img", 2)):
        (tmp_path / name).write_bytes(disk(seed).content)
    made = open_session(machine(), tmp_path)
    made.machine.insert("disk", tmp_path / "a.img")
    yield made
    made.close()


def name(session: Session) -> str:
    medium = session.machine.media["disk"]
    return medium.name if medium else ""


def test_disks_are_changed_in_the_menu(session: Session, tmp_path: Path) -> None:
    go(session, "Media …", "Drive")
    shown = [(item.label, item.value) for item in session.menu.items]
    assert shown == [("Drive", "a.img"), ("Deck", "empty")]
    session.close_menu()
    go(session, "Media …", "Drive", "b.img")
    hit(session, "return")
    assert not session.menu
    assert name(session) == "b.img"
    assert session.player.message == "Drive: b.img"
    go(session, "Media …", "Drive", "Take it out")
    hit(session, "return")
    assert name(session) == ""
    assert session.player.message == "Drive: empty"


def test_what_does_not_fit_is_told(session: Session, tmp_path: Path) -> None:
    large = tmp_path / "c.img"
    large.write_bytes(bytes(SECTOR * SECTORS + 1))
    assert not media.insert(session, "disk", large)
    assert session.player.message == f"{large}: larger than 2,048 bytes"
    assert not media.insert(session, "disk", tmp_path / "gone")
    assert session.player.message == "gone: No such file or directory"
    assert name(session) == "a.img"


def test_a_dropped_disk_goes_into_the_first_slot_that_takes_it(
    session: Session, tmp_path: Path
) -> None:
    drop(session, tmp_path / "b.img")
    assert name(session) == "b.img"
    tape = tmp_path / "long.tap"
    tape.write_bytes(bytes(3000))
    drop(session, tape)
    there = session.machine.media["tape"]
    assert there is not None
    assert there.name == "long.tap"


def test_what_is_written_is_there_in_the_next_session(session: Session, tmp_path: Path) -> None:
    for _ in range(30):
        session.step()
    medium = session.machine.media["disk"]
    assert medium is not None
    assert medium.written
    session.player.leave()
    made = machine()
    nvram = Nvram(made, tmp_path / "data" / "nvram")
    nvram.read()
    made.insert("disk", tmp_path / "a.img")
    assert made.media["disk"] == medium
    assert (tmp_path / "a.img").read_bytes() == medium.content
