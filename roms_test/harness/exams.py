"""Exam programs: how each family is loaded, answered and judged.

Each function runs one program on one engine and returns what was not as expected.
"""

from __future__ import annotations

from pathlib import Path

from emucore.base import elf
from emucore.base.files import read_bounded
from roms_test.harness.case import Difference
from roms_test.harness.flat import Flat, shape

#: Bytes of a program at most.
MOST = 1 << 20


def _unless(passed: bool, field: str, expected: str, got: str) -> list[Difference]:
    return [] if passed else [Difference(field, expected, got)]


def _last(text: str) -> str:
    """The last lines of a program's text, for a report."""
    return repr(text[-200:])


# -- CP/M ---------------------------------------------------------------------------------------

TPA, BDOS = 0x0100, 0x0005
CPM_START = bytes([0xD3, 0x01])  # at 0: OUT (1),A ends the run
CPM_BDOS = bytes([0xD3, 0x02, 0xC9])  # at 5: OUT (2),A, which is nothing; RET, where the host is


def cpm(
    path: Path, engine: str, *, on: str, says: str, never: str = "", clock: int = 0, limit: int
) -> list[Difference]:
    """A .COM program that prints with BDOS calls 2 and 9, and ends by a jump to 0.

    A BDOS call takes an OUT and a RET, as in the program that the known clocks were counted with.
    """
    flat = Flat(shape(on, port=0), engine)
    flat.load(CPM_START)
    flat.load(CPM_BDOS, BDOS)
    flat.load(read_bounded(path, MOST), TPA)
    flat.pc = TPA
    hook = flat.machine.hook("cpu", BDOS + 2, lambda _: _bdos(flat))
    try:
        done = flat.run(limit, slice_=limit)
    finally:
        hook.remove()
    text = flat.text
    differences = _unless(done, "end", f"a jump to 0 within {limit:,} cycles", "none")
    differences += _unless(says in text, "text", repr(says), _last(text))
    if never:
        differences += _unless(never not in text, "text", f"no {never!r}", _last(text))
    if clock:
        differences += _unless(flat.clock == clock, "clock", f"{clock:,}", f"{flat.clock:,}")
    return differences


def _bdos(flat: Flat) -> None:
    """Console output: call 2 prints E, call 9 the string at DE up to a $."""
    if flat.registers["c"] == 2:
        flat.say(bytes([flat.registers["e"]]))
    elif flat.registers["c"] == 9:
        start = flat.registers["de"]
        end = bytes(flat.ram).index(b"$", start)
        flat.say(bytes(flat.ram[start:end]))


# -- z80test ------------------------------------------------------------------------------------

CONSOLE = 0x3F00  # where the console is: in what is the Spectrum's ROM
NO_KEYS = 0xBF  # what port FE gives: no key pressed, nothing from the tape
ROM = {
    0x0000: bytes([0x32, 0x01, 0x3F]),  # the program returns here: LD (CONSOLE+1),A
    0x0010: bytes([0x32, 0x00, 0x3F, 0xC9]),  # RST 10h prints A: LD (CONSOLE),A; RET
    0x1601: bytes([0xC9]),  # opening a channel: RET
}
STACK = 0x7FFE


def z80test(path: Path, engine: str, *, limit: int) -> list[Difference]:
    """A Spectrum tape whose machine code prints by RST 10h and returns when done."""
    start, code = tape_code(read_bounded(path, MOST))
    flat = Flat(shape("z80", cell=CONSOLE, open_bus=NO_KEYS), engine)
    for address, stub in ROM.items():
        flat.load(stub, address)
    flat.load(code, start)
    flat.pc = start
    flat.registers["sp"] = STACK  # the word there is 0
    done = flat.run(limit, slice_=limit)
    differences = _unless(done, "end", f"a RET within {limit:,} cycles", "none")
    return differences + _unless(
        "all tests passed" in flat.text, "text", "'all tests passed'", _failed(flat.text)
    )


def _failed(text: str) -> str:
    """The lines of tests that failed, or the end of the text."""
    lines = [line.strip() for line in text.split("\n")]
    return "; ".join(line for line in lines if "FAILED" in line) or _last(text)


def tape_code(tap: bytes) -> tuple[int, bytes]:
    """Address and bytes of the first CODE file of a .tap image; ValueError if it has none."""
    at, start = 0, None
    while at + 2 <= len(tap):
        size = int.from_bytes(tap[at : at + 2], "little")
        block = tap[at + 2 : at + 2 + size]
        at += 2 + size
        if start is not None:
            return start, block[1:-1]  # between the flag byte and the checksum
        if block[:2] == b"\0\3":  # a header: of code
            start = int.from_bytes(block[14:16], "little")
    raise ValueError("no CODE on the tape")


# -- klaus6502 ----------------------------------------------------------------------------------

KLAUS_START, KLAUS_PASSED = 0x0400, 0x3469


def klaus6502(path: Path, engine: str, *, limit: int) -> list[Difference]:
    """64 KiB that run until an instruction jumps to itself: at 3469 all is well."""
    flat = Flat(shape("6502"), engine)
    flat.load(read_bounded(path, MOST))
    flat.pc = KLAUS_START
    done = flat.run(limit)
    differences = _unless(done, "end", f"a jump to itself within {limit:,} cycles", "none")
    passed = flat.pc == KLAUS_PASSED
    return differences + _unless(passed, "pc", f"{KLAUS_PASSED:04x}", f"{flat.pc:04x}")


# -- riscv-tests --------------------------------------------------------------------------------

RV_BASE = 0x8000_0000


def riscv(path: Path, engine: str, *, limit: int) -> list[Difference]:
    """An ELF of riscv-tests: the word at ``tohost`` gets 1, or n << 1 | 1 if test n fails."""
    image = elf.load(path)
    flat = Flat(shape("rv32", at=RV_BASE), engine)
    for segment in image.segments:
        flat.load(segment.data, segment.address - RV_BASE)
    flat.pc = image.entry
    at = image.symbols["tohost"] - RV_BASE

    def tohost() -> int:
        return int.from_bytes(flat.ram[at : at + 4], "little")

    done = flat.run(limit, slice_=1_000, ended=lambda _: tohost() != 0)
    if not done:
        return [Difference("tohost", f"a verdict within {limit:,} cycles", "none")]
    return _unless(tohost() == 1, "tohost", "1", f"{tohost()}: test {tohost() >> 1} failed")
