"""A cabinet with Thistledown in it, and how a test looks at it and plays."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

from emucore.assembler import Program
from emucore.cpus.i8080 import i8080
from emucore.isa import Isa
from emucore.machine import Machine
from machines.arcade.invaders.board import make_board
from roms_test import games
from roms_test.games.gardener import SPRITE, STATE, Gardener

VIDEO = 0x2400
CELLS, ROWS = 28, 32
FREE, FLYING, BURST = range(3)
STALK, BLOOM = 2, 4
WISPS, SPINES, SPRITES = 10, 3, 16


@cache
def program() -> Program:
    """The game, assembled once for all tests."""
    return games.program("thistledown")


class Cabinet(Gardener):
    """A machine with the game: a player's eyes and hands, and a mechanic's."""

    def __init__(self, engine: str = "interp", isa: Isa = i8080, **switches: str) -> None:
        image = program().image(0)[: games.ROM_SIZE]
        super().__init__(Machine(make_board(isa), {"rom": image}))
        self.ram = self.machine.arena["ram"]
        for name, setting in switches.items():
            self.machine.set_switch(name, setting)
        self.machine.use(engine)
        font = self.symbols["font"]
        self.glyphs = {
            image[at : at + 5]: chr(32 + i) for i in reversed(range(59)) for at in [font + 5 * i]
        }

    def run(self, frames: int) -> None:
        """Run frames."""
        assert self.machine.run_frames(frames) == frames

    def hear(self, frames: int) -> npt.NDArray[np.float64]:
        """Run frames, and listen."""
        heard = []
        for _ in range(frames):
            self.run(1)
            heard.append(self.machine.frame_sound.astype(float))
        return np.concatenate(heard)

    def word(self, name: str, at: int = 0) -> int:
        """A variable of two bytes."""
        return self.byte(name, at) | self.byte(name, at + 1) << 8

    def put(self, name: str, *values: int, at: int = 0) -> None:
        """Change bytes of a variable."""
        start = self.symbols[name] - 0x2000 + at
        self.ram[start : start + len(values)] = values

    def put_score(self, score: int, name: str = "score") -> None:
        """Change a score."""
        self.put(name, *reversed(bytes.fromhex(f"{score:06}")))

    def bcd(self, name: str) -> int:
        """A score in decimal."""
        return int("".join(f"{self.byte(name, i):02x}" for i in (2, 1, 0)))

    def sprite(self, name: str, x: int, y: int, shape: str, state: int = FLYING) -> None:
        """Put a sprite somewhere."""
        at = self.symbols[shape]
        self.put(name, x, y, at & 0xFF, at >> 8)
        self.put(name, state, at=STATE)

    def wisp(self, x: int, y: int, kind: str = "down", number: int = 0) -> None:
        """Put a wisp somewhere; it is in phase 0."""
        at = self.symbols[kind]
        record = number * SPRITE
        self.put("wisps", x, y, at=record)
        self.put("wisps", FLYING, 0, at & 0xFF, at >> 8, 0, 0, at=record + STATE)

    def empty_air(self, stock: int = 40) -> None:
        """No wisp, spine or hornet, and none to come for four seconds."""
        for record in range(2, SPRITES):
            self.put("sprites", 0, 0, at=record * SPRITE + 2)
            self.put("sprites", FREE, at=record * SPRITE + STATE)
        self.put("stock", stock)
        self.put("spawn_timer", 255)
        self.put("spine_timer", 255)
        self.put("hornet_timer", 0, 4)

    def video(self) -> bytes:
        """The picture's bits."""
        return bytes(self.ram[VIDEO - 0x2000 :])

    def cells(self) -> bytes:
        """The five columns of a letter of each cell, cell by cell and row by row from below."""
        columns = np.frombuffer(self.video(), np.uint8).reshape(CELLS, 8, ROWS)
        return columns[:, 1:6].transpose(2, 0, 1).tobytes()

    def text(self, row: int) -> str:
        """What is printed on a row of cells, as far as it is text."""
        return self.page().split("\n")[ROWS - 1 - row]

    def page(self) -> str:
        """All text, the upper row first."""
        cells, glyphs = self.cells(), self.glyphs
        letters = [glyphs.get(cells[at : at + 5], "?") for at in range(0, len(cells), 5)]
        rows = ["".join(letters[at : at + CELLS]) for at in range(0, len(letters), CELLS)]
        return "\n".join(reversed(rows))

    def until(self, what: str, frames: int) -> None:
        """Run until *what* is printed somewhere, *frames* at most."""
        for _ in range(frames):
            if what in self.page():
                return
            self.run(1)
        raise AssertionError(f"{what!r} not seen in {frames} frames:\n{self.page()}")

    def begin(self, button: str = "start1", coins: int = 1) -> None:
        """To the first frame of the game."""
        self.run(20)
        for _ in range(coins):
            self.tap("coin")
        self.run(20)  # a demonstration gives way to the title
        self.tap(button)
        self.until("WAVE  01", 30)
        while "WAVE" in self.page():
            self.run(1)
        self.run(2)

    def lose(self) -> None:
        """The mower is lost; to the moment when the wreck is gone."""
        lives = self.lives
        self.put("wreck_timer", 3)
        for _ in range(10):
            self.run(1)
            if not self.byte("wreck_timer"):
                return
        raise AssertionError(f"{lives} mowers, and none lost")

    def wisps(self) -> list[tuple[int, int]]:
        """Where those in the air are."""
        return list(self.records("wisps", WISPS, FLYING))

    def records(self, name: str, count: int, state: int) -> Iterator[tuple[int, int]]:
        """Where the sprites in *state* are."""
        for at in range(0, count * SPRITE, SPRITE):
            if self.byte(name, at + STATE) == state:
                yield self.byte(name, at), self.byte(name, at + 1)
