"""The README's pictures are of the game as it is, taken by the gallery's script."""

from __future__ import annotations

import io
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from places import ROOT

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")

from roms_test import gallery

MOST = 300_000  # bytes of a picture in the README


@pytest.fixture(scope="module")
def made() -> dict[Path, bytes]:
    return dict(gallery.make(gallery.FOLDER))


def pixels(data: bytes, frame: int = 0) -> bytes:
    image = Image.open(io.BytesIO(data))
    image.seek(frame)
    return np.asarray(image.convert("RGB")).tobytes()


def test_pictures_are_up_to_date(made: dict[Path, bytes]) -> None:
    """If not: ``python -m roms_test.gallery``."""
    for path, data in made.items():
        shown = path.read_bytes()
        if path.name == gallery.MENU:
            assert len(pixels(shown)) == len(pixels(data)) == 448 * 512 * 3
        else:
            assert pixels(shown) == pixels(data), path.name
        assert len(shown) < MOST
    movie = next(path for path in made if path.suffix == ".gif")
    for frame in (1, 100, 200):
        assert pixels(movie.read_bytes(), frame) == pixels(made[movie], frame)


def test_nothing_is_lost_in_a_png() -> None:
    picture = gallery.title()
    assert pixels(gallery.png(picture)) == picture.tobytes()


def test_the_movie_has_the_machines_speed(made: dict[Path, bytes]) -> None:
    movie = Image.open(
        io.BytesIO(next(data for path, data in made.items() if path.suffix == ".gif"))
    )
    total = 0
    for frame in range(getattr(movie, "n_frames", 1)):
        movie.seek(frame)
        total += movie.info["duration"]
    assert total == pytest.approx(gallery.MOVIE_FRAMES * gallery.FRAME_SECONDS * 1000, abs=10)


def test_the_readme_shows_them_all(made: dict[Path, bytes]) -> None:
    shown = re.findall(r'<img src="([^"]+)"', (ROOT / "README.md").read_text())
    measured = {gallery.FOLDER / name for name in (gallery.XRAY, gallery.BENCH)}
    assert {ROOT / name for name in shown} == set(made) | measured
    for path in measured:
        assert Image.open(path).size[0] > 1000
        assert path.stat().st_size < MOST


def test_what_cannot_be_measured_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a browser, or matplotlib."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(gallery, "bench", lambda folder: b"chart")
    assert list(gallery.measure(tmp_path)) == [(tmp_path / gallery.BENCH, b"chart")]
    said = capsys.readouterr().out
    assert said.startswith(f"{tmp_path / gallery.XRAY}: skipped: no browser: none of chromium")


@pytest.mark.skipif(
    not any(map(shutil.which, gallery.BROWSERS)), reason="no browser that takes pictures"
)
def test_a_browser_shows_the_x_ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the page that fits: text on white, and a bar."""
    monkeypatch.setattr(gallery, "XRAY_CYCLES", 50_000_000)
    picture = np.asarray(Image.open(io.BytesIO(gallery.xray(tmp_path))).convert("RGB"))
    assert picture.shape == (gallery.PAGE[1], gallery.PAGE[0], 3)
    light = picture.mean(axis=2) > 250
    assert 0.7 < light.mean() < 0.99
    assert not light[400:].all(), "something inside"
