"""What a test hears: spectra of samples at the boards' usual rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 48_000

Samples = npt.NDArray[np.float64]


def spectrum(samples: Samples) -> tuple[Samples, Samples]:
    """Frequencies and energies."""
    energy = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    return np.fft.rfftfreq(len(samples), 1 / RATE), energy


def loudest(samples: Samples) -> float:
    """The frequency with the most energy, in hertz."""
    frequencies, energy = spectrum(samples)
    return float(frequencies[np.argmax(energy)])


def within(samples: Samples, low: float, high: float) -> float:
    """The part of the energy between two frequencies."""
    frequencies, energy = spectrum(samples)
    return float(energy[(frequencies >= low) & (frequencies <= high)].sum() / energy.sum())


def crossings(samples: Samples, seconds: float = 0.01) -> Samples:
    """How often the sign changes, in hertz of a tone, in each piece of *seconds*."""
    size = round(seconds * RATE)
    rows = np.signbit(samples[: len(samples) // size * size]).reshape(-1, size)
    counts: Samples = (np.diff(rows, axis=1) != 0).sum(axis=1) / (2 * seconds)
    return counts
