"""The few functions of SDL that pygame does not offer, or offers with Python's lock held.

Waiting for the display with that lock would stop every other thread of Python, for most of the
time; and a queue of sound that SDL's own thread reads needs no lock at all.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from ctypes import POINTER, c_char_p, c_int, c_uint8, c_uint16, c_uint32, c_void_p
from functools import cache
from typing import Any

from pygame._sdl2 import audio

#: Signed 16-bit samples in the order of this host's bytes.
AUDIO_S16 = 0x8010 if sys.byteorder == "little" else 0x9010
ALLOW_FREQUENCY_CHANGE = 1


class SdlError(Exception):
    """SDL's reason, in its words."""


class AudioSpec(ctypes.Structure):
    """``SDL_AudioSpec``."""

    _fields_ = [
        ("freq", c_int),
        ("format", c_uint16),
        ("channels", c_uint8),
        ("silence", c_uint8),
        ("samples", c_uint16),
        ("padding", c_uint16),
        ("size", c_uint32),
        ("callback", c_void_p),
        ("userdata", c_void_p),
    ]


class Rect(ctypes.Structure):
    """``SDL_Rect``."""

    _fields_ = [("x", c_int), ("y", c_int), ("w", c_int), ("h", c_int)]


#: Result and arguments of each function.
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "SDL_GetError": (c_char_p, []),
    "SDL_OpenAudioDevice": (
        c_uint32,
        [c_char_p, c_int, POINTER(AudioSpec), POINTER(AudioSpec), c_int],
    ),
    "SDL_QueueAudio": (c_int, [c_uint32, c_char_p, c_uint32]),
    "SDL_GetQueuedAudioSize": (c_uint32, [c_uint32]),
    "SDL_PauseAudioDevice": (None, [c_uint32, c_int]),
    "SDL_CloseAudioDevice": (None, [c_uint32]),
    "SDL_GetWindowFromID": (c_void_p, [c_uint32]),
    "SDL_GetWindowDisplayIndex": (c_int, [c_void_p]),
    "SDL_GetNumVideoDisplays": (c_int, []),
    "SDL_GetDisplayBounds": (c_int, [c_int, POINTER(Rect)]),
    "SDL_GetRenderer": (c_void_p, [c_void_p]),
    "SDL_RenderPresent": (None, [c_void_p]),
    "SDL_RenderSetVSync": (c_int, [c_void_p, c_int]),
}


@cache
def sdl() -> Any:
    """SDL as pygame has loaded it: its functions, called without Python's lock.

    Found through one of pygame's modules, or on Windows by its name.  Raises :class:`SdlError`
    where it is not to be found.
    """
    for name in (audio.__file__, "SDL2"):
        with contextlib.suppress(OSError, AttributeError):
            library = ctypes.CDLL(name)
            for function, (result, arguments) in _FUNCTIONS.items():
                found = getattr(library, function)
                found.restype, found.argtypes = result, arguments
            return library
    raise SdlError("SDL's functions are not to be found in this build of pygame")


def reason() -> str:
    """What SDL complained of last."""
    text: bytes = sdl().SDL_GetError()
    return " ".join(text.decode(errors="replace").split())


def displays() -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each display on the desktop; needs SDL's video."""
    found = []
    for index in range(sdl().SDL_GetNumVideoDisplays()):
        rect = Rect()
        if sdl().SDL_GetDisplayBounds(index, ctypes.byref(rect)) == 0:
            found.append((rect.x, rect.y, rect.w, rect.h))
    return found
