"""Boards: how a machine is described.  :mod:`emucore.board.board` tells all of it."""

from emucore.base.renamed import names_of
from emucore.board.address_map import AddressMap, Bank, Memory, Range, Waits
from emucore.board.board import (
    Board,
    CpuPart,
    Steal,
    Switch,
    Wire,
)
from emucore.board.errors import BoardError
from emucore.board.inputs import Axis, Button, Dial, Gun, Input
from emucore.board.kept import Kept, KeptClock
from emucore.board.matrix import Key, Keyboard
from emucore.board.outputs import Sound, Source
from emucore.board.screens import Screen
from emucore.board.slot import Reader, Slot

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
    "KeptClock",
    "Key",
    "Keyboard",
    "Memory",
    "Range",
    "Reader",
    "Screen",
    "Slot",
    "Sound",
    "Source",
    "Steal",
    "Switch",
    "Waits",
    "Wire",
]

__getattr__ = names_of(__name__)
