"""The README's pictures, made anew: the game is played by the gardener and looked at.

    python -m roms_test.gallery             # into the repository's `gallery` folder

Needs Pillow (the extra ``gallery``).  The same sources make the same pictures on any host, but for
the window's menu, whose font is the host's, and the two that show how fast a host is: those need
matplotlib (the extra ``plot``) and a browser, and are left as they are, by name, without.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

import machines
from emucore.base.errors import UserError
from emucore.base.files import write_atomically
from machines.host import cli
from roms_test import games
from roms_test.games.gardener import Gardener
from roms_test.kernels import CPUS

#: What depends on the host: on its fonts, or its speed.
MENU, XRAY, BENCH = "menu.png", "xray.png", "bench.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PAGE = 1280, 900  # dots of the page that are shown
XRAYED = "rv32", "sort"  # CPU and kernel
XRAY_CYCLES = 20_000_000_000
FOLDER = Path(__file__).parent.parent / "gallery"
FRAME_SECONDS = 335_360 / 19_968_000
MOVIE_FRAMES, MOVIE_STEP = 840, 3  # of the machine's frames, every third is shown
MOVIE_WAIT, TITLE_FRAMES, TIDY_FRAMES = 200, 470, 110

Picture = npt.NDArray[np.uint8]


class Missed(Exception):
    """A moment that did not come."""


class Unable(Exception):
    """A picture that cannot be taken here, and why."""


class Photographer(Gardener):
    """A gardener who stops for pictures; *wait* frames before the coin decide what comes."""

    def __init__(self, wait: int) -> None:
        super().__init__(machines.load("invaders"))
        self.machine.run(wait)

    def until(self, moment: Callable[[], bool]) -> Picture:
        """Play until a *moment* has come, and take its picture; :class:`Missed` without mowers."""
        while not moment():
            if not self.lives:
                raise Missed
            self.play()
        return self.machine.screen

    def busy(self) -> bool:
        """Whether there is much to see."""
        weeds = [self.byte("weeds", cell) for cell in range(28)]
        return self.byte("air") >= 6 and 4 in weeds

    def enter(self, name: str) -> Picture:
        """Lose what mowers are left, enter a name, and look at the table."""
        while not self.byte("letters_left"):
            self.machine.run(1)
        for letter in name:
            while self.byte("letter") != ord(letter) - ord("A"):
                self.tap("right", 2)
            self.machine.run(20)
            self.tap("fire", 2)
        self.machine.run(60)
        return self.machine.screen


def title() -> Picture:
    """The title with all its lines, and wisps before it."""
    machine = machines.load("invaders")
    machine.run(TITLE_FRAMES)
    return machine.screen


def stills() -> dict[str, Picture]:
    """Moments of the first game that has them all."""
    for wait in range(0, 1000, 10):
        with contextlib.suppress(Missed):
            return moments(wait)
    raise Missed


def moments(wait: int) -> dict[str, Picture]:
    """Moments of a game; :class:`Missed` if it lacks one."""
    player = Photographer(wait)
    player.start()
    hornet = player.until(lambda: player.busy() and any(player.flying("hornet", 1, 0)))
    player.until(lambda: player.byte("lull") >= 44)
    player.machine.run(TIDY_FRAMES)
    tidy = player.machine.screen
    while player.lives:
        player.play()
    for button in ("left", "right", "fire"):
        player.machine.release(button)
    return {"hornet": hornet, "tidy": tidy, "gardeners": player.enter("YOU")}


def movie() -> bytes:
    """A GIF of play, at the machine's own speed."""
    from PIL import Image

    player = Photographer(0)
    player.start()
    player.until(lambda: player.wave == 3)
    for _ in range(MOVIE_WAIT):
        player.play()
    pictures, ends = [], []
    for frame in range(0, MOVIE_FRAMES, MOVIE_STEP):
        pictures.append(Image.fromarray(player.machine.screen).quantize(4))
        ends.append(round((frame + MOVIE_STEP) * FRAME_SECONDS * 100))  # GIF counts 1/100 s
        for _ in range(MOVIE_STEP):
            player.play()
    times = [10 * (end - start) for start, end in zip([0, *ends], ends, strict=False)]
    data = io.BytesIO()
    first, *others = pictures
    first.save(data, "GIF", save_all=True, append_images=others, duration=times, loop=0)
    return data.getvalue()


