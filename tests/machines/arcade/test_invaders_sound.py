"""The invaders sound board: what each bit of its ports sounds like."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import numpy as np
import pytest
from ear import Samples, crossings, loudest, spectrum, within

from emucore.cpus.i8080 import i8080
from emucore.device import Record
from emucore.machine import Machine
from machines.arcade.invaders.board import make_board
from machines.arcade.invaders.circuits import (
    AMPLIFIER,
    BONUS,
    EXPLOSION,
    HIT,
    RATE,
    SAUCER,
    SAUCER_HIT,
    SHOT,
)
from machines.arcade.invaders.sound import TICKS, SoundBoard
from machines.parts.sound import sn76477
from machines.parts.sound.sn76477 import Sn76477, sn76477_enable, sn76477_sample


class Bench:
    """A device's record with nothing around it."""

    def __init__(self, device: SoundBoard | Sn76477) -> None:
        self.functions = device.functions
        kind = device.dtype()
        self.memory = np.zeros(1, kind)
        for name, value in device.initial.items():
            self.memory[name] = value
        self.record = Record(memoryview(self.memory.view(np.uint8)), 0, type(device))


def listen(*script: tuple[float, int, int]) -> Samples:
    """Samples while ports 3 and 5 are set at times in seconds; the last row tells the end."""
    bench = Bench(SoundBoard())
    pieces = []
    now = 0
    for at, port3, port5 in script:
        until = round(at * RATE)
        while now < until:
            step = min(until - now, 800)
            now += step
            made = int(bench.memory["made"][0])
            bench.functions["catch_up"](bench.record, now * TICKS)
            assert bench.memory["made"][0] == made + step
            ring = bench.memory["ring"][0]
            pieces.append(np.take(ring, range(made, made + step), mode="wrap").astype(float))
        bench.functions["set_port3"](bench.record, 0, port3, now * TICKS)
        bench.functions["set_port5"](bench.record, 0, port5, now * TICKS)
    return np.concatenate(pieces)


