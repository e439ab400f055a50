"""Devices: how a chip is described.  :mod:`emucore.device.device` tells all of it."""

from emucore.device.device import Device, Record, Shared, as_python, shared, with_globals
from emucore.device.fields import (
    Part,
    Spec,
    array,
    audio,
    bus,
    drawn,
    due,
    frame_end,
    integer,
    into,
    out,
    part,
    real,
    wants,
)
from emucore.language.registers import NEVER

__all__ = [
    "NEVER",
    "Device",
    "Part",
    "Record",
    "Shared",
    "Spec",
    "array",
    "as_python",
    "audio",
    "bus",
    "drawn",
    "due",
    "frame_end",
    "integer",
    "into",
    "out",
    "part",
    "real",
    "shared",
    "wants",
    "with_globals",
]
