"""ROM sets of games for the board, by hash, and how programs are put into its sockets."""

from __future__ import annotations

from pathlib import Path

from emucore.machine import MachineError
from machines.bundled import games
from machines.media.recognise import foreign
from machines.media.romset import Rom, RomSet, find_set, is_set, read_file

#: Two banks of sockets: 0000-1FFF and, empty in the original game, 4000-5FFF.
BANK = 0x2000
EMPTY = 0xFF


def _rom(letter: str, at: int, crc32: int, sha1: str) -> Rom:
    return Rom(f"invaders.{letter}", at, 0x800, crc32, sha1)


SETS = (
    RomSet(
        "invaders",
        "Space Invaders (Midway)",
        (
            Rom(
                "invaders.h", 0x0000, 0x800, 0x734F5AD8, "ff6200af4c9110d8181249cbcef1a8a40fa40b7f"
            ),
            Rom(
                "invaders.g", 0x0800, 0x800, 0x6BFACA4A, "16f48649b531bdef8c2d1446c429b5f414524350"
            ),
            Rom(
                "invaders.f", 0x1000, 0x800, 0x0CCEAD96, "537aef03468f63c5b9e11dd61e253f7ae17d9743"
            ),
            Rom(
                "invaders.e", 0x1800, 0x800, 0x14E538B0, "1d6ca0c99f9df71e2990b610deb9d7da0125e2d8"
            ),
        ),
    ),
)


def read_program(path: Path, sets: tuple[RomSet, ...] = SETS) -> bytes:
    """The contents of all sockets (16 KiB) from a ROM set or a flat binary.

    A flat binary of up to 8 KiB fills the first bank, a longer one goes on in the second.
    """
    image = bytearray([EMPTY]) * (2 * BANK)
    if is_set(path):
        found, contents = find_set(path, sets)
        for rom, data in zip(found.roms, contents, strict=True):
            image[rom.at : rom.at + rom.size] = data
        return bytes(image)
    program = _flat(path)
    image[: len(program)] = program
    return bytes(image)


def _flat(path: Path) -> bytes:
    """The flat binary *path*."""
    program = read_file(path, 2 * BANK)
    if not program:
        raise MachineError(f"{path}: empty; it should be a program of up to {2 * BANK:,} bytes")
    what = foreign(program)
    if what:
        raise MachineError(f"{path}: {what}, not a program")
    return program


def set_title(path: Path) -> str:
    """The title of the complete ROM set at *path*, or of a flat binary that a software list knows;
    nothing for another one, which may be any.

    Raises :class:`MachineError` for what :func:`read_program` would not take.
    """
    if is_set(path):
        return find_set(path, SETS)[0].title
    from machines.media.softlist import lists  # only here: to begin with the game needs none

    found = lists().find(_flat(path), "invaders")
    return "" if found is None else found.title


def bundled_program() -> bytes:
    """The contents of all sockets with the game that is written for this board here."""
    rom: bytes = games().rom()
    return rom.ljust(2 * BANK, bytes((EMPTY,)))
