"""The SN76477 by itself: frequencies and times of its data sheet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ear import RATE, Samples, loudest, spectrum
from loose import Loose

from machines.parts.sound import sn76477
from machines.parts.sound.sn76477 import Sn76477


def chip(seconds: float, **wired: Any) -> Samples:
    """What an enabled chip sounds like."""
    record = Loose(Sn76477(rate=RATE, **wired)).record
    record.set_off(0)
    return np.array([record.sample() for _ in range(round(seconds * RATE))])


def test_slf_is_0_64_by_rc() -> None:
    samples = chip(0.25, slf=(120e3, 0.01e-6), mixer=sn76477.SLF, envelope=sn76477.MIXER_ONLY)
    assert loudest(samples) == pytest.approx(0.64 / (120e3 * 0.01e-6), rel=0.02)


@pytest.mark.parametrize("control", [2.37, 1.0, 0.6])
def test_vco_by_its_control_voltage(control: float) -> None:
    """The ramp turns 0.35 V above the control: a period is twice that swing."""
    samples = chip(
        0.25,
        vco=(8.2e3, 0.4e-6),
        mixer=sn76477.VCO,
        envelope=sn76477.MIXER_ONLY,
        control=control,
    )
    lowest = 0.64 / (8.2e3 * 0.4e-6)
    wanted = lowest * sn76477.VCO_SWING / (control + sn76477.ABOVE - sn76477.LOW)
    assert loudest(samples) == pytest.approx(wanted, rel=0.03)


def test_one_shot_opens_for_its_time() -> None:
    samples = chip(
        0.2,
        one_shot=(100e3, 1e-6),
        slf=(100e3, 0.01e-6),
        mixer=sn76477.SLF,
        envelope=sn76477.BY_ONE_SHOT,
    )
    sounding = np.flatnonzero(samples)
    assert sounding[-1] / RATE == pytest.approx(0.8 * 100e3 * 1e-6, rel=0.01)


def test_attack_and_decay_are_ramps() -> None:
    samples = np.abs(
        chip(
            0.2,
            one_shot=(50e3, 1e-6),
            attack=(20e3, 1e-6),
            decay=(40e3, 1e-6),
            mixer=sn76477.INHIBIT,
            envelope=sn76477.BY_ONE_SHOT,
        )
    )
    assert samples[RATE // 100] == pytest.approx(0.5, abs=0.01)
    assert samples[RATE // 50 + 10] == 1.0
    assert samples[round(0.06 * RATE)] == pytest.approx(0.5, abs=0.01)
    assert not samples[round(0.081 * RATE) :].any()


def test_noise_is_noise() -> None:
    samples = chip(0.5, noise_clock=10_000, mixer=sn76477.NOISE, envelope=sn76477.MIXER_ONLY)
    assert abs(samples.mean()) < 0.1
    _, energy = spectrum(samples)
    assert energy.max() / energy.sum() < 0.01
