"""ROM sets by hash, from folders and zips, and what is said of bad ones."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emucore.base.errors import UserError
from emucore.machine import MachineError
from machines.arcade.invaders.roms import SETS, read_program
from machines.media.romset import MOST_FILES, Rom, RomSet, find_set, is_set, read_file, read_files

LOW, HIGH, OTHER = (bytes((i * k) & 0xFF for i in range(0x400)) for k in (1, 3, 5))


def rom(name: str, at: int, data: bytes) -> Rom:
    digest = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    return Rom(name, at, len(data), zlib.crc32(data), digest)


PAIR = RomSet("pair", "Pair", (rom("low.a", 0, LOW), rom("high.b", 0x400, HIGH)))
SINGLE = RomSet("single", "Single", (rom("only.c", 0x2000, OTHER),))
KNOWN = (PAIR, SINGLE)


def folder(path: Path, **files: bytes) -> Path:
    path.mkdir()
    for name, data in files.items():
        (path / name).write_bytes(data)
    return path


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_files_are_found_by_contents_never_by_name(tmp_path: Path) -> None:
    place = folder(tmp_path / "set", one=HIGH, two=LOW, readme=b"text", huge=bytes(100_000))
    assert find_set(place, KNOWN) == (PAIR, [LOW, HIGH])
    place = zipped(tmp_path / "set.bin", **{"deep/one": HIGH, "x": b"", "low.a": LOW})
    assert is_set(place)
    assert find_set(place, KNOWN) == (PAIR, [LOW, HIGH])


def test_roms_go_to_their_sockets(tmp_path: Path) -> None:
    image = read_program(folder(tmp_path / "pair", a=LOW, b=HIGH), KNOWN)
    assert image == (LOW + HIGH).ljust(0x4000, b"\xff")
    image = read_program(zipped(tmp_path / "single.zip", a=OTHER), KNOWN)
    assert image == (bytes([0xFF]) * 0x2000 + OTHER).ljust(0x4000, b"\xff")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path / "set", low=LOW)
    with pytest.raises(MachineError) as caught:
        find_set(place, KNOWN)
    crc = f"{zlib.crc32(HIGH):08x}"
    assert str(caught.value) == (
        f"{place}: no complete set of 'pair': high.b (1,024 bytes, CRC {crc}) is missing "
        "(1 file looked at, by CRC-32 and SHA-1)"
    )


def test_a_bad_file_is_named_with_what_it_is(tmp_path: Path) -> None:
    bad = bytes(10) + HIGH[10:]
    place = zipped(tmp_path / "set.zip", **{"low.a": LOW, "roms/HIGH.B": bad})
    with pytest.raises(MachineError) as caught:
        find_set(place, KNOWN)
    said = str(caught.value)
    assert f"CRC {zlib.crc32(HIGH):08x}) is bad: 1,024 bytes, CRC {zlib.crc32(bad):08x}" in said
    assert str(place) in said


def test_a_crc_alone_is_not_enough(tmp_path: Path) -> None:
    """The SHA-1 must agree too."""
    wrong = RomSet("x", "X", (Rom("a", 0, len(LOW), zlib.crc32(LOW), "0" * 40),))
    with pytest.raises(MachineError, match=r"a .* is missing"):
        find_set(folder(tmp_path / "set", low=LOW), (wrong,))


def test_flat_binaries(tmp_path: Path) -> None:
    path = tmp_path / "flat.bin"
    path.write_bytes(b"\x76" * 0x2001)
    assert read_program(path) == (b"\x76" * 0x2001).ljust(0x4000, b"\xff")
    path.write_bytes(bytes(0x4001))
    with pytest.raises(UserError, match="larger than 16,384 bytes"):
        read_program(path)
    path.write_bytes(b"")
    with pytest.raises(MachineError, match="empty"):
        read_program(path)


def test_paths_that_will_not_do(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="no such file or folder"):
        read_program(tmp_path / "nothing")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(MachineError, match="not a regular file"):
        read_file(pipe, 10)
    empty = folder(tmp_path / "empty")
    with pytest.raises(MachineError, match=r"invaders.h .* is missing; .*\(0 files looked at"):
        read_program(empty)


def test_bombs_are_not_unpacked(tmp_path: Path) -> None:
    big = zipped(tmp_path / "big.zip", a=bytes(1 << 24), b=LOW)
    assert [name for name, _ in read_files(big, 0x400)] == ["b"]
    lying = bytearray(big.read_bytes())
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = lying.index(signature) + at
        lying[start : start + 4] = (16).to_bytes(4, "little")
    big.write_bytes(lying)
    with pytest.raises(MachineError, match="damaged"):
        list(read_files(big, 0x400))
    many = zipped(tmp_path / "many.zip", **{str(i): b"" for i in range(MOST_FILES + 1)})
    with pytest.raises(MachineError, match="more than 1000 files"):
        list(read_files(many, 10))


def test_an_encrypted_zip(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "a.zip", a=LOW).read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "b.zip"
    path.write_bytes(data)
    with pytest.raises(MachineError, match="'a' is encrypted"):
        list(read_files(path, 0x400))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_methods_that_take_much_memory(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a", LOW)
    with pytest.raises(MachineError, match="'a' is not deflated"):
        list(read_files(path, 0x400))


def test_a_directory_that_would_fill_the_memory(tmp_path: Path) -> None:
    """A million files of nothing; and a record that says so, among others in the comment."""
    path = tmp_path / "a.zip"
    good = zipped(path, a=LOW).read_bytes()
    for at, value in ((12, b"\x00\x00\x20\x00"), (0, b"PK\x06\x07")):
        record = bytearray(good[-22:])
        if at:
            record[at : at + 4] = value
            data = good[:-22] + bytes(record)
        else:
            data = good[:-22] + value + bytes(16) + bytes(record)
        for tail in (b"", b"PK\x05\x06"):
            path.write_bytes(data + tail)
            with pytest.raises(MachineError, match="directory is too large"):
                list(read_files(path, 0x400))


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("low.a", LOW)
        archive.writestr("high.b", HIGH)
    return buffer.getvalue()


ARCHIVE = _archive()
edits = st.lists(st.tuples(st.integers(0, len(ARCHIVE) - 1), st.integers(0, 255)), max_size=8)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits, st.integers(0, len(ARCHIVE)))
def test_a_damaged_zip_is_one_line(
    tmp_path: Path, changes: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(ARCHIVE)
    for at, value in changes:
        data[at] = value
    path = tmp_path / "damaged.zip"
    for image in (bytes(data), bytes(data[:length])):
        path.write_bytes(b"PK\x03\x04" + image[4:])
        outcome: object
        try:
            outcome = find_set(path, KNOWN)
        except MachineError as error:
            outcome = str(error).count("\n")
        assert outcome in (0, (PAIR, [LOW, HIGH]))


def test_the_known_set_fills_the_first_bank() -> None:
    invaders = SETS[0]
    assert [(r.at, r.size) for r in invaders.roms] == [(k * 0x800, 0x800) for k in range(4)]
    assert all(len(r.sha1) == 40 for r in invaders.roms)
