"""Boards: how a machine is described.  :mod:`emucore.board.board` tells all of it."""

from emucore.base.renamed import names_of
from emucore.board.address_map import AddressMap, Bank, BoardError, Memory, Range, Waits
from emucore.board.board import (
    Board,
    CpuPart,
    Input,
    Kept,
    Screen,
    Sound,
    Steal,
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
    "Steal",
    "Switch",
    "Waits",
    "Wire",
]

__getattr__ = names_of(__name__)
