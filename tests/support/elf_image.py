"""ELF files made by hand."""

from __future__ import annotations

import struct


def image(bits: int, order: str = "<", size: int = 12) -> bytes:
    """An executable made by hand: one segment, a symbol table, its strings."""
    wide = bits == 64
    word = "Q" if wide else "I"
    head, ph, sh = (64, 56, 64) if wide else (52, 32, 40)
    code, names = b"\x13\0\0\0\x73\0\0\0", b"\0_start\0tohost\0"
    symbols = [(0, 0), (1, 0x1000), (8, 0x1004)]
    if wide:
        table = b"".join(struct.pack(order + "IBBHQQ", n, 0, 0, 1, v, 0) for n, v in symbols)
    else:
        table = b"".join(struct.pack(order + "IIIBBH", n, v, 0, 0, 0, 1) for n, v in symbols)
    at = head + ph
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1]) + bytes(9)
    sections = at + len(code) + len(names) + len(table)
    header = struct.pack(
        f"{order}HHI{word * 3}IHHHHHH",
        *(2, 243, 1, 0x1000, head, sections, 0, head, ph, 1, sh, 3, 0),
    )
    if wide:
        segment = struct.pack(order + "IIQQQQQQ", 1, 5, at, 0x1000, 0x1000, len(code), size, 4)
    else:
        segment = struct.pack(order + "IIIIIIII", 1, at, 0x1000, 0x1000, len(code), size, 5, 4)

    def section(kind: int, offset: int, length: int, link: int) -> bytes:
        return struct.pack(
            f"{order}II{word * 4}II{word * 2}", 0, kind, 0, 0, offset, length, link, 0, 1, 0
        )

    end = at + len(code)
    tables = section(0, 0, 0, 0) + section(3, end, len(names), 0)
    tables += section(2, end + len(names), len(table), 1)
    return ident + header + segment + code + names + table + tables
