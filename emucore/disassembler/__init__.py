"""The disassembler: bytes to the text that assembles to them again."""

from emucore.disassembler.disassembler import (
    Disassembled,
    decode_one,
    disassemble,
    find,
    hexadecimal,
    is_decimal,
    listing,
)

__all__ = [
    "Disassembled",
    "decode_one",
    "disassemble",
    "find",
    "hexadecimal",
    "is_decimal",
    "listing",
]
