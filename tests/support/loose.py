"""A device with nothing around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from emucore.device import Device, Record


class Loose:
    """Its record: ``memory`` are numpy's fields of it, ``record`` is what its functions see."""

    def __init__(self, device: Device) -> None:
        self.memory = np.zeros(1, device.dtype())
        for part, fields in _parts(device, self.memory):
            for name, value in part.initial.items():
                fields[name] = value
        self.record: Any = Record(memoryview(self.memory.view(np.uint8)), 0, type(device))


def _parts(device: Device, fields: Any) -> Iterator[tuple[Device, Any]]:
    yield device, fields
    for name in device.parts:
        yield from _parts(getattr(device, name), fields[name])
