"""Boards: CPUs, memories and devices, and what connects them."""

from emucore.board.board import (
    AddressMap,
    Bank,
    Board,
    BoardError,
    CpuPart,
    Input,
    Kept,
    Memory,
    Range,
    Screen,
    Sound,
    Switch,
    Wire,
)

__all__ = [
    "AddressMap",
    "Bank",
    "Board",
    "BoardError",
    "CpuPart",
    "Input",
    "Kept",
    "Memory",
    "Range",
    "Screen",
    "Sound",
    "Switch",
    "Wire",
]
