"""Devices: chips described once, run by every engine."""

from emucore.device.device import (
    NEVER,
    Device,
    Record,
    Shared,
    Spec,
    array,
    as_python,
    due,
    integer,
    line,
    real,
    shared,
    with_globals,
)

__all__ = [
    "NEVER",
    "Device",
    "Record",
    "Shared",
    "Spec",
    "array",
    "as_python",
    "due",
    "integer",
    "line",
    "real",
    "shared",
    "with_globals",
]
