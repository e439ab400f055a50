"""Numbers as people write addresses: 256, 0x100, 100h, $100."""

from __future__ import annotations


def parse(text: str) -> int:
    """The number *text*, from 0 to 64 bits; :class:`ValueError` saying what is wrong with it."""
    digits, base = text.strip().lower(), 0
    if digits.endswith("h"):
        digits, base = digits[:-1], 16
    elif digits.startswith("$"):
        digits, base = digits[1:], 16
    try:
        value = int(digits, base)
    except ValueError:
        raise ValueError(f"{text!r} is no number") from None
    if value < 0:
        raise ValueError(f"{text} is negative")
    if value.bit_length() > 64:
        raise ValueError(f"{text} has more than 64 bits")
    return value
