"""What differs between two states, by the fields' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Values = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Element:
    """A piece of state and its two values, ``name`` being a field or ``field[index]``."""

    name: str
    values: tuple[int | float, int | float]


@dataclass(frozen=True)
class Difference:
    """A field that differs in ``count`` of its ``size`` elements."""

    name: str
    size: int
    count: int
    elements: tuple[Element, ...]


def differences(first: Values, second: Values, most: int | None = None) -> Iterator[Difference]:
    """The fields that differ to the bit, scalars before arrays, with *most* elements of each.

    Both must have the same fields, of the same types and shapes.
    """
    for name in sorted(first, key=lambda name: first[name].size > 1):
        a, b = np.ravel(first[name]), np.ravel(second[name])
        bits = f"u{a.itemsize}"  # so that -0.0 is not 0.0
        found = np.flatnonzero(a.view(bits) != b.view(bits))
        if len(found):
            elements = tuple(
                Element(f"{name}[{i:#x}]" if a.size > 1 else name, (a[i].item(), b[i].item()))
                for i in found[:most]
            )
            yield Difference(name, a.size, len(found), elements)
