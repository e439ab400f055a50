"""From what devices have drawn to a picture: colours, lines, turning."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.board.screens import Screen
from emucore.body.picture import Picture
from emucore.plan.arena import Arena

Dots = npt.NDArray[Any]


def paint(arena: Arena, screen: Screen) -> Picture:
    """The picture on *screen*, of its own memory, as (height, width, 3) bytes, turned."""
    name = screen.device.name
    values = arena[f"{name}.{screen.pixels}"]
    if screen.count:
        values = lines(values[: int(arena[f"{name}.{screen.count}"][0])], *screen.dots)
    if screen.size is not None:
        height, width = (int(arena[f"{name}.{field}"][0]) for field in screen.size)
        values = values[:height, :width]
    colours = arena[f"{name}.{screen.colours}"] if screen.colours else None
    if colours is not None and colours.ndim == 3:  # a palette for each line
        values = colours[np.arange(len(values))[:, None], values]
        turned = np.rot90(values, -screen.rotate // 90).copy()
    elif screen.shades:
        palette = np.array(screen.palette if colours is None else colours, np.uint8)
        turned = np.take(palette, np.rot90(values, -screen.rotate // 90), axis=0)
    else:
        words = np.rot90(values, -screen.rotate // 90)
        turned = np.stack([words >> shift & 0xFF for shift in (16, 8, 0)], axis=-1).astype(np.uint8)
    picture: Picture = turned.view(Picture)
    return picture


def lines(rows: Dots, height: int, width: int) -> npt.NDArray[np.uint8]:
    """Lines from x0, y0 to x1, y1 in colour *c* as dots: each has both its ends, and as many dots
    as its longer side; what is off the tube is not seen."""
    canvas = np.zeros((height, width), np.uint8)
    for x0, y0, x1, y1, colour in rows.tolist():
        count = min(max(abs(x1 - x0), abs(y1 - y0)), LONGEST) + 1
        x, y = (np.rint(np.linspace(a, b, count)).astype(np.int64) for a, b in ((x0, x1), (y0, y1)))
        seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        canvas[y[seen], x[seen]] = colour
    return canvas


#: Dots of a line at most: more than any tube has.
LONGEST = 1 << 14
