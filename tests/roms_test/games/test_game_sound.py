"""Thistledown's sounds: each event by the spectrum of what comes out of the loudspeaker.

What a circuit sounds like by itself is told in test_invaders_sound.
"""

from __future__ import annotations

import numpy as np
import pytest
from cabinet import SPINES, Cabinet
from ear import RATE, Samples, crossings, loudest, within

SECOND = 60  # frames, nearly


@pytest.fixture
def quiet() -> Cabinet:
    """A game in which nothing moves and nothing sounds."""
    cabinet = Cabinet()
    cabinet.begin()
    hush(cabinet)
    assert not listen(cabinet, SECOND)[RATE // 2 :].any()
    return cabinet


def hush(cabinet: Cabinet) -> None:
    """No wisps, and no beat."""
    cabinet.empty_air()
    cabinet.put("beat_timer", 255)


def listen(cabinet: Cabinet, frames: int) -> Samples:
    """Run frames without a beat, and listen."""
    heard = []
    for _ in range(frames):
        cabinet.put("beat_timer", 255)
        cabinet.put("spawn_timer", 255)
        heard.append(cabinet.hear(1))
    return np.concatenate(heard)


def sounding(samples: Samples) -> float:
    """Seconds from the first sample that is not silent to the last."""
    at = np.flatnonzero(samples)
    return (at[-1] - at[0] + 1) / RATE if len(at) else 0.0


def test_the_shot_is_a_falling_tone(quiet: Cabinet) -> None:
    """From 1.2 kHz down, with noise on it, for some tenths of a second."""
    quiet.machine.press("fire")
    samples = listen(quiet, 25)
    start = int(np.flatnonzero(samples)[0])
    assert within(samples[start : start + RATE // 10], 700, 1_700) > 0.5
    assert 0.2 < sounding(samples) < 0.45


def test_a_hit_sweeps_down_again_and_again(quiet: Cabinet) -> None:
    """2.1 kHz to 240 Hz every 85 ms."""
    quiet.wisp(100, 120)
    quiet.sprite("shot", 104, 112, "shot_shape")
    samples = listen(quiet, 30)
    start = int(np.flatnonzero(samples)[0])
    for sweep in range(2):
        at = start + sweep * RATE // 12
        assert loudest(samples[at : at + 800]) > 1_500
        assert loudest(samples[at + 2_900 : at + 3_700]) < 800


def test_the_wreck_is_low_noise(quiet: Cabinet) -> None:
    """An explosion that dies away: next to nothing above 500 Hz, and no tone."""
    quiet.put("weeds", *[0] * 28)
    quiet.sprite("spines", quiet.byte("mower") + 5, 34, "spine_1")
    samples = listen(quiet, 80)
    assert quiet.byte("wreck_timer")
    start = int(np.flatnonzero(samples)[0])
    blast = samples[start : start + RATE * 3 // 4]
    assert within(blast, 0, 500) > 0.8
    energy = np.abs(np.fft.rfft(blast)) ** 2
    assert energy.max() / energy.sum() < 0.2
    assert blast.std() > 3 * samples[start + RATE * 6 // 5 :].std()


def test_the_beat_has_four_tones_and_gets_faster(quiet: Cabinet) -> None:
    """62 to 46 Hz, R1 to R4 of the circuit, in turn; a beat sooner for each wisp fewer."""
    heard = {}
    for _ in range(4):
        quiet.put("beat_timer", 0)
        first = quiet.hear(1)
        number = quiet.byte("beat")
        quiet.put("sounds", 40, at=8 + number)  # held: 84 ms tell a tone badly
        held = listen(quiet, 40)
        heard[number] = loudest(held[RATE // 10 :])
        assert np.concatenate([first, held]).any()
        listen(quiet, 20)
    assert heard == {
        number: pytest.approx(hertz, abs=2) for number, hertz in enumerate((62.4, 53.7, 50.2, 46.2))
    }
    pauses = []
    for stock in (40, 20, 2):
        quiet.put("stock", stock)
        quiet.put("beat_timer", 0)
        quiet.run(1)
        pauses.append(quiet.byte("beat_timer"))
    assert pauses == [48, 28, 10]


def test_the_hornet_warbles(quiet: Cabinet) -> None:
    """The SN76477: 780 Hz to some 5 kHz, five times a second, as long as it is in sight."""
    quiet.put("hornet_timer", 1, 0)
    samples = listen(quiet, SECOND + 2)[1_600 : 1_600 + RATE]
    assert within(samples, 700, 6_000) > 0.8
    hertz = crossings(samples)
    assert hertz.min() < 1_000
    assert hertz.max() > 3_500
    assert int(np.argmax(np.abs(np.fft.rfft(hertz - hertz.mean())))) == 5
    assert list(quiet.records("hornet", 1, 1))


def test_the_hornet_falls(quiet: Cabinet) -> None:
    """100 Hz to 1.5 kHz and back, six times a second, for the second that its points are shown."""
    quiet.put("hornet_timer", 1, 0)
    listen(quiet, 40)
    quiet.sprite("shot", quiet.byte("hornet") + 7, 195, "shot_shape")
    listen(quiet, 6)
    assert quiet.score > 0
    samples = listen(quiet, SECOND)
    assert within(samples, 80, 1_600) > 0.6
    hertz = crossings(samples[: RATE * 5 // 6], 0.02)
    assert int(np.argmax(np.abs(np.fft.rfft(hertz - hertz.mean())))) == 5  # 6 a second


def test_the_bonus_is_480_hertz(quiet: Cabinet) -> None:
    """Gated seven times a second, for a second."""
    quiet.put_score(1_495)
    quiet.put("weeds", 1, at=16)
    quiet.machine.press("right")
    samples = listen(quiet, 120)
    assert quiet.lives == 4
    hertz, energy = np.fft.rfftfreq(len(samples), 1 / RATE), np.abs(np.fft.rfft(samples))
    assert hertz[np.argmax(energy * (hertz > 300))] == pytest.approx(480, abs=8)
    assert 0.9 < sounding(samples) < 1.4


def test_a_coin_is_480_hertz() -> None:
    cabinet = Cabinet()
    cabinet.run(30)
    cabinet.machine.press("coin")
    cabinet.run(4)
    cabinet.machine.release("coin")
    samples = cabinet.hear(30)
    assert loudest(samples) == pytest.approx(480, abs=5)
    assert 0.1 < sounding(samples) < 0.2


@pytest.mark.parametrize("event", ["mow", "land", "spine", "throw", "letter", "tidy"])
def test_everything_else_is_heard_too(quiet: Cabinet, event: str) -> None:
    if event == "mow":
        quiet.put("weeds", 1, at=16)
        quiet.machine.press("right")
    elif event == "land":
        quiet.wisp(20, 26)
    elif event == "spine":
        quiet.put("level", 1)
        quiet.wisp(20, 200)
        quiet.put("spine_timer", 0)
    elif event == "throw":
        quiet.put("weeds", *[4] * 20)
    elif event == "tidy":
        quiet.put("stock", 0)
    elif event == "letter":
        quiet.put_score(700)
        quiet.put("lives", 1)
        quiet.lose()
        quiet.until("YOUR NAME", 200)
        quiet.run(60)
        quiet.machine.press("right")
    heard = 0.0
    for _ in range(60):
        if event == "spine" and not list(quiet.records("spines", SPINES, 1)):
            quiet.put("spine_timer", 0)
        heard = max(heard, float(np.abs(listen(quiet, 1)).max()))
    assert heard > 1_000
