"""Where the 6502's single-step vectors are not what the chip does, and what it does there.

A vector is mended only if it has exactly the error that is described; any other stands as it is.

NOPs that read an address of 16 bits: the vectors stop in front of that access.  The chip does it
(nestest.log, CYC 14602 and 14686: 4 cycles, and 5 across a page).

SHA, SHX, SHY and TAS across a page: the byte stored is the register AND the base's page + 1, and
becomes the high byte of the address ("NMOS 6510 Unintended Opcodes"; Visual6502; on an Apple II,
SHA $40FF,Y with A and X FF and Y 41 stores 41 at 4140: AppleWin's issue 282).  Some editions of the
vectors have that address, but in the byte still the page behind: the base's + 2.
"""

from __future__ import annotations

from typing import Any

_Json = dict[str, Any]
_Cycle = list[Any]

LONG_NOPS = (0x0C, 0x1C, 0x3C, 0x5C, 0x7C, 0xDC, 0xFC)
#: By opcode: the registers that are ANDed, and the index.
UNSTABLE = {0x93: ("ax", "y"), 0x9B: ("ax", "y"), 0x9C: ("y", "x"), 0x9E: ("x", "y")}
UNSTABLE[0x9F] = UNSTABLE[0x93]

_ABSOLUTE, _INDIRECT = 0x0C, 0x93

#: What people are told, by opcode.
NOTES = {
    **dict.fromkeys(LONG_NOPS, "with the last read, which vectors lack and the chip does"),
    **dict.fromkeys(UNSTABLE, "across a page by the base's page + 1, as the chip does it"),
}


def mended(vector: _Json) -> _Json:
    """*vector*, or what the chip does instead."""
    opcode = vector["cycles"][0][1]
    if opcode in LONG_NOPS:
        return {**vector, "cycles": _with_last_read(opcode, vector)}
    if opcode in UNSTABLE:
        return _with_its_page(opcode, vector)
    return vector


def _with_last_read(opcode: int, vector: _Json) -> list[_Cycle]:
    cycles: list[_Cycle] = vector["cycles"]
    low, high = (data for _, data, _ in cycles[1:3])
    index = 0 if opcode == _ABSOLUTE else vector["initial"]["x"]
    address = (high << 8 | low) + index & 0xFFFF
    if cycles[3:] and cycles[-1][0] == address:
        return cycles
    return [*cycles, [address, dict(vector["initial"]["ram"]).get(address, 0), "read"]]


def _with_its_page(opcode: int, vector: _Json) -> _Json:
    *cycles, (address, byte, way) = vector["cycles"]
    registers, index = UNSTABLE[opcode]
    kept = 0xFF
    for register in registers:
        kept &= vector["initial"][register]
    low, page = (data for _, data, _ in cycles[2 if opcode == _INDIRECT else 1 :][:2])
    crosses = low + vector["initial"][index] > 0xFF
    wrong, right = kept & (page + 2 & 0xFF), kept & (page + 1 & 0xFF)
    if not crosses or wrong == right or (byte, address >> 8) != (wrong, wrong):
        return vector
    before, after = dict(vector["initial"]["ram"]), dict(vector["final"]["ram"])
    del after[address]
    if address in before:
        after[address] = before[address]
    after[right << 8 | address & 0xFF] = right
    return {
        **vector,
        "cycles": [*cycles, [right << 8 | address & 0xFF, right, way]],
        "final": {**vector["final"], "ram": list(after.items())},
    }
