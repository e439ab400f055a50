"""Sound on its way to the host: resampling, and the queue."""

from __future__ import annotations

import os
import time

import numpy as np
import numpy.typing as npt
import pytest

os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

from machines.host.audio.resample import WIDTH, Resampler
from machines.host.audio.speaker import MORE, TARGET, Speaker, open_speaker

RATE, FRAME = 48_000, 806


def tone(hertz: float, rate: int = RATE, level: float = 10_000) -> npt.NDArray[np.int16]:
    return np.round(level * np.sin(2 * np.pi * hertz / rate * np.arange(rate))).astype(np.int16)


def pieces(samples: npt.NDArray[np.int16], resampler: Resampler) -> npt.NDArray[np.float32]:
    return np.concatenate(
        [resampler.feed(samples[i : i + FRAME]) for i in range(0, len(samples), FRAME)]
    )


def fit(samples: npt.NDArray[np.float32], cycles: float) -> tuple[float, float]:
    """Level of a tone of *cycles* a sample, and of all that is not it."""
    turn = 2 * np.pi * cycles * np.arange(len(samples))
    waves = np.stack([np.sin(turn), np.cos(turn)], axis=1)
    found, *_ = np.linalg.lstsq(waves, samples, rcond=None)
    return float(np.hypot(*found)), float(np.std(samples - waves @ found) * np.sqrt(2))


@pytest.mark.parametrize("host", [48_000, 44_100, 96_000, 47_952, 22_050])
@pytest.mark.parametrize("hertz", [100, 1_000, 8_000])
def test_a_tone_stays_a_tone(host: int, hertz: int) -> None:
    made = pieces(tone(hertz), Resampler(host / RATE))
    assert abs(len(made) - host) <= 1
    level, rest = fit(made[2000:], hertz / host)
    assert level == pytest.approx(10_000, rel=0.01)
    assert 20 * np.log10(rest / level) < -70


def test_what_the_host_cannot_play_is_not_folded_down() -> None:
    made = pieces(tone(14_000), Resampler(22_050 / RATE))
    assert np.abs(made[2000:]).max() < 10_000 * 10 ** (-70 / 20)


def test_pieces_make_no_seam() -> None:
    samples = tone(440)
    for ratio in (1.0, 44_100 / 48_000, 2.0):
        whole = Resampler(ratio).feed(samples)
        assert np.abs(pieces(samples, Resampler(ratio))[: len(whole)] - whole).max() < 0.5


def test_silence_and_steady_levels_stay() -> None:
    resampler = Resampler(44_100 / RATE)
    assert not resampler.feed(np.zeros(FRAME, np.int16)).any()
    made = pieces(np.full(RATE, 5_000, np.int16), resampler)
    assert np.allclose(made[3 * WIDTH :], 5_000, atol=0.1)
    assert len(resampler.feed(np.zeros(0, np.int16))) == 0


def test_a_shifted_rate_gives_more_or_fewer_samples() -> None:
    resampler = Resampler(1.0)
    for shift in (0.99, 1.01):
        count = sum(len(resampler.feed(tone(440), shift)) for _ in range(3))
        assert count == pytest.approx(3 * RATE * shift, abs=2)


class Device:
    """What a speaker asks of SDL: a queue that tests drain."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.queue = np.zeros(0, np.int16)
        self.heard: list[npt.NDArray[np.int16]] = []

    def drain(self, samples: int) -> None:
        taken, self.queue = self.queue[:samples], self.queue[samples:]
        self.heard.append(np.pad(taken, (0, samples - len(taken))))

    def SDL_OpenAudioDevice(self, name: object, capture: int, wanted: object, got: object, *_: int):  # type: ignore[no-untyped-def]
        got._obj.freq = self.rate  # type: ignore[attr-defined]
        return 2

    def SDL_PauseAudioDevice(self, device: int, on: int) -> None:
        pass

    def SDL_CloseAudioDevice(self, device: int) -> None:
        pass

    def SDL_GetQueuedAudioSize(self, device: int) -> int:
        return 2 * len(self.queue)

    def SDL_QueueAudio(self, device: int, data: bytes, size: int) -> None:
        assert len(data) == size
        self.queue = np.concatenate((self.queue, np.frombuffer(data, np.int16)))


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device(44_100)
    monkeypatch.setattr("machines.host.audio.speaker.sdl", lambda: made)
    return made


@pytest.mark.parametrize("drift", [0.0, 0.001, -0.001, 0.015, -0.015])
def test_the_queue_keeps_its_length_whatever_the_clocks_do(device: Device, drift: float) -> None:
    speaker = Speaker(RATE)
    assert speaker.host_rate == 44_100
    sound = np.tile(tone(441), 30)
    taken, due = 0, 0.0
    for i in range(1700):  # half a minute
        speaker.play(sound[i * FRAME : (i + 1) * FRAME])
        due += FRAME / RATE * device.rate * (1 + drift)
        while due - taken >= 480:
            device.drain(480)
            taken += 480
    assert (speaker.underruns, speaker.overruns) == (0, 0)
    assert speaker.queued == pytest.approx(TARGET, abs=0.025)
    assert speaker.statistics()["drift_percent"] == pytest.approx(100 * drift, abs=0.15)
    heard = np.concatenate(device.heard)[44_100:].astype(float)
    steepest = 10_000 * 2 * np.pi * 441 / 44_100
    assert np.abs(np.diff(heard)).max() < 1.1 * steepest  # no click


def test_an_empty_queue_is_counted_and_made_longer(device: Device) -> None:
    speaker = Speaker(RATE)
    speaker.play(tone(440)[:FRAME])
    assert speaker.underruns == 0
    device.drain(44_100)
    speaker.play(tone(440)[:FRAME])
    assert speaker.underruns == 1
    assert speaker.target == TARGET + MORE
    assert speaker.queued > speaker.target


def test_a_full_queue_refuses(device: Device) -> None:
    speaker = Speaker(RATE)
    for _ in range(100):
        speaker.play(tone(440)[:FRAME])
    assert speaker.full
    assert speaker.overruns > 0
    assert speaker.queued < 0.3
    assert speaker.statistics()["overruns"] == speaker.overruns


def test_rest_ends_without_a_click_and_is_no_underrun(device: Device) -> None:
    speaker = Speaker(RATE)
    speaker.play(np.full(4 * FRAME, 10_000, np.int16))
    speaker.rest()
    speaker.rest()
    device.drain(44_100)
    speaker.play(np.full(4 * FRAME, 10_000, np.int16))
    device.drain(44_100)
    assert speaker.underruns == 0
    heard = np.concatenate(device.heard).astype(int)
    assert np.abs(np.diff(heard[:44_000])).max() < 600


def test_volume(device: Device) -> None:
    speaker = Speaker(RATE)
    speaker.volume = 0.25
    speaker.play(np.full(FRAME, 8_000, np.int16))
    speaker.play(np.full(FRAME, 8_000, np.int16))
    assert device.queue.max() == pytest.approx(2_000, abs=2)
    speaker.volume = 4.0
    speaker.play(np.full(FRAME, 30_000, np.int16))
    assert device.queue.max() == 32_767  # and not beyond, which would turn it round


def test_a_real_device() -> None:
    speaker = open_speaker(RATE)
    assert isinstance(speaker, Speaker)
    assert speaker.host_rate == RATE
    speaker.play(np.zeros(FRAME * 4, np.int16))
    before, end = speaker.queued, time.monotonic() + 20
    while speaker.queued == before and time.monotonic() < end:
        time.sleep(0.01)
    assert speaker.queued < before
    speaker.close()
