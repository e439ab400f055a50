"""Thistledown on its board: played by scripts, judged by its variables and its picture."""

from __future__ import annotations

from pathlib import Path

import pytest

import emucore.reference
import jit  # noqa: F401 - adds the compiled engine
from emucore.assembler import Program
from emucore.cpus.i8080 import i8080
from emucore.errors import UserError
from emucore.machine import Machine
from machines.invaders.board import make_board
from roms_test import games

RAM, VIDEO = 0x2000, 0x2400
CELLS, ROWS = 28, 32
FLYING, BLOOM = 1, 4


@pytest.fixture(scope="module")
def program() -> Program:
    return games.program("thistledown")


class Cabinet:
    """A machine with the game, and how a test looks at it and plays."""

    def __init__(self, program: Program, engine: str = "interp") -> None:
        self.symbols = program.symbols
        self.machine = Machine(make_board(i8080), {"rom": program.image(0)[: games.ROM_SIZE]})
        self.machine.use(engine)
        self.ram = self.machine.arena["main.ram"]
        self.glyphs = {
            program.image(0)[at : at + 5]: chr(32 + i)
            for i in reversed(range(59))
            for at in [self.symbols["font"] + 5 * i]
        }

    def run(self, frames: int) -> None:
        assert self.machine.run_frames(frames) == frames

    def tap(self, button: str, frames: int = 4) -> None:
        """Press a button, and let it go."""
        self.machine.press(button)
        self.run(frames)
        self.machine.press(button, False)
        self.run(2)

    def get(self, name: str, at: int = 0) -> int:
        return int(self.ram[self.symbols[name] - RAM + at])

    def put(self, name: str, value: int, at: int = 0) -> None:
        self.ram[self.symbols[name] - RAM + at] = value

    def score(self, name: str = "score") -> int:
        """A score in decimal, from its BCD."""
        return int("".join(f"{self.get(name, i):02x}" for i in (2, 1, 0)))

    def video(self) -> bytes:
        return bytes(self.ram[VIDEO - RAM :])

    def text(self, row: int) -> str:
        """What is printed on a row of cells, as far as it is text."""
        video = self.video()
        cells = (
            bytes(video[cell * 256 + column * 32 + row] for column in range(1, 6))
            for cell in range(CELLS)
        )
        return "".join(self.glyphs.get(cell, "?") for cell in cells)

    def page(self) -> str:
        return "\n".join(self.text(row) for row in reversed(range(ROWS)))

    def until(self, what: str, frames: int) -> None:
        """Run until *what* is printed somewhere, *frames* at most."""
        for _ in range(frames):
            if what in self.page():
                return
            self.run(1)
        raise AssertionError(f"{what!r} not seen in {frames} frames:\n{self.page()}")

    def start(self, button: str = "start1", coins: int = 1) -> None:
        """To the first frame of the game."""
        self.run(20)
        for _ in range(coins):
            self.tap("coin")
        self.tap(button)
        self.until("WAVE  01", 30)
        while "WAVE" in self.page():
            self.run(1)
        self.run(2)

    def wisps(self) -> list[tuple[int, int]]:
        """Where those in the air are."""
        rows = [[self.get("wisps", 16 * i + j) for j in range(9)] for i in range(10)]
        return [(row[0], row[1]) for row in rows if row[8] == FLYING]

    def hunt(self) -> None:
        """A frame of a player who goes for the lowest."""
        mower = self.get("mower")
        wanted = min(self.wisps(), key=lambda at: at[1], default=(106, 0))[0] - 2
        self.machine.press("left", mower > wanted + 1)
        self.machine.press("right", mower < wanted - 1)
        self.machine.press("fire", self.machine.frame % 4 < 2 and abs(mower - wanted) < 6)
        self.run(1)


@pytest.fixture
def cabinet(program: Program) -> Cabinet:
    return Cabinet(program)


def test_fits_the_sockets(program: Program) -> None:
    assert all(s.end <= games.ROM_SIZE for s in program.segments)
    # the interrupts' vectors are 8 bytes apart
    assert program.symbols["mid_screen"] == 0x08
    assert program.symbols["vertical_blank"] == 0x10
    assert program.symbols["sprites_end"] < 0x2300, "no room left for the stack"


