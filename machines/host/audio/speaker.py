"""A machine's sound on the host's loudspeaker: a short queue, kept at its length.

The machine's samples are brought to the rate of the host's device, and a little beyond or below it
as the queue runs dry or full: the two clocks never agree exactly.  A queue that did run dry is
aimed at more from then on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pygame
from pygame import _sdl2

from machines.host.audio.resample import Resampler
from machines.host.base.sdl import (
    ALLOW_FREQUENCY_CHANGE,
    AUDIO_S16,
    AudioSpec,
    SdlError,
    reason,
    sdl,
)

#: Samples that the device asks for at a time.
CHUNK = 480
#: Seconds of sound that the queue should hold at first, and how much more after it ran dry.
TARGET, MORE = 0.05, 0.01
#: The most that is aimed at, and how far beyond its aim the queue may fill: the delay one hears.
TARGET_MOST, SURPLUS = 0.15, 0.12
#: How far the rate is shifted for each second that the queue is too long, how fast the lasting part
#: of that grows (each frame; critically damped at 60), and the most.  Two quartzes differ by a
#: hundredth of it, which nobody hears; what only pretends to be a device, by more.
SHIFT, LASTING, SHIFT_MOST = 0.3, 0.3**2 / 4 / 60, 0.03
#: Part of a new measurement of the queue in its average: the device takes whole chunks.
FRESH = 0.03


class Speaker:
    """Plays 16-bit samples at *rate*: (n,), or of two *channels* (n, 2).

    Raises :class:`SdlError` without a sound device.
    A full queue refuses samples, an empty one plays silence: either is heard, neither holds the
    machine up.
    """

    def __init__(self, rate: int, channels: int = 1) -> None:
        self.volume = 1.0
        #: Times that the device found nothing in the queue while the machine was playing.
        self.underruns = 0
        #: Frames whose sound was refused, the queue being full.
        self.overruns = 0
        self.target = TARGET
        try:
            _sdl2.init_subsystem(_sdl2.INIT_AUDIO)
        except (pygame.error, _sdl2.error) as error:
            raise SdlError(str(error)) from None
        wanted, got = AudioSpec(rate, AUDIO_S16, channels, 0, CHUNK), AudioSpec()
        self._device = sdl().SDL_OpenAudioDevice(
            None, 0, ctypes.byref(wanted), ctypes.byref(got), ALLOW_FREQUENCY_CHANGE
        )
        if not self._device:
            raise SdlError(reason())
        #: The device's own rate.
        self.host_rate = int(got.freq)
        self._resampler = Resampler(self.host_rate / rate, (channels,))
        self._average = 0.0  # of the queue beyond its aim, in seconds
        self._lasting = 0.0  # what the device's clock is behind the machine's
        self._flowing = False
        self._last = np.zeros(channels, np.float32)
        sdl().SDL_PauseAudioDevice(self._device, 0)

    @property
    def queued(self) -> float:
        """Seconds of sound in the queue."""
        return int(sdl().SDL_GetQueuedAudioSize(self._device)) / (
            2 * len(self._last) * self.host_rate
        )

    @property
    def full(self) -> bool:
        """Whether the queue holds as much as it should."""
        return self.queued >= self.target

    def play(self, samples: npt.NDArray[np.int16]) -> None:
        """Append samples to the queue."""
        queued = self.queued
        if queued > self.target + SURPLUS:
            self.overruns += 1
            return
        self._lasting = _bounded(self._lasting + LASTING * self._average)
        shift = _bounded(SHIFT * self._average + self._lasting)
        sound = (
            self._resampler.feed(samples[:, None] if samples.ndim == 1 else samples, 1 - shift)
            * self.volume
        )
        if not self._flowing or not queued:
            if self._flowing:
                self.underruns += 1
                self.target = min(TARGET_MOST, self.target + MORE)
            sound *= np.linspace(0, 1, len(sound), dtype=np.float32)[:, None]
            missing = round((self.target - queued) * self.host_rate)
            self._push(np.zeros((missing, len(self._last)), np.float32))
            self._flowing, self._average = True, 0.0
        else:
            self._average += FRESH * (queued - self.target - self._average)
        self._push(sound)

    def rest(self) -> None:
        """Fall silent until samples come again, without a click."""
        if self._flowing:
            self._push(np.linspace(self._last, 0, self.host_rate // 100, dtype=np.float32))
        self._flowing = False

    def _push(self, sound: npt.NDArray[np.float32]) -> None:
        if len(sound):
            self._last = sound[-1]
            data = np.clip(sound, -32768, 32767).astype(np.int16).tobytes()
            sdl().SDL_QueueAudio(self._device, data, len(data))

    def statistics(self) -> dict[str, Any]:
        """Counts for people to read; times in milliseconds."""
        return {
            "underruns": self.underruns,
            "overruns": self.overruns,
            "host_rate": self.host_rate,
            "queue_ms": round(1e3 * (self.target + self._average), 1),
            "aim_ms": round(1e3 * self.target, 1),
            "drift_percent": round(-100 * self._lasting, 3),
        }

    def close(self) -> None:
        """Give the device back."""
        sdl().SDL_CloseAudioDevice(self._device)


def _bounded(shift: float) -> float:
    return max(-SHIFT_MOST, min(SHIFT_MOST, shift))


@contextlib.contextmanager
def _no_chatter() -> Iterator[None]:
    """Keep a sound library's own lines off standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def open_speaker(rate: int, channels: int = 1) -> Speaker | str:
    """A speaker, or the reason why there is none."""
    try:
        with _no_chatter():
            return Speaker(rate, channels)
    except SdlError as error:
        return str(error)