def menu() -> Picture:
    """The window with its menu, as a player has it."""
    from machines.host.menu.pages import main_page
    from machines.host.profile.library import entry
    from machines.host.session.play import Session

    player = Photographer(0)
    player.start()
    player.until(player.busy)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        name = entry("invaders", None)
        session = Session(player.machine, name, data=here, screenshots=here, scale=2, muted=True)
        session.step()
        session.open_menu(main_page(session))
        session.step()
        picture = session.stage.window.contents()
        session.close()
    return picture


def xray(folder: Path) -> bytes:
    """The X-ray of a kernel as a browser shows it; :class:`Unable` without one.

    Files are made in *folder*.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise Unable(f"no browser: none of {', '.join(BROWSERS)} is installed")
    page, picture = folder / "xray.html", folder / "xray.png"
    page.write_text(xray_page(folder / "cache"))
    command = [browser, "--headless", "--disable-gpu", "--hide-scrollbars"]
    command += ["--no-sandbox", f"--user-data-dir={folder / 'browser'}"]  # the page is our own
    command += [f"--window-size={PAGE[0]},{PAGE[1]}", f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return png(read(picture), 32)


def xray_page(cache: Path) -> str:
    """The page itself: of a run whose translations are not on disk yet, so that all is measured."""
    from jit.xray.page import Xray
    from roms_test.kernels import Bench

    kept = os.environ.get("EMUCORE_CACHE")
    os.environ["EMUCORE_CACHE"] = str(cache)
    try:
        machine = Bench(*XRAYED).machine
        machine.board.title += f": {XRAYED[1]}"
        machine.use("jit").wait()
        watched = Xray(machine)
        machine.run_until(XRAY_CYCLES // 100)
        watched.keep_up(machine)  # or a busy host would be done before it has translated anything
        machine.run_until(XRAY_CYCLES)
        return watched.page()
    finally:
        del os.environ["EMUCORE_CACHE"]
        if kept is not None:
            os.environ["EMUCORE_CACHE"] = kept


def bench(folder: Path) -> bytes:
    """The kernels on all engines, as ``emu bench --plot`` draws them; :class:`Unable` without."""
    path = folder / "bench.png"
    arguments = ["--cpu-time", "--seconds", "0.3", "--repeats", "5", "--plot", str(path), *CPUS]
    if cli.main(["bench", *arguments]):
        raise Unable("emu bench --plot failed")
    return png(read(path), 32)


def read(path: Path) -> Picture:
    """A picture in a file."""
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


def png(picture: Picture, colours: int = 4) -> bytes:
    """A small PNG: of few colours."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(picture).quantize(colours).save(data, "PNG", optimize=True)
    return data.getvalue()


def make(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """All the files, as they would be written below *folder*."""
    yield games.picture(), png(title())
    for name, picture in stills().items():
        yield folder / f"{name}.png", png(picture)
    yield folder / "play.gif", movie()
    yield folder / MENU, png(menu(), 32)


def measure(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Those that take a minute and show this host's speed; what cannot be made is told."""
    for name, take in ((XRAY, xray), (BENCH, bench)):
        with tempfile.TemporaryDirectory() as scratch:
            try:
                yield folder / name, take(Path(scratch))
            except Unable as why:
                print(f"{folder / name}: skipped: {why}")


def check() -> None:
    """Complain now, not after a game was played, if Pillow is not installed."""
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise UserError("the pictures need Pillow: pip install 'emucore[gallery]'") from None


def main() -> int:
    """Write the pictures; the exit code."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"  # no window opens
    parser = argparse.ArgumentParser(prog="python -m roms_test.gallery", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder: Path = parser.parse_args().folder
    try:
        check()
        folder.mkdir(parents=True, exist_ok=True)
        for path, data in (*make(folder), *measure(folder)):
            write_atomically(path, data)
            print(f"{path}: {len(data):,} bytes")
    except UserError as error:
        print(f"emu: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
