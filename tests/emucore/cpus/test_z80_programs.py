"""A CP/M program on the Z80's reference engine."""

from __future__ import annotations

from pathlib import Path

from z80_bench import Bench

BDOS, PROGRAM, STACK = 0x0005, 0x0100, 0xF000
RET = 0xC9

#: PRELIM needs 897.
LIMIT = 5_000


def console(bench: Bench) -> bytes:
    """What a call of the BDOS prints: the character in E, or the text at DE up to ``$``."""
    if bench["c"] == 2:
        return bytes([bench["e"]])
    assert bench["c"] == 9
    return bytes(bench.memory[bench["de"] : bench.memory.index(b"$", bench["de"])])


def test_prelim(suites: Path) -> None:
    bench = Bench()
    bench.load(PROGRAM, *(suites / "cpm" / "PRELIM.COM").read_bytes())
    bench.load(BDOS, RET, STACK & 0xFF, STACK >> 8)
    bench.set(pc=PROGRAM, sp=STACK)
    text = b""
    for _ in range(LIMIT):
        if bench["pc"] == BDOS:
            text += console(bench)
        bench.step()
        if bench["pc"] == 0:
            break
    assert text == b"Preliminary tests complete"
