"""A session in a window under SDL's dummy drivers, and how a test plays it."""

from __future__ import annotations

import os
from pathlib import Path

from emucore.machine import Machine
from machines.arcade.invaders import build

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame

from machines.host.profile.library import Entry
from machines.host.profile.settings import Settings
from machines.host.session.pacer import Pacer
from machines.host.session.play import Session

#: in 1; sta 2400; in 2; sta 2401; jmp 0: the ports' bits are dots bottom left.
PROGRAM = bytes.fromhex("db01 320024 db02 320124 c30000")
ENTRY = Entry("invaders", None, "Ports")


def cabinet_of_ports(folder: Path) -> Machine:
    """A machine with that program, which lies in *folder*."""
    path = folder / "ports.bin"
    path.write_bytes(PROGRAM)
    made = build(path)
    made.use("reference")
    return made


def at_once(session: Session) -> Session:
    """Its frames are due whenever one is asked for; messages stay, however long it takes."""
    session.player._clock = lambda: 0.0
    session.pacer = Pacer(1.0, clock=lambda: 0.0, sleep=lambda seconds: None)
    return session


def open_session(machine: Machine, tmp_path: Path, settings: Settings | None = None) -> Session:
    """A session with *machine*, and its folders below *tmp_path*."""
    made = Session(
        machine,
        ENTRY,
        settings,
        data=tmp_path / "data",
        screenshots=tmp_path / "shots",
        scale=2,
    )
    return at_once(made)


def key(code: int, down: bool = True) -> None:
    """A key goes down or up."""
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN if down else pygame.KEYUP, key=code))


def tap(*codes: int) -> None:
    """Press the keys one after the other, and let them go."""
    for code in codes:
        key(code)
    for code in codes:
        key(code, down=False)


def press(session: Session, *codes: int) -> None:
    """Tap the keys together, and let a frame pass."""
    tap(*codes)
    session.step()


def shown(session: Session) -> str:
    """What is written over the picture."""
    return session.message


def drop(session: Session, path: Path) -> None:
    """Drop a file on the window, and let a frame pass."""
    pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(path)))
    session.step()


def hit(session: Session, *names: str) -> None:
    """Tap keys, one after the other."""
    for name in names:
        code = pygame.key.key_code(name)
        for kind in (pygame.KEYDOWN, pygame.KEYUP):
            pygame.event.post(pygame.event.Event(kind, key=code))
        session.step()


def go(session: Session, *labels: str) -> None:
    """Open the menu, choose the lines with *labels*, stay on the last."""
    hit(session, "tab")
    for i, label in enumerate(labels):
        if i:
            hit(session, "return")
        lines = [item.label for item in session.menu.items]
        session.menu.page.chosen = lines.index(label)