@pytest.mark.parametrize(("bit", "hertz"), [(1, 62.4), (2, 53.7), (4, 50.2), (8, 46.2)])
def test_fleet_steps(bit: int, hertz: float) -> None:
    """1 / (0.1 uF x (0.941 x (R1 + 75k) + 0.693 x 75k)) with R1 of 40k, 68k, 82k, 100k."""
    samples = listen((0, AMPLIFIER, bit), (0.5, 0, 0))
    assert loudest(samples[RATE // 10 :]) == pytest.approx(hertz, abs=2.5)
    assert 2_000 < np.abs(samples).max() < 20_000


def test_bonus_is_480_hertz_gated_seven_times_a_second() -> None:
    samples = listen((0, AMPLIFIER | BONUS, 0), (1, 0, 0))
    assert loudest(samples) == pytest.approx(480, abs=2)
    rows = samples[: RATE // 100 * 100].reshape(100, -1)  # of 10 ms
    sounding = rows.std(axis=1) > 200
    starts = int((sounding[1:] & ~sounding[:-1]).sum())
    assert starts == 7


def test_saucer_warbles() -> None:
    """The SLF's 5.3 Hz sweep the VCO between 780 Hz and some 5 kHz."""
    samples = listen((0, AMPLIFIER | SAUCER, 0), (1, 0, 0))
    assert within(samples, 700, 6_000) > 0.8
    hertz = crossings(samples)
    assert hertz.min() < 1_000
    assert hertz.max() > 3_500
    spins = np.abs(np.fft.rfft(hertz - hertz.mean()))
    assert int(np.argmax(spins)) == 5


def test_shot_falls_and_needs_its_bit() -> None:
    samples = listen((0, AMPLIFIER | SHOT, 0), (0.9, AMPLIFIER, 0), (2, 0, 0))
    early, late = samples[2_000:8_000], samples[36_000:42_000]
    assert loudest(early) > 900
    assert loudest(late) < 700
    assert np.abs(early).max() > 2_000
    assert not samples[int(1.9 * RATE) :].any()


def test_explosion_rumbles() -> None:
    samples = listen((0, AMPLIFIER | EXPLOSION, 0), (1.0, AMPLIFIER, 0), (2, 0, 0))
    assert within(samples[:RATE], 0, 500) > 0.8
    assert np.abs(samples[: RATE // 2]).max() > 2_000
    falling = [samples[at : at + 4_800].std() for at in range(33_600, 72_000, 9_600)]
    assert all(a > b for a, b in itertools.pairwise(falling))
    assert not samples[round(1.6 * RATE) :].any()


def test_invader_hit_sweeps_down_again_and_again() -> None:
    """From 2.1 kHz to 240 Hz in 85 ms, while the level falls for 0.32 s."""
    samples = listen((0, AMPLIFIER | HIT, 0), (0.2, AMPLIFIER, 0), (1, 0, 0))
    for start in range(0, 3 * RATE // 12, RATE // 12 + 68):
        assert loudest(samples[start : start + 800]) > 1_500
        assert loudest(samples[start + 2_900 : start + 3_700]) < 800
    assert not samples[RATE // 2 :].any()


def test_saucer_hit_warbles_while_its_bit_is_set() -> None:
    """Six times a second between 100 Hz and 1.5 kHz."""
    samples = listen((0, AMPLIFIER, SAUCER_HIT), (1, AMPLIFIER, 0), (2, 0, 0))
    assert within(samples[:RATE], 80, 1_600) > 0.6
    hertz = crossings(samples[:RATE], 0.02)
    spins = np.abs(np.fft.rfft(hertz - hertz.mean()))
    assert int(np.argmax(spins)) == 6
    assert samples[RATE // 2 : RATE].std() > 2_500
    assert not samples[round(1.8 * RATE) :].any()


def test_the_amplifier_bit_mutes_everything() -> None:
    everything = SAUCER | SHOT | EXPLOSION | HIT | BONUS
    assert not listen((0, everything, 0x1F), (0.1, 0, 0)).any()
    loud = listen((0, everything | AMPLIFIER, 0x1F), (0.3, 0, 0))
    assert 10_000 < np.abs(loud).max() <= 32_768


def test_a_sound_starts_at_the_sample_of_its_out() -> None:
    """Sample n is due at tick 416 n: cycle 41.6 n."""
    # mvi a,30; out 3 (at cycle 7 + 8); then nothing
    board = Machine(make_board(i8080), {"rom": bytes.fromhex("3e30d303 76")})
    board.use("reference")
    board.run_until(1_000_000)
    samples = board.arena["sound.ring"]
    first = int(np.argmax(samples != 0))
    assert first == 1  # the write is at tick 150, between samples 0 and 1
    assert board.arena["sound.made"] == -(-1_000_000 // TICKS)
    delayed = Machine(make_board(i8080), {"rom": bytes(100) + bytes.fromhex("3e30d303 76")})
    delayed.use("reference")
    delayed.run_until(1_000_000)
    assert int(np.argmax(delayed.arena["sound.ring"] != 0)) == -(-(400 + 15) * 10 // TICKS)


def test_the_same_in_pieces() -> None:
    rng = random.Random(4)
    times = sorted(rng.randrange(400_000 * TICKS // 100) for _ in range(40))
    script = [(time, rng.choice((3, 5)), rng.randrange(64)) for time in times]
    whole, pieces = Bench(SoundBoard()), Bench(SoundBoard())
    end = times[-1] + 5_000
    for (time, port, value), later in zip(script, [*times[1:], end], strict=True):
        for bench in (whole, pieces):
            bench.functions[f"set_port{port}"](bench.record, 0, value, time)
        pieces.functions["catch_up"](pieces.record, rng.randint(time, later))
    for bench in (whole, pieces):
        bench.functions["catch_up"](bench.record, end)
    assert whole.memory.tobytes() == pieces.memory.tobytes()


# -- the SN76477 by itself -----------------------------------------------------------------------


def chip(seconds: float, parts: dict[str, float], **settings: float) -> Samples:
    bench = Bench(Sn76477(**parts, **settings))
    sn76477_enable(bench.record, 0)
    run: Callable[[Record], float] = sn76477_sample
    return np.array([run(bench.record) for _ in range(round(seconds * RATE))])


def test_slf_is_0_64_by_rc() -> None:
    parts = Sn76477.components(RATE, slf=(120e3, 0.01e-6))
    samples = chip(0.25, parts, sn_mixer=sn76477.SLF, sn_envelope=sn76477.MIXER_ONLY)
    assert loudest(samples) == pytest.approx(0.64 / (120e3 * 0.01e-6), rel=0.02)


@pytest.mark.parametrize("control", [2.37, 1.0, 0.6])
def test_vco_by_its_control_voltage(control: float) -> None:
    """The ramp turns 0.35 V above the control: a period is twice that swing."""
    parts = Sn76477.components(RATE, vco=(8.2e3, 0.4e-6))
    samples = chip(
        0.25,
        parts,
        sn_mixer=sn76477.VCO,
        sn_envelope=sn76477.MIXER_ONLY,
        sn_control=control,
    )
    lowest = 0.64 / (8.2e3 * 0.4e-6)
    wanted = lowest * sn76477.VCO_SWING / (control + sn76477.ABOVE - sn76477.LOW)
    assert loudest(samples) == pytest.approx(wanted, rel=0.03)


def test_one_shot_opens_for_its_time() -> None:
    parts = Sn76477.components(RATE, one_shot=(100e3, 1e-6), slf=(100e3, 0.01e-6))
    samples = chip(0.2, parts, sn_mixer=sn76477.SLF, sn_envelope=sn76477.BY_ONE_SHOT)
    sounding = np.flatnonzero(samples)
    assert sounding[-1] / RATE == pytest.approx(0.8 * 100e3 * 1e-6, rel=0.01)


def test_attack_and_decay_are_ramps() -> None:
    parts = Sn76477.components(RATE, one_shot=(50e3, 1e-6), attack=(20e3, 1e-6), decay=(40e3, 1e-6))
    samples = np.abs(chip(0.2, parts, sn_mixer=sn76477.INHIBIT, sn_envelope=sn76477.BY_ONE_SHOT))
    assert samples[RATE // 100] == pytest.approx(0.5, abs=0.01)
    assert samples[RATE // 50 + 10] == 1.0
    assert samples[round(0.06 * RATE)] == pytest.approx(0.5, abs=0.01)
    assert not samples[round(0.081 * RATE) :].any()


def test_noise_is_noise() -> None:
    parts = Sn76477.components(RATE, noise_clock=10_000)
    samples = chip(0.5, parts, sn_mixer=sn76477.NOISE, sn_envelope=sn76477.MIXER_ONLY)
    assert abs(samples.mean()) < 0.1
    _, energy = spectrum(samples)
    assert energy.max() / energy.sum() < 0.01
