"""The invaders sound board: what each bit of its ports sounds like."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from ear import Samples, crossings, loudest, within
from loose import Loose

from emucore.cpus.i8080 import i8080
from emucore.machine import Machine
from machines.arcade.invaders.board import make_board
from machines.arcade.invaders.circuits import RATE
from machines.arcade.invaders.sound import (
    AMPLIFIER,
    BONUS,
    EXPLOSION,
    HIT,
    ROOM,
    SAUCER,
    SAUCER_HIT,
    SHOT,
    TICKS,
    SoundBoard,
)


def listen(*script: tuple[float, int, int]) -> Samples:
    """Samples while ports 3 and 5 are set at times in seconds; the last row tells the end."""
    bench = Loose(SoundBoard())
    pieces = []
    now = 0
    for at, port3, port5 in script:
        until = round(at * RATE)
        while now < until:
            step = min(until - now, 800)
            now += step
            made = int(bench.memory["made"][0])
            bench.record.catch_up(now * TICKS)
            assert bench.memory["made"][0] == made + step
            ring = bench.memory["ring"][0]
            pieces.append(np.take(ring, range(made, made + step), mode="wrap").astype(float))
        bench.record.set_port3(0, port3, now * TICKS)
        bench.record.set_port5(0, port5, now * TICKS)
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
    whole, pieces = Loose(SoundBoard()), Loose(SoundBoard())
    end = times[-1] + 5_000
    for (time, port, value), later in zip(script, [*times[1:], end], strict=True):
        for bench in (whole, pieces):
            getattr(bench.record, f"set_port{port}")(0, value, time)
        pieces.record.catch_up(rng.randint(time, later))
    for bench in (whole, pieces):
        bench.record.catch_up(end)
    assert whole.memory.tobytes() == pieces.memory.tobytes()


def test_silence_is_made_once() -> None:
    """Samples of the ring are told apart from silence, whatever became of the state meanwhile."""
    bench = Loose(SoundBoard())
    ring, sound = bench.memory["ring"][0], bench.record
    sound.set_port3(0, AMPLIFIER | SHOT, 0)
    sound.catch_up(700 * TICKS)
    assert sound.loud == np.count_nonzero(ring) > 600
    sound.made, sound.mean, sound.port3, sound.shot.gate = 5_000, 0.0, 0, 0.0
    for made, loud in ((5_200, True), (ROOM, True), (ROOM + 600, True), (ROOM + 800, False)):
        sound.catch_up(made * TICKS)
        assert sound.loud == np.count_nonzero(ring)
        assert bool(sound.loud) is loud
    assert sound.made == ROOM + 800
