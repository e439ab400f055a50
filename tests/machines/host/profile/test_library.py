"""What the picker offers."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from machines.arcade.invaders import roms
from machines.host.profile import library as module
from machines.host.profile.library import Entry, Library, entry
from machines.media.romset import Rom, RomSet

PICTURE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "data", [tmp_path / "media"])


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a ROM set that the invaders board knows, and other things."""
    chip = b"\x76" * 64
    sha1 = hashlib.sha1(chip, usedforsecurity=False).hexdigest()
    rom = Rom("one.a", 0, len(chip), zlib.crc32(chip), sha1)
    monkeypatch.setattr(roms, "SETS", (RomSet("one", "The One (Nobody)", (rom,)),))
    folder = tmp_path / "media"
    folder.mkdir()
    with zipfile.ZipFile(folder / "some.zip", "w") as archive:
        archive.writestr("x.bin", chip)
    with zipfile.ZipFile(folder / "other.zip", "w") as archive:
        archive.writestr("x.bin", b"something else")
    (folder / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    (folder / "flat.bin").write_bytes(b"\0")
    (folder / "nothing").mkdir()
    return folder


def test_what_comes_with_machines_is_there(library: Library) -> None:
    (first,) = library.entries()
    assert (first.machine, first.media, first.title) == ("invaders", None, "Thistledown")
    assert first.picture is not None
    assert first.picture.read_bytes().startswith(b"\x89PNG")


def test_sets_in_the_folders_are_known_by_their_contents(library: Library, media: Path) -> None:
    _, found = library.entries()
    assert (found.machine, found.media, found.title) == (
        "invaders",
        media / "some.zip",
        "The One (Nobody)",
    )
    assert entry("invaders", media / "some.zip").title == "The One (Nobody)"
    assert entry("invaders", media / "flat.bin").title == "flat"
    assert entry("invaders", media / "broken.zip").title == "broken"


def test_what_is_not_recognised_is_listed_with_its_reason(library: Library, media: Path) -> None:
    (media / "photo.bin").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (media / ".hidden").write_text("of no interest")
    _, unknown = library.look()
    reasons = {u.path.name: (u.reason, u.machines) for u in unknown}
    assert sorted(reasons) == ["broken.zip", "flat.bin", "nothing", "other.zip", "photo.bin"]
    mine = "no known ROMs; it may be a program of your own"
    assert reasons["flat.bin"] == (mine, ("invaders",))
    assert reasons["photo.bin"] == ("a picture (PNG), not a program", ())
    assert reasons["broken.zip"][0].startswith("a damaged or unknown zip")
    for name in ("other.zip", "nothing"):
        assert reasons[name][0].startswith("no complete set of 'one': one.a (64 bytes, CRC")
        assert reasons[name][1] == ()


def test_what_a_machine_was_chosen_for_is_known_from_then_on(library: Library, media: Path) -> None:
    library.remember(entry("invaders", media / "flat.bin"), PICTURE)
    entries, unknown = library.look()
    assert "flat" in [e.title for e in entries]
    assert "flat.bin" not in [u.path.name for u in unknown]


def test_a_full_folder_is_told(
    library: Library, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOKED_AT", 2)
    _, unknown = library.look()
    assert unknown[-1].reason == "only the first 2 of 5 are read"


def test_what_was_played_comes_back_with_its_picture(library: Library, media: Path) -> None:
    flat = entry("invaders", media / "flat.bin")
    library.remember(flat, PICTURE)
    library.remember(entry("invaders", media / "some.zip"), PICTURE)
    titles = [e.title for e in library.entries()]
    assert sorted(titles) == ["The One (Nobody)", "Thistledown", "flat"]
    (again,) = (e for e in library.entries() if e.title == "flat")
    assert again.media == flat.media
    assert again.key == flat.key
    assert again.picture is not None
    assert again.picture.exists()
    (media / "flat.bin").unlink()
    assert "flat" not in [e.title for e in library.entries()]


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 50_000,
        json.dumps({"machine": "nosuch", "media": ".", "title": "x"}).encode(),
        json.dumps({"machine": 1, "media": ".", "title": "x"}).encode(),
        json.dumps({"machine": "invaders", "media": "a\0b", "title": "x"}).encode(),
        b" " * (module.NOTE_MOST + 1),
    ],
)
def test_a_damaged_note_is_passed_over(library: Library, note: bytes) -> None:
    library.played.mkdir(parents=True)
    (library.played / "x.json").write_bytes(note)
    assert [e.title for e in library.entries()] == ["Thistledown"]


def test_only_so_many_are_remembered(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    for i in range(4):
        path = tmp_path / f"game{i}.bin"
        path.write_bytes(b"\0")
        item = Entry("invaders", path, path.stem)
        library.remember(item, PICTURE)
        os.utime(library.played / f"{item.key}.json", (i, i))
    assert [e.title for e in library.entries()] == ["Thistledown", "game3", "game2"]
    assert len(list(library.played.iterdir())) == 4


def test_folders_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = Library(tmp_path / "file", [tmp_path / "file", tmp_path / "none"]).entries()
    assert [e.title for e in found] == ["Thistledown"]
