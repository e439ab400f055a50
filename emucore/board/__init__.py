"""Boards: CPUs, memories and devices, and what connects them."""

from emucore.board.board import (
    AddressMap,
    Bank,
    Board,
    BoardError,
    CpuPart,
    Kept,
    Memory,
    Range,
    Screen,
    Sound,
    Switch,
    Wire,
)
from emucore.board.inputs import Axis, Button, Dial, Gun, Input
from emucore.board.matrix import Key, Keyboard

__all__ = [
    "AddressMap",
    "Axis",
    "Bank",
    "Board",
    "BoardError",
    "Button",
    "CpuPart",
    "Dial",
    "Gun",
    "Input",
    "Kept",
    "Key",
    "Keyboard",
    "Memory",
    "Range",
    "Screen",
    "Sound",
    "Switch",
    "Wire",
]
