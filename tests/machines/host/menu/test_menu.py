"""The menu: its pages as data, and how they look."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame

from machines.host.base.png import png
from machines.host.display import overlay
from machines.host.display.overlay import Overlay
from machines.host.menu.model import Item, Page, Stack, choice, question

# -- the model ------------------------------------------------------------------------------


class Shelf:
    """Something to set: a number, a text, and what was entered."""

    def __init__(self) -> None:
        self.number = 2
        self.control = ""
        self.entered = 0

    def items(self) -> list[Item]:
        return [
            choice("Number", [1, 2, 3], self.number, lambda value: setattr(self, "number", value)),
            Item("Enter", enter=self.enter),
            Item("Page", enter=lambda: Page("Inner", list)),
            Item(
                "Key",
                self.control,
                capture=lambda control: setattr(self, "control", control),
                clear=lambda: setattr(self, "control", ""),
            ),
        ]

    def enter(self) -> None:
        self.entered += 1


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def stack(shelf: Shelf) -> Stack:
    made = Stack()
    made.open(Page("Shelf", shelf.items))
    return made


def test_sliders_end_at_their_ends() -> None:
    changes: list[int] = []
    steps = [(2, 1, [3]), (3, 1, []), (1, -1, []), (9, -1, [2]), (9, 1, [3])]
    for value, by, expected in steps:
        changes.clear()
        item = choice("Number", range(1, 4), value, changes.append, ends=True)
        assert item.step is not None
        item.step(by)
        assert changes == expected


def test_a_question_is_left_by_any_answer(stack: Stack) -> None:
    done: list[str] = []
    answers = [("Yes", lambda: done.append("yes")), ("No", lambda: None)]
    for control in ("return", "escape"):
        stack.open(question(stack, "Sure?", answers))
        assert stack.page.title == "Sure?"
        stack.obey(control)
        assert stack.page.title == "Shelf"
    assert done == ["yes"]


def test_values_go_round(shelf: Shelf, stack: Stack) -> None:
    for control, value in (("right", 3), ("right", 1), ("left", 3), ("return", 1)):
        assert stack.obey(control)
        assert shelf.number == value
        assert stack.items[0].value == str(value)


def test_lines_go_round_too(stack: Stack) -> None:
    labels = []
    for control in ("down", "pad1 dpdown", "pad2 lefty+", "down", "up"):
        assert stack.obey(control)
        assert stack.item is not None
        labels.append(stack.item.label)
    assert labels == ["Enter", "Page", "Key", "Number", "Key"]


def test_the_hint_says_what_the_line_can() -> None:
    def hint(item: Item | None) -> str:
        return overlay._hint(item)

    assert hint(None) == "Esc back"
    assert hint(Item("Page", enter=lambda: None)) == "Enter choose   Esc back"
    assert hint(Item("Number", step=lambda by: None)) == "Left/Right change   Esc back"
    both = Item("Key", capture=lambda control: None, clear=lambda: None)
    assert hint(both) == "Enter choose   Del default   Esc back"


def test_pages_lie_on_each_other(shelf: Shelf, stack: Stack) -> None:
    stack.obey("down")
    stack.obey("pad1 a")
    assert shelf.entered == 1
    stack.obey("down")
    stack.obey("return")
    assert stack.page.title == "Inner"
    assert stack.item is None
    for control in ("up", "down", "left", "return", "delete"):
        stack.obey(control)  # an empty page bears it
    stack.obey("escape")
    assert stack.page.title == "Shelf"
    assert stack.page.chosen == 2
    stack.obey("pad1 b")
    assert not stack


def test_a_control_is_waited_for(shelf: Shelf, stack: Stack) -> None:
    stack.obey("up")
    stack.obey("return")
    assert stack.waiting is not None
    stack.take("shift+x")
    assert stack.waiting is None
    assert stack.items[3].value == "shift+x"
    stack.obey("return")
    stack.obey("escape")
    assert stack.waiting is None
    assert stack
    stack.obey("delete")
    assert shelf.control == ""


def test_controls_that_mean_nothing(stack: Stack) -> None:
    for control in ("x", "a", "pad1 guide", "padlock", "pad1"):
        assert not stack.obey(control)


def test_what_is_gone_is_not_chosen(stack: Stack) -> None:
    stack.page.chosen = 99
    assert stack.item is not None
    assert stack.item.label == "Key"


# -- the picture ----------------------------------------------------------------------------


def test_the_overlay_is_drawn_when_it_changes(shelf: Shelf, stack: Stack) -> None:
    pygame.display.init()
    overlay = Overlay()
    assert overlay.surface((300, 200), "") is None
    message = overlay.surface((300, 200), "Hello")
    assert message is not None
    assert overlay.surface((300, 200), "Hello") is message
    menu = overlay.surface((300, 200), "Hello", stack)
    assert menu is not None
    assert menu is not message
    assert overlay.surface((300, 200), "Hello", stack) is menu
    shelf.number = 1
    assert overlay.surface((300, 200), "Hello", stack) is not menu
    assert overlay.surface((400, 200), "", stack).get_size() == (400, 200)
    assert overlay.surface((400, 200), "", Stack()) is None


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (224, 256), (3840, 2160), (200, 2000)])
def test_a_menu_fits_any_window(size: tuple[int, int], tmp_path: Path) -> None:
    damaged, huge = tmp_path / "bad.png", tmp_path / "huge.png"
    whole = png(np.zeros((4, 4, 3), np.uint8))
    damaged.write_bytes(whole[:40])
    huge.write_bytes(whole[:16] + (1 << 30).to_bytes(4, "big") + whole[20:])
    items = [
        Item("Huge", picture=huge),
        Item("A label that is too long " * 9, "and a value " * 9, picture=damaged),
        Item("Nul \0", "Übermut 漢字", picture=tmp_path / "none.png"),
        *(Item(str(i)) for i in range(100)),
    ]
    stack = Stack()
    stack.open(Page("Title", lambda: items))
    for stack.page.chosen in (0, 1, 2, 50, 102):
        surface = Overlay().surface(size, "A message " * 20, stack)
        assert surface is not None
        assert surface.get_size() == size


def test_messages_fit() -> None:
    """In as many lines as they take, none wider than it may be, and nothing lost that has room."""
    pygame.font.init()
    font = pygame.font.Font(None, 24)
    for text in (
        "one two three " * 9,
        "/a/path/without/any/space" * 9,
        "a\nb\x1b[31m",
        "漢字" * 99,
    ):
        for width, most in ((150, 99), (40, 3), (400, 1), (5, 2), (0, 5)):
            lines = overlay.wrapped(font, text, width, most)
            assert len(lines) <= most
            assert all(font.size(line)[0] <= width for line in lines)
            assert all(line.isprintable() for line in lines)
    whole = overlay.wrapped(font, "one two three four", 80, 9)
    assert len(whole) > 1
    assert " ".join(whole) == "one two three four"
    (cut,) = overlay.wrapped(font, "one two three four", 80, 1)
    assert cut.endswith("…")


def test_a_long_message_takes_several_lines() -> None:
    pygame.display.init()

    def rows(message: str) -> int:
        surface = Overlay().surface((300, 400), message)
        assert surface is not None
        return int(pygame.surfarray.array_alpha(surface).any(axis=0).sum())

    assert rows("A message that is too long for a line " * 3) > 2 * rows("A message")
    assert rows("A message " * 1000) < 200