def test_title(cabinet: Cabinet) -> None:
    cabinet.until("INSERT COIN", 60)
    assert "CREDIT 00" in cabinet.page()
    assert "10 POINTS" in cabinet.page()
    screen = cabinet.machine.screen
    assert screen.shape == (256, 224, 3)
    assert screen[40:56].any(axis=2).sum() > 500, "its name, in letters of 16 pixels"


def test_wisps_leave_the_title_as_it_was(cabinet: Cabinet) -> None:
    """All is drawn by exclusive or: with the wisps gone, the picture is that without them."""
    while "INSERT COIN" not in cabinet.page():
        cabinet.put("spawn_timer", 255)
        cabinet.run(1)
    empty = cabinet.video()
    cabinet.put("spawn_timer", 0)
    cabinet.run(700)
    assert cabinet.video() != empty
    assert len(cabinet.wisps()) >= 3
    for record in range(10):
        for field in (2, 3, 8):
            cabinet.put("wisps", 0, 16 * record + field)
    for _ in range(70):
        cabinet.put("spawn_timer", 255)
        cabinet.run(1)
        if cabinet.video() == empty:
            return
    raise AssertionError("something was left on the screen")


def test_coins_and_start(cabinet: Cabinet) -> None:
    cabinet.run(20)
    cabinet.tap("start1")
    assert not cabinet.get("playing"), "not without a coin"
    cabinet.tap("coin")
    assert "CREDIT 01" in cabinet.page()
    cabinet.tap("start2")
    assert not cabinet.get("playing"), "two must pay two"
    cabinet.until("PRESS START", 80)
    for _ in range(10):
        cabinet.tap("coin")
    assert "CREDIT 11" in cabinet.page()
    cabinet.tap("start2")
    cabinet.until("PLAYER 1", 30)
    assert "CREDIT 09" in cabinet.page()
    assert cabinet.get("lives") == 3


def test_steering_and_shot(cabinet: Cabinet) -> None:
    cabinet.start()
    left = cabinet.get("mower")
    cabinet.tap("right", 10)
    assert cabinet.get("mower") > left
    cabinet.machine.press("left")
    cabinet.run(150)
    assert cabinet.get("mower") == 0, "no further than the edge"
    cabinet.machine.press("left", False)
    cabinet.machine.press("fire")
    cabinet.run(2)
    assert cabinet.get("sounds", 1) > 0, "the shot's sound"
    low = cabinet.get("shot", 1)
    cabinet.run(5)
    assert cabinet.get("shot", 1) == low + 25
    shown = cabinet.get("shot", 5)  # which the beam has still to pass
    cabinet.run(1)
    above = 256 - shown
    assert cabinet.machine.screen[above - 8 : above, 6].any(axis=1).sum() == 5


def test_a_player_who_aims_scores(cabinet: Cabinet) -> None:
    cabinet.start()
    for _ in range(1500):
        cabinet.hunt()
    assert cabinet.score() >= 200
    assert cabinet.get("wave") >= 2
    assert cabinet.score("best") == cabinet.score()
    assert f"{cabinet.score():06}" in cabinet.text(30)


def test_a_player_who_does_nothing_loses(cabinet: Cabinet) -> None:
    cabinet.start()
    cabinet.put("lives", 1)
    for _ in range(3000):
        if cabinet.wisps():  # they come down on the mower
            cabinet.put("wisps", cabinet.get("mower"))
        cabinet.run(1)
        if "GAME  OVER" in cabinet.page():
            break
    assert cabinet.get("lives") == 0
    cabinet.until("INSERT COIN", 200)
    assert cabinet.get("playing") == 0


def test_crash_passes_the_turn(cabinet: Cabinet) -> None:
    cabinet.start("start2", coins=2)
    cabinet.put("score", 0x50)
    cabinet.put("wreck_timer", 3)
    cabinet.until("PLAYER 2", 20)
    assert cabinet.get("lives") == 3
    assert cabinet.score() == 0
    assert cabinet.text(30).split() == ["000050", "000000", "000000"]
    cabinet.until("WAVE", 10)
    cabinet.run(120)
    cabinet.put("wreck_timer", 3)
    cabinet.until("PLAYER 1", 20)
    assert cabinet.get("lives") == 2
    assert cabinet.score() == 50


