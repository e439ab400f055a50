"""Frames in their time, by a clock that tests turn."""

from __future__ import annotations

import pytest

from machines.host.session.pacer import LATE, STARTING, Pacer

PERIOD = 1 / 64  # exact in floating point


class Time:
    """A clock that only sleeping moves; each sleep lasts *over* too long."""

    def __init__(self) -> None:
        self.now = 100.0
        self.over = 0.0

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds + self.over


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pacer(time: Time) -> Pacer:
    return Pacer(PERIOD, lambda: time.now, time.sleep)


def test_a_frame_each_period(time: Time, pacer: Pacer) -> None:
    for i in range(200):
        assert pacer.wait() == 1
        assert time.now == 100 + i * PERIOD
        time.now += PERIOD / 3
    assert pacer.dropped == pacer.dropped_starting == 0


def test_oversleeping_is_not_carried_on(time: Time, pacer: Pacer) -> None:
    time.over = PERIOD / 4
    for _ in range(201):
        assert pacer.wait() == 1
    assert time.now == pytest.approx(100 + 200 * PERIOD + time.over)


def test_what_was_missed_is_made_up(time: Time, pacer: Pacer) -> None:
    pacer.wait()
    time.now += 3.5 * PERIOD
    assert pacer.wait() == 3
    assert pacer.dropped_starting == 2
    assert pacer.wait() == 1
    assert time.now == 100 + 4 * PERIOD


def test_what_cannot_be_made_up_is_left_out(time: Time, pacer: Pacer) -> None:
    pacer.wait()
    time.now += 2 * STARTING
    assert 2 * STARTING > LATE
    assert pacer.wait() == 1
    assert pacer.dropped == 2 * STARTING / PERIOD - 1
    assert pacer.wait() == 1
    assert time.now == 100 + 2 * STARTING + PERIOD


def test_pauses_drop_nothing(time: Time, pacer: Pacer) -> None:
    pacer.wait()
    pacer.counting = False
    time.now += 10
    pacer.wait()
    pacer.counting = True
    time.now += 10
    pacer.restart()
    assert pacer.wait() == 1
    assert pacer.dropped == pacer.dropped_starting == 0


def test_statistics(time: Time, pacer: Pacer) -> None:
    assert pacer.statistics()["interval_ms"] == {"median": 0.0, "p99": 0.0, "longest": 0.0}
    for i in range(101):
        pacer.shown()
        time.now += 0.010 if i else 0.500
    pacer.restart()
    time.now += 5
    pacer.shown()
    found = pacer.statistics()
    assert found["shown"] == 102
    assert found["period_ms"] == 15.625
    assert found["interval_ms"] == {"median": 10.0, "p99": 10.0, "longest": 500.0}
