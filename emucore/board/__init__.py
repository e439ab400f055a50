"""Boards: CPUs, memories and devices, and what connects them."""

from emucore.board.board import (
    AddressMap,
    Bank,
    Board,
    BoardError,
    CpuPart,
    Input,
    Kept,
    KeptClock,
    Memory,
    Range,
    Screen,
    Sound,
    Switch,
    Wire,
)
from emucore.board.slot import Reader, Slot

__all__ = [
    "AddressMap",
    "Bank",
    "Board",
    "BoardError",
    "CpuPart",
    "Input",
    "Kept",
    "KeptClock",
    "Memory",
    "Range",
    "Reader",
    "Screen",
    "Slot",
    "Sound",
    "Switch",
    "Wire",
]
