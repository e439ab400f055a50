"""CPU control, prefixes that follow prefixes, and what is not defined behind ED."""

from __future__ import annotations

from emucore.cpus.z80.cpu import Z80, z80
from emucore.cpus.z80.encodings import op


@op("00000000", "nop")
def nop(cpu: Z80) -> None:
    """Nothing, in four states."""


def undefined(n: int) -> bool:
    """Whether *n* behind ED has no instruction: all but 40-7F without 77 and 7F, and A0-BB."""
    block = 0xA0 <= n <= 0xBF and n & 4 == 0
    return not block and (n in (0x77, 0x7F) or not 0x40 <= n <= 0x7F)


@op("11101101 n:8!", "*nop {n}", where=undefined)
def nop_ed(cpu: Z80) -> None:
    """Nothing, in eight states."""


@op("01110110", "halt")
def halt(cpu: Z80) -> None:
    cpu.halted = 1
    cpu.halt = 1
    cpu.attend()


@op("11110011", "di")
def di(cpu: Z80) -> None:
    cpu.iff1 = cpu.iff2 = cpu.const(0, 1)


@op("11111011", "ei")
def ei(cpu: Z80) -> None:
    cpu.iff1 = cpu.iff2 = cpu.ei = cpu.const(1, 1)
    cpu.attend()


#: Interrupt mode by the opcode's three bits; a second encoding of a mode is a mirror.
_MODES = (0, 0, 1, 2, 0, 0, 1, 2)

for _k, _mode in enumerate(_MODES):

    @op(f"11101101 01 {_k:03b} 110", f"im {_mode}" if _MODES.index(_mode) == _k else f"*im{_k}")
    def _im(cpu: Z80, *, mode: int = _mode) -> None:
        cpu.im = mode


#: What counts where it follows DD or FD.
SECOND_PREFIXES = (0xDD, 0xED, 0xFD)

for _first in (0xDD, 0xFD):
    for _second in SECOND_PREFIXES:

        @z80.op(f"{_first:08b} {_second:08b}", f"*{_first:02x}.{_second:02x}")
        def _prefix(cpu: Z80, *, second: int = _second) -> None:
            """The last prefix counts.  The step ends, so that a memory full of them cannot hang."""
            cpu.prefix = second
            cpu.attend()
