"""Frames that nobody looks at: which are drawn, and that nothing else depends on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_boards import picture_through_mapper

import machines
from machines.host.headless import headless


@pytest.mark.parametrize("engine", ["reference", "interp"])
def test_all_the_last_or_none(engine: str) -> None:
    """Equal states; where none was drawn, the picture is the coming frame's."""
    every, last, none = (picture_through_mapper(engine) for _ in range(3))
    for machine, draw in ((every, True), (last, None), (none, False)):
        machine.arena["chip.pixels"][:] = 3
        assert machine.run_frames(5, draw=draw) == 5
    assert every.state_sha256() == last.state_sha256() == none.state_sha256()
    assert np.array_equal(every.screen, last.screen)
    assert (none.arena["chip.pixels"] == 3).all()
    coming = none.screen
    assert none.frame == 5
    last.run_frames(1)
    assert np.array_equal(coming, last.screen)
    assert none.run_frames(0) == 0
    assert np.array_equal(coming, none.screen)
    none.run_frames(1)
    assert np.array_equal(coming, none.screen)


def test_where_a_hook_stops_it_the_picture_is_the_coming_one() -> None:
    """Not that of long ago; a hook that looks amid undrawn frames sees it, too."""
    machine, twin = (machines.load("invaders", engine="interp") for _ in range(2))
    pictures: list[Any] = []

    def look(m: Any) -> None:
        pictures.append(m.screen)
        if m.frame == 150:
            m.stop()

    for one in (machine, twin):
        one.run(90)
    hook = machine.hook("cpu", 0x10, look)
    assert machine.run(100) == 60
    hook.remove()
    twin.run_frames(60, draw=True)
    twin.run_frames(2)  # what is left of the present one, and the next
    assert np.array_equal(machine.screen, twin.screen)
    assert np.array_equal(pictures[-1], twin.screen)
    assert len({picture.tobytes() for picture in pictures}) > 3


def test_a_run_without_a_window_makes_few_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many frames at a time as take a while; the end is that of any other run."""
    machine, other = (machines.load("invaders", engine="interp") for _ in range(2))
    counts: list[int] = []
    run_frames = machine.run_frames

    def counted(frames: int) -> int:
        counts.append(frames)
        return run_frames(frames)

    monkeypatch.setattr(machine, "run_frames", counted)
    assert headless.run(machine, frames=4000).frames == sum(counts) == 4000
    assert len(counts) < 60
    other.run_frames(4000)
    assert machine.state_sha256() == other.state_sha256()
    assert machine.frame_crc32() == other.frame_crc32()


def test_a_learner_s_step_draws_its_last_frame() -> None:
    gymnasium: Any = pytest.importorskip("gymnasium")
    import machines.gym  # noqa: F401

    env = gymnasium.make("emucore/Thistledown-v0", obs_type="grey", frameskip=4).unwrapped
    env.reset(seed=1)
    drawn: list[bool | None] = []
    run_frames = env.machine.run_frames

    def noted(frames: int, *, draw: bool | None = None) -> int:
        drawn.append(draw)
        return int(run_frames(frames, draw=draw))

    env.machine.run_frames = noted
    env.step(1)
    assert drawn == [False, False, False, None]
