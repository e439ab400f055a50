"""Where the registers of a CPU are: by fixed offsets from the CPU's base, in a flat buffer.

Every engine uses the same offsets: compiled handlers as constants, Python through
:class:`emucore.body.registers.Registers`.
"""

from __future__ import annotations

from emucore.kernel.layout import CPU_HEADER_WORDS
from emucore.language.cpu import Cpu
from emucore.language.registers import RegFile, storage

#: Bytes before the first register: the engine's header (see :mod:`emucore.kernel.kernel`).
HEADER = 8 * CPU_HEADER_WORDS


def offsets(cpu: type[Cpu]) -> dict[str, int]:
    """Offset in bytes of each register (element 0 of a file) from the CPU's base."""
    at = HEADER
    result = {}
    for name, reg in cpu.registers.items():
        size = storage(reg.width)
        at = -(-at // size) * size
        result[name] = at
        at += size * (reg.count if isinstance(reg, RegFile) else 1)
    return result


def size(cpu: type[Cpu]) -> int:
    """Bytes from the CPU's base to the end of its registers, a multiple of 8."""
    name, reg = list(cpu.registers.items())[-1]
    count = reg.count if isinstance(reg, RegFile) else 1
    return -(-(offsets(cpu)[name] + storage(reg.width) * count) // 8) * 8
