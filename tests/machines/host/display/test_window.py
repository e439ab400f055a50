"""Where a picture is put in a window, and what filters make of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from emucore.cpus.i8080 import i8080
from machines.arcade.invaders.board import make_board
from machines.host.display.icon import icon as draw_icon
from machines.host.display.window import DESKTOP, SCALE_MOST, Window, _is_seen, placed

WIDTH, HEIGHT, SCALE = 24, 16, 6

sizes = st.tuples(st.integers(1, 4000), st.integers(1, 4000))


@given(outer=sizes, inner=sizes, whole=st.booleans())
def test_a_picture_is_in_the_middle_with_its_aspect(
    outer: tuple[int, int], inner: tuple[int, int], whole: bool
) -> None:
    left, top, width, height = placed(outer, inner, whole)
    assert 0 <= 2 * left + width - outer[0] + 1 <= 1
    assert 0 <= 2 * top + height - outer[1] + 1 <= 1
    if whole and inner[0] <= outer[0] and inner[1] <= outer[1]:
        assert width % inner[0] == height % inner[1] == 0
        assert width // inner[0] == height // inner[1]
        scale = width // inner[0]
        assert (scale + 1) * inner[0] > outer[0] or (scale + 1) * inner[1] > outer[1]
    else:
        scale = min(outer[0] / inner[0], outer[1] / inner[1])
        assert abs(width - max(1, inner[0] * scale)) <= 0.5
        assert abs(height - max(1, inner[1] * scale)) <= 0.5


@given(outer=sizes, inner=sizes, whole=st.booleans(), dot=st.floats(0.25, 4))
def test_dots_that_are_not_square(
    outer: tuple[int, int], inner: tuple[int, int], whole: bool, dot: float
) -> None:
    left, top, width, height = placed(outer, inner, whole, dot)
    assert left >= 0 <= top
    if min(width, height) > 1:
        ratio = (width / inner[0]) / (height / inner[1])
        assert ratio == pytest.approx(dot, rel=1 / min(width, height))
    if whole and min(width / inner[0], height / inner[1]) >= 1:
        assert (width % inner[0] if dot < 1 else height % inner[1]) == 0  # the shorter way


def test_a_tube_on_its_side() -> None:
    picture = make_board(i8080).picture
    assert picture is not None
    dot = picture.dot(256, 224)
    assert dot == pytest.approx(6 / 7)
    _, _, width, height = placed((9999, 9999), (224, 256), True, dot)
    assert width / height == pytest.approx(3 / 4, rel=1e-3)
    assert replace(picture, rotate=0).dot(224, 256) == pytest.approx(7 / 6)
    assert replace(picture, tube=None).dot(256, 224) == 1


@pytest.fixture
def window() -> Iterator[Window]:
    made = Window("Test", WIDTH, HEIGHT, SCALE, vsync=False)
    yield made
    made.close()


@pytest.fixture
def picture() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)


def blown(picture: npt.NDArray[np.uint8], scale: int) -> npt.NDArray[np.uint8]:
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


def test_crisp_is_every_dot_as_a_square(window: Window, picture: npt.NDArray[np.uint8]) -> None:
    window.show(picture)
    assert np.array_equal(window.contents(), blown(picture, SCALE))


def test_what_is_left_of_the_window_is_black(
    window: Window, picture: npt.NDArray[np.uint8]
) -> None:
    window._window.size = 200, 120  # 7 times in height, with 4 rows above and below
    pygame.event.pump()
    window.show(picture)
    contents = window.contents()
    assert np.array_equal(contents[4:116, 16:184], blown(picture, 7))
    contents[4:116, 16:184] = 0
    assert not contents.any()


def test_smooth_goes_over_from_dot_to_dot(window: Window) -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, WIDTH // 2 :] = 240
    window.filter = "smooth"
    window.show(picture)
    row = window.contents()[48, :, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    between = row[(row > 0) & (row < 240)]
    assert SCALE - 2 <= len(between) <= SCALE + 1


@pytest.mark.parametrize("upright", [False, True])
def test_scanlines_are_the_tubes_lines(window: Window, upright: bool) -> None:
    window.filter = "scanlines"
    window.upright = upright
    window.show(np.full((HEIGHT, WIDTH, 3), 200, np.uint8))
    contents = window.contents()[..., 0]
    if upright:
        contents = contents.T
    assert (contents == contents[:, :1]).all()
    line = contents[:, 0].reshape(-1, SCALE)
    assert (line[:, :4] == 200).all()
    assert (line[:, 4:] < 150).all()
    assert (line[:, 4:] > 50).all()


def test_scanlines_need_room(window: Window, picture: npt.NDArray[np.uint8]) -> None:
    window.filter = "scanlines"
    window.resize(1)
    pygame.event.pump()
    window.show(picture)
    assert np.array_equal(window.contents(), picture)


def test_an_overlay_is_over_the_picture(window: Window, picture: npt.NDArray[np.uint8]) -> None:
    overlay = pygame.Surface(window.size, pygame.SRCALPHA)
    overlay.fill((10, 20, 30, 255), (0, 0, 5, 5))
    window.show(picture, overlay)
    contents = window.contents()
    assert (contents[:5, :5] == (10, 20, 30)).all()
    assert np.array_equal(contents[5:], blown(picture, SCALE)[5:])
    window.show(picture)
    assert np.array_equal(window.contents(), blown(picture, SCALE))


def test_broad_dots(window: Window, picture: npt.NDArray[np.uint8]) -> None:
    window.dot = 1.5
    window.resize(4)
    pygame.event.pump()
    window.show(picture)
    assert window.size == (WIDTH * 6, HEIGHT * 4)
    assert np.array_equal(window.contents(), picture.repeat(4, axis=0).repeat(6, axis=1))


def test_another_size_and_title(window: Window) -> None:
    window.adopt("Other", 10, 20, 3)
    pygame.event.pump()
    picture = np.full((20, 10, 3), 99, np.uint8)
    window.show(picture)
    assert window.size == (30, 60)
    assert np.array_equal(window.contents(), blown(picture, 3))


def test_full_screen_and_back(window: Window, picture: npt.NDArray[np.uint8]) -> None:
    desktop = pygame.display.get_desktop_sizes()[0]
    window.fullscreen = True
    pygame.event.pump()
    assert window.size == desktop
    window.show(picture)
    window.fullscreen = False
    pygame.event.pump()
    assert window.size == (WIDTH * SCALE, HEIGHT * SCALE)
    window.vsync(True)
    window.show(picture)
    assert np.array_equal(window.contents(), blown(picture, SCALE))


def test_sizes_that_do_not_fit_the_display_are_none(window: Window) -> None:
    width, height = pygame.display.get_desktop_sizes()[0]
    most = int(min(width * DESKTOP // WIDTH, height * DESKTOP // HEIGHT))
    assert window.scale_most == most
    assert window.fitting(most) == (most * WIDTH, most * HEIGHT)
    assert window.fitting(most + 1) == window.fitting(99) == window.fitting(most)
    assert window.fitting(0) == window.fitting(SCALE_MOST)
    window.dot = 2.0
    assert window.scale_most == int(min(width * DESKTOP // (2 * WIDTH), height * DESKTOP // HEIGHT))


def test_a_window_is_where_and_as_large_as_it_was() -> None:
    first = Window("Test", WIDTH, HEIGHT, SCALE, size=(200, 120), position=(70, 90))
    assert first.place == ((70, 90), (200, 120))
    first.close()
    lost = Window("Test", WIDTH, HEIGHT, SCALE, size=(9999, 9999), position=(5000, -4000))
    (x, y), size = lost.place
    assert size == pygame.display.get_desktop_sizes()[0]
    assert (x, y) != (5000, -4000)
    lost.close()


def test_what_is_seen_of_a_window() -> None:
    displays = [(0, 0, 800, 600), (800, -200, 1000, 900)]
    for position, seen in (
        ((0, 0), True),
        ((-100, 10), True),
        ((-190, 10), False),
        ((900, -150), True),
        ((100, -150), False),
        ((1790, 0), False),
        ((100, 590), False),
    ):
        assert _is_seen(position, (200, 100), displays) == seen


def test_the_icon_is_the_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def icon() -> pygame.Surface:
        made.append(draw_icon())
        return made[0]

    monkeypatch.setattr("machines.host.display.window.icon", icon)
    Window("Test", WIDTH, HEIGHT).close()
    (picture,) = made
    assert picture.get_size() == (64, 64)
    alpha = pygame.surfarray.array_alpha(picture)
    assert (alpha == 0).any()
    assert 0.25 < (alpha == 255).mean() < 0.75
    colours = {tuple(picture.get_at((x, y)))[:3] for x in range(64) for y in range(64)}
    assert len(colours) >= 4