def test_mowing(cabinet: Cabinet) -> None:
    cabinet.start()
    cell = (cabinet.get("mower") + 13) // 8 + 2
    cabinet.put("weeds", 3, cell)
    cabinet.put("spawn_timer", 255)
    cabinet.machine.press("right")
    cabinet.run(15)
    assert cabinet.get("mower") + 13 <= 8 * cell, "it is in the way"
    cabinet.run(30)
    assert cabinet.get("weeds", cell) == 0
    assert cabinet.score() == 15
    assert cabinet.get("mower") + 13 > 8 * cell


def test_blooms_seed(cabinet: Cabinet) -> None:
    cabinet.start()
    for cell in range(CELLS):
        cabinet.put("weeds", BLOOM, cell)
    for _ in range(40):
        cabinet.put("spawn_timer", 255)
        cabinet.run(1)
    grown = [cabinet.get("weeds", cell) for cell in range(CELLS)]
    assert 1 in grown
    assert grown.count(1) == len([at for at in cabinet.wisps() if at[1] < 100])


def test_extra_life(cabinet: Cabinet) -> None:
    cabinet.start()
    cabinet.put("score", 0x14, 1)
    for _ in range(600):
        cabinet.hunt()
    assert cabinet.score() >= 1500
    assert cabinet.get("lives") == 4
    assert cabinet.get("extra_given") == 1


def test_tilt(cabinet: Cabinet) -> None:
    cabinet.start()
    cabinet.tap("tilt")
    cabinet.until("TILT", 5)
    cabinet.until("INSERT COIN", 200)


def test_lives_switch(program: Program) -> None:
    cabinet = Cabinet(program)
    cabinet.machine.set_switch("lives", "5")
    cabinet.start()
    assert cabinet.get("lives") == 5


def test_speed_rises(cabinet: Cabinet) -> None:
    """The same wisps fall faster in a later wave, and when few are left."""
    cabinet.start()
    haste = []
    for wave, stock in ((1, 40), (6, 40), (1, 2), (12, 2)):
        cabinet.put("wave", wave)
        cabinet.put("stock", stock)
        cabinet.run(1)
        haste.append(cabinet.get("haste"))
    assert haste == sorted(haste)
    assert len(set(haste)) == 4


def test_same_inputs_same_game(program: Program) -> None:
    def play() -> str:
        cabinet = Cabinet(program)
        cabinet.start()
        for _ in range(300):
            cabinet.hunt()
        return cabinet.machine.state_sha256()

    assert play() == play()


def test_engines_agree(program: Program) -> None:
    """The reference, from a moment with the screen full, as long as there is patience for it."""
    fast, slow = Cabinet(program), Cabinet(program)
    for cabinet in (fast, slow):
        cabinet.run(400)
    assert isinstance(slow.machine.use("reference"), emucore.reference.ReferenceEngine)
    for _ in range(3):
        fast.run(1)
        slow.run(1)
        assert fast.machine.state_sha256() == slow.machine.state_sha256()


def test_watchdog_is_content(cabinet: Cabinet) -> None:
    """1,000 frames, more than the watchdog waits: the clock was never cleared by a reset."""
    cabinet.run(1000)
    assert cabinet.get("clock") + 256 * cabinet.get("clock", 1) >= 999


def test_rom_comes_from_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMUCORE_CACHE", str(tmp_path))
    first = games.rom()
    assert len(first) == games.ROM_SIZE

    def refuse(name: str) -> Program:
        raise AssertionError(f"{name} is assembled again")

    monkeypatch.setattr(games, "program", refuse)
    assert games.rom() == first


def test_rom_without_a_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("EMUCORE_CACHE", str(file))
    assert games.rom() == games.program().image(0)[: games.ROM_SIZE].ljust(games.ROM_SIZE, b"\xff")


def test_unknown_game() -> None:
    with pytest.raises(UserError, match="thistledown"):
        games.rom("../thistledown")
