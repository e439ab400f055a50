"""Rewinding: every frame comes back to the bit, within the budget, on every engine."""

from __future__ import annotations

from random import Random

import pytest

import machines
from emucore.history.rewind import Rewind, Ring


@pytest.mark.parametrize("engine", ["interp", "jit"])
def test_every_frame_comes_back(engine: str) -> None:
    machine = machines.load("invaders", engine=engine)
    past = Rewind(machine)
    hashes = [machine.state_sha256()]
    for frame in range(90):
        machine.press("coin", frame == 10)
        machine.press("start1", frame == 70)
        machine.run_frames(1)
        past.record()
        hashes.append(machine.state_sha256())
    assert past.frames == 90
    for expected in hashes[-2::-1]:
        assert past.back()
        assert machine.state_sha256() == expected
    assert (past.frames, past.bytes, past.back()) == (0, 0, False)
    assert machine.state_sha256() == hashes[0]


def test_what_follows_a_step_back_is_what_followed_before() -> None:
    """Also where the engine has translated the code, and where the future is another one."""
    machine = machines.load("invaders", engine="jit")
    machine.run_frames(60)
    past = Rewind(machine)
    machine.run_frames(1)
    past.record()
    ahead = machine.state_sha256()
    assert past.back()
    machine.press("coin")
    machine.run_frames(1)
    past.record()
    assert machine.state_sha256() != ahead
    assert past.back()
    machine.run_frames(1)
    assert machine.state_sha256() == ahead


def test_the_way_back_leads_through_a_loaded_state() -> None:
    machine = machines.load("invaders", engine="interp")
    machine.run_frames(30)
    saved = machine.arena.state()
    machine.run_frames(5)
    past = Rewind(machine)
    before = machine.state_sha256()
    machine.arena.set_state(saved)
    machine.refresh()
    past.record()
    assert past.back()
    assert machine.state_sha256() == before


def test_the_oldest_frames_make_room() -> None:
    machine = machines.load("invaders", engine="interp")
    past = Rewind(machine, budget=4000)
    hashes = []
    for _ in range(200):
        machine.run_frames(1)
        past.record()
        hashes.append(machine.state_sha256())
        assert past.bytes <= 4000
    kept = past.frames
    assert 0 < kept < 200
    while past.back():
        pass
    assert machine.state_sha256() == hashes[-1 - kept]


def test_a_ring_is_a_stack_that_forgets_from_below() -> None:
    """Against a list, with pieces of all lengths and in every place of the ring."""
    random = Random(9)
    ring, model = Ring(257), list[bytes]()
    for _ in range(5000):
        if random.random() < 0.6:
            piece = random.randbytes(random.choice((0, 1, 5, 30, 100, 249)))
            ring.at = ring.put(piece)
            model.append(piece)
            while sum(len(each) + 8 for each in model) > 257:
                del model[0]
        else:
            top = ring.top()
            assert (top and top[0]) == (model.pop() if model else None)
            ring.at = top[1] if top else ring.at
        assert (len(ring), ring.used) == (len(model), sum(len(each) + 8 for each in model))


@pytest.mark.parametrize("size", [0, 1, 8, 100])
def test_a_piece_that_has_no_room_is_the_end_of_the_way_back(size: int) -> None:
    """What lies below it could not be reached over it."""
    ring = Ring(size)
    ring.at = ring.put(b"")
    ring.at = ring.put(bytes(size + 1))
    assert (len(ring), ring.used, ring.top()) == (0, 0, None)
