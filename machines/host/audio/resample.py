"""Sound from one rate to another, or to nearly the same one, sample for sample without a seam."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

#: Samples on either side that a new one is made of (of the lower rate), and steps between two
#: samples in the table.
WIDTH, PHASES = 16, 256
#: Kaiser window: what is beyond the band is 80 dB down.
BETA = 7.86
#: Part of the band that is kept; the rest is for the filter to fall off in.
BAND = 0.94


@cache
def _table(cutoff: float, width: int) -> npt.NDArray[np.float32]:
    """Weights of the samples around a new one, for each step: (PHASES + 1, 2 * width)."""
    at = np.arange(-width + 1, width + 1) - np.arange(PHASES + 1)[:, None] / PHASES
    window = np.i0(BETA * np.sqrt(np.clip(1 - (at / width) ** 2, 0, 1))) / np.i0(BETA)
    weights = cutoff * np.sinc(cutoff * at) * window
    table: npt.NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype("f4")
    return table


class Resampler:
    """Takes samples at one rate and gives them at another that is *ratio* times as high; each may
    be of a *shape*: of two channels, (2,).

    Each call may shift the ratio a little, without a click.
    """

    def __init__(self, ratio: float, shape: tuple[int, ...] = ()) -> None:
        lower = min(1.0, ratio)
        self._width = math.ceil(WIDTH / lower)
        self._weights = _table(lower * BAND, self._width)
        self._ratio = ratio
        self._kept = np.zeros((2 * self._width - 1, *shape), np.float32)
        self._at = 0.0  # the next new sample's place, in samples from the first that it is made of

    def feed(self, samples: npt.NDArray[np.int16], shift: float = 1.0) -> npt.NDArray[np.float32]:
        """What *samples* become; the ratio is *shift* times the usual one for them."""
        known = np.concatenate((self._kept, samples.astype(np.float32)))
        step = 1 / (self._ratio * shift)
        room = len(samples)
        count = max(0, math.ceil((room - self._at) / step))
        places = self._at + step * np.arange(count)
        first = places.astype(np.int64)
        phase = (places - first) * PHASES
        row = phase.astype(np.int64)
        part = (phase - row).astype(np.float32)[:, None]
        weights = self._weights[row] * (1 - part) + self._weights[row + 1] * part
        around = known[first[:, None] + np.arange(2 * self._width)]
        self._at += count * step - room
        self._kept = known[room:]
        made: npt.NDArray[np.float32] = np.einsum("ij...,ij->i...", around, weights)
        return made
