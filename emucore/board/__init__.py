"""Boards: how a machine is described.  :mod:`emucore.board.board` tells all of it."""

from emucore.base.renamed import names_of
from emucore.board.address_map import AddressMap, Bank, Memory, Range, Waits
from emucore.board.board import (
    Board,
    CpuPart,
    Kept,
    Steal,
    Switch,
    Wire,
)
from emucore.board.errors import BoardError
from emucore.board.inputs import Axis, Button, Dial, Gun, Input
from emucore.board.matrix import Key, Keyboard
from emucore.board.outputs import Sound, Source
from emucore.board.screens import Screen

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
    "Source",
    "Steal",
    "Switch",
    "Waits",
    "Wire",
]

__getattr__ = names_of(__name__)
