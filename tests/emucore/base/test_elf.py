"""ELF files: what is read from good ones, and one clear line about bad ones."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from elf_image import image
from hypothesis import given
from hypothesis import strategies as st

from emucore.base import elf
from emucore.base.errors import UserError

FORMS = pytest.mark.parametrize(("bits", "order"), [(32, "<"), (64, "<"), (32, ">"), (64, ">")])


@FORMS
def test_good_files(bits: int, order: str) -> None:
    got = elf.parse(image(bits, order))
    assert (got.bits, got.big_endian, got.machine, got.entry) == (bits, order == ">", 243, 0x1000)
    assert got.segments == (elf.Segment(0x1000, b"\x13\0\0\0\x73\0\0\0", 12),)
    assert got.symbols == {"_start": 0x1000, "tohost": 0x1004}


@FORMS
def test_every_truncation_is_refused(bits: int, order: str) -> None:
    whole = image(bits, order)
    for size in range(len(whole)):
        with pytest.raises(elf.ElfError):
            elf.parse(whole[:size])


@given(data=st.data(), bits=st.sampled_from([32, 64]))
def test_damage_raises_nothing_else(data: st.DataObject, bits: int) -> None:
    damaged = bytearray(image(bits))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
    with contextlib.suppress(elf.ElfError):
        got = elf.parse(bytes(damaged), limit=1 << 16)
        assert sum(s.size for s in got.segments) <= 1 << 16


def changed(offset: int, layout: str, *values: int) -> bytes:
    data = bytearray(image(32))
    struct.pack_into(layout, data, offset, *values)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not an ELF file"),
        (b"MZ" + bytes(100), "not an ELF file"),
        (changed(4, "B", 3), "unknown ELF class 3"),
        (changed(16, "<H", 1), "type 1 is not an executable"),
        (changed(44, "<H", 0), "nothing to load"),
        (changed(52, "<I", 2), "nothing to load"),
        (changed(52 + 20, "<I", 1 << 29), "larger than"),
        (changed(52 + 16, "<I", 13), "holds 0xd"),
        (changed(52 + 12, "<I", 0xFFFF_FFF8), "bytes at 0xfffffff8"),
        (changed(52 + 4, "<I", 0xFFFF_0000), "past the file's end"),
    ],
)
def test_bad_files(data: bytes, why: str) -> None:
    with pytest.raises(elf.ElfError, match=why):
        elf.parse(data)


def test_files_are_named(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(image(32))
    bad.write_bytes(b"nothing")
    assert elf.load(good).symbols["tohost"] == 0x1004
    with pytest.raises(elf.ElfError, match=r"bad: not an ELF"):
        elf.load(bad)
    with pytest.raises(UserError, match=r"missing: No such file"):
        elf.load(tmp_path / "missing")
    with pytest.raises(UserError, match="larger than 100 bytes"):
        elf.load(good, limit=100)
    with pytest.raises(UserError, match="Is a directory"):
        elf.load(tmp_path)


def bomb(strings: bytes, symbols: int, tables: int, segments: int = 1) -> bytes:
    """A file in which so many headers are the same table, and names are tails of one string."""
    head, ph, sh = 52, 32, 40
    at = head + ph * segments
    table_at = at + len(strings)
    sections_at = table_at + 16 * symbols
    data = b"\x7fELF\x01\x01\x01" + bytes(9)
    numbers = 2, 243, 1, 0, head, sections_at, 0, head, ph, segments, sh, 1 + tables, 0
    data += struct.pack("<HHIIIIIHHHHHH", *numbers)
    data += struct.pack("<IIIIIIII", 1, 0, 0, 64, 4, 4, 5, 4) * segments + strings
    data += b"".join(struct.pack("<IIIBBH", 1 + i, i, 0, 0, 0, 1) for i in range(symbols))
    data += struct.pack("<IIIIIIIIII", 0, 3, 0, 0, at, len(strings), 0, 0, 1, 0)
    return (
        data + struct.pack("<IIIIIIIIII", 0, 2, 0, 0, table_at, 16 * symbols, 0, 0, 4, 16) * tables
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bomb(b"\0" + b"A" * (1 << 20), 4, 1), "symbol name 0x1 has no end"),
        (bomb(b"\0" + b"A" * (1 << 20) + b"\0", 1 << 16, 1), "symbol name 0x.* is one too many"),
        (bomb(b"\0A\0", 1, 65_000), "65000 symbol tables, of which there can be one"),
        (bomb(b"\0A\0", elf.SYMBOLS_MOST + 1, 1), "more than 1,048,576 symbols"),
        (bomb(b"\0A\0", 1, 1, segments=2), "segments overlap at 0x40"),
    ],
)
def test_bombs(data: bytes, why: str) -> None:
    with pytest.raises(elf.ElfError, match=why):
        elf.parse(data)
    assert elf.parse(bomb(b"\0AB\0", 2, 1)).symbols == {"AB": 0, "B": 1}
