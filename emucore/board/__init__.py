"""Boards: how a machine is described.  :mod:`emucore.board.board` tells all of it."""

from emucore.board.address_map import AddressMap, Bank, BoardError, Memory, Range, Waits
from emucore.board.board import (
    Board,
    CpuPart,
    Input,
    Kept,
    Steal,
    Switch,
    Wire,
)
from emucore.board.outputs import Screen, Sound, Source

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
    "Source",
    "Steal",
    "Switch",
    "Waits",
    "Wire",
]
