"""Sound of two channels in files and on the loudspeaker."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from sound_boards import RATE, orchestra

from machines.host.audio.resample import Resampler
from machines.host.audio.speaker import Speaker
from machines.host.cli.run import _wav
from machines.host.headless.movie import movie


@pytest.mark.parametrize("stereo", [False, True])
def test_a_wav_file_has_the_boards_channels(tmp_path: Path, stereo: bool) -> None:
    machine, path = orchestra("interp", stereo=stereo), tmp_path / "a.wav"
    frames = []
    with _wav(path, machine) as add:
        for _ in range(3):
            machine.run_frames(1)
            add(machine)
            frames.append(machine.frame_sound)
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getframerate()) == (1 + stereo, RATE)
        data = np.frombuffer(sound.readframes(1 << 20), "<i2")
    assert np.array_equal(data, np.concatenate(frames).reshape(-1))


@pytest.mark.parametrize("stereo", [False, True])
def test_a_film_has_them_too(tmp_path: Path, stereo: bool) -> None:
    machine, path = orchestra("interp", stereo=stereo), tmp_path / "a.mkv"
    with movie(path, machine) as add:
        for _ in range(12):
            machine.run_frames(1)
            add(machine)
    with av.open(str(path)) as film:
        heard = [frame.to_ndarray() for frame in film.decode(audio=0)]
        assert film.streams.audio[0].channels == 1 + stereo
    assert abs(sum(map(np.size, heard)) / (1 + stereo) - 12 * 800) < 3000


def test_the_loudspeaker_plays_two_channels() -> None:
    """Each as if it were alone, and the queue is as long in seconds."""
    machine = orchestra("interp")
    machine.run_frames(3)
    sound = machine.sound
    both = Resampler(44_100 / RATE, (2,)).feed(sound)
    for channel in (0, 1):
        alone = Resampler(44_100 / RATE).feed(sound[:, channel])
        assert np.allclose(both[:, channel], alone, atol=0.01)
    speaker = Speaker(RATE, 2)
    try:
        speaker.play(sound)
        assert 0.05 < speaker.queued < 0.05 + speaker.target + len(sound) / RATE
        speaker.rest()
    finally:
        speaker.close()
