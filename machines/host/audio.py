"""A machine's sound on the host's loudspeaker, through a short queue."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pygame
from pygame import _sdl2
from pygame._sdl2 import audio

#: Samples that SDL asks for at a time.
CHUNK = 512
#: Seconds of sound that the queue should hold and the most it may: the delay one hears.
TARGET, MOST = 0.05, 0.12


class Speaker:
    """Plays 16-bit mono samples at *rate*.  Raises :class:`pygame.error` without a sound device.

    An empty queue plays silence, a full one forgets its oldest samples: either is heard, neither
    holds the machine up.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._queue = bytearray(2 * int(TARGET * rate))
        self._lock = threading.Lock()
        _sdl2.init_subsystem(_sdl2.INIT_AUDIO)
        self._device = audio.AudioDevice(
            devicename=None,
            iscapture=False,
            frequency=rate,
            audioformat=audio.AUDIO_S16,
            numchannels=1,
            chunksize=CHUNK,
            allowed_changes=0,
            callback=self._fill,
        )
        self._device.pause(0)

    def _fill(self, device: Any, wanted: memoryview) -> None:
        """Called by SDL's thread for the next samples."""
        with self._lock:
            ready = min(len(self._queue), len(wanted))
            wanted[:ready] = self._queue[:ready]
            del self._queue[:ready]
        wanted[ready:] = bytes(len(wanted) - ready)

    def play(self, samples: npt.NDArray[np.int16]) -> None:
        """Append samples to the queue."""
        with self._lock:
            self._queue += samples.tobytes()
            surplus = len(self._queue) - 2 * int(MOST * self.rate)
            if surplus > 0:
                del self._queue[: surplus + (surplus & 1)]

    @property
    def lag(self) -> float:
        """Seconds of sound in the queue beyond the aim: negative if it runs dry."""
        return len(self._queue) / 2 / self.rate - TARGET

    def close(self) -> None:
        """Fall silent."""
        _stop_calls(self._device)
        self._device.close()


def _stop_calls(device: Any) -> None:
    """Let SDL's thread call us no more.

    pygame's ``pause`` and ``close`` wait for that thread while they hold Python's lock, and it may
    be waiting for the lock to call us: for ever.  So SDL is asked directly, without the lock.  Its
    symbols are found through pygame's module, or on Windows by the name of its library.
    """
    for library in (audio.__file__, "SDL2"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(library).SDL_PauseAudioDevice(ctypes.c_uint32(device.deviceid), 1)
            return


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


def open_speaker(rate: int) -> Speaker | str:
    """A speaker, or the reason why there is none."""
    try:
        with _no_chatter():
            return Speaker(rate)
    except (pygame.error, _sdl2.error) as error:
        return str(error)
