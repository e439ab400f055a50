"""``emu play`` for so many seconds, as fast as it goes, and what the process takes meanwhile.

    python tests/support/soak.py SECONDS ENGINE

It is the command itself, in this process: a thread presses the keys, and prints a line of JSON each
second.  Run it with SDL's dummy drivers.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
import warnings
from pathlib import Path

#: Keys of a player who inserts coins, starts, walks and fires; and those of one who looks around:
#: save and load a state, another slot, rewind, pause, a picture, the menu.
PLAYING = ("5", "1", "left", "right", "left ctrl", "left ctrl", "left ctrl")
LOOKING = ("f6", "`", "p", "f12", "tab", "f3")


def resident() -> int:
    """Bytes of memory that the process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def taken() -> dict[str, int]:
    """What the process has of the things that must not grow."""
    return {
        "resident": resident(),
        "threads": len(os.listdir("/proc/self/task")),
        "descriptors": len(os.listdir("/proc/self/fd")),
    }


def _post(name: str, down: bool) -> None:
    import pygame

    kind = pygame.KEYDOWN if down else pygame.KEYUP
    key = pygame.key.key_code(name)
    pygame.event.post(pygame.Event(kind, key=key, mod=0, unicode="", scancode=0))


def _hit(name: str, held: float = 0.04) -> None:
    _post(name, True)
    time.sleep(held)
    _post(name, False)


def _play(seconds: float) -> None:
    """Press keys and tell, from the moment when there is a window."""
    import pygame

    rng = random.Random(9)
    while not pygame.display.get_init():
        time.sleep(0.1)
    time.sleep(1)
    _hit("f10")  # no throttle
    begin = told = time.monotonic()
    while (now := time.monotonic()) < begin + seconds:
        _hit(rng.choice(PLAYING), rng.choice((0.04, 0.2)))
        if rng.random() < 0.05:
            name = rng.choice(LOOKING)
            _hit(name, 0.1)
            time.sleep(0.1)
            if name in ("tab", "p"):
                _hit(name)
        if now >= told + 1:
            told = now
            print(json.dumps({"second": round(now - begin), **taken()}), flush=True)
    pygame.event.post(pygame.Event(pygame.QUIT))


def main() -> int:
    """The command, with somebody at its keys."""
    from machines.host.cli import main as emu

    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    seconds, engine = float(sys.argv[1]), sys.argv[2]
    keys = threading.Thread(target=_play, args=(seconds,), daemon=True)
    keys.start()
    warnings.filterwarnings("ignore", message="pygame.init")  # only what is needed is begun
    return emu(["play", "--engine", engine, "--json"])


if __name__ == "__main__":
    sys.exit(main())
