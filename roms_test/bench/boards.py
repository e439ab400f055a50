"""Whole machines: how many times faster than the real thing, picture and sound included."""

from __future__ import annotations

import time

from emucore.machine import Machine
from roms_test.bench.measure import Clock, Subject, WrongAnswer

#: Buttons pressed from the frame on, for so many frames: from power-on into the game.
OPENING = (("coin", 30, 4), ("start1", 50, 4))
PLAYING = 200

#: While it plays: the buttons held, each for so many frames, over and over.
MANNER = (("fire",), ("right",), ("right", "fire"), (), ("left", "fire"), ("left",))
HOLD = 8


def invaders(engine: str, clock: Clock = time.perf_counter) -> tuple[Subject, float]:
    """Our game on the invaders board, played; and the board's frames a second."""
    from emucore.cpus.i8080 import i8080
    from machines.arcade.invaders.board import make_board
    from roms_test import games

    board = make_board(i8080)
    machine = Machine(board, {"rom": games.rom()})
    machine.use("interp")  # the moment is the same on each, and the reference takes long to it
    for name, first, frames in OPENING:
        machine.run_frames(first - machine.frame)
        machine.press(name)
        machine.run_frames(frames)
        machine.press(name, False)
    machine.run_frames(PLAYING - machine.frame)
    begin = machine.arena.state()
    machine.use(engine).wait()

    def run(frames: int) -> float:
        """From the same moment each time, whatever was run before."""
        machine.arena.set_state(begin)
        machine.refresh()
        began = clock()
        done = 0
        while done < frames:
            held = MANNER[done // HOLD % len(MANNER)]
            for name in ("left", "right", "fire"):
                machine.press(name, name in held)
            done += machine.run_frames(min(HOLD, frames - done))
        took = clock() - began
        if frames >= HOLD and not machine.screen.any():
            raise WrongAnswer(f"invaders on {engine}: the screen is black")
        return took

    return Subject(engine, run), board.clock_hz / board.frame_ticks


#: Machines by name.
MACHINES = {"invaders": invaders}
