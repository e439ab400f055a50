"""Boards: how a machine is described.  :mod:`emucore.board.board` tells all of it."""

from emucore.board.address_map import AddressMap, Bank, Memory, Range, Waits
from emucore.board.board import (
    Board,
    CpuPart,
    Screen,
    Sound,
    Steal,
    Switch,
    Wire,
)
from emucore.board.errors import BoardError
from emucore.board.inputs import Axis, Button, Dial, Gun, Input
from emucore.board.kept import Kept, KeptClock
from emucore.board.matrix import Key, Keyboard
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
    "Steal",
    "Switch",
    "Waits",
    "Wire",
]
