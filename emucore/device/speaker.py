"""The loudspeaker of a board: makes the steps of its chips' levels into samples of the host's rate.

A step at a moment between two samples is band-limited: a windowed sinc of TAPS samples is added to
what the samples rise by, the row of TABLE by the step's phase.  Its weights sum to 1 exactly, and
gains are multiples of 2**-20, so steps by whole numbers add up without rounding, in any order.
Samples are the sum of all that, TAPS / 2 of them later; where nothing steps, they cost nothing.

Only sums that leak have a rest: the high-pass of the board's coupling capacitors is that leak.  So
a level that nobody has told of, as that of a chip in a state that is loaded, is forgotten as soon
as the capacitors are charged, without a click.

All of it is output, no state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from emucore.device.device import Device, shared
from emucore.device.fields import array, integer, part, real

TAPS, PHASE_BITS = 16, 8
PHASES = 1 << PHASE_BITS
#: Parts of the sum of weights: a power of two, which all of a row sum to.
WHOLE = 1 << 15
#: Where the band ends (-6 dB), in parts of half the rate, and beta of the Kaiser window: flat to
#: three quarters of that; in a square wave, what would come back as an alias is 60 dB down.
BAND, BETA = 0.8, 6.0
#: Samples that may be made at a time: a frame's and more.
SIZE = 1 << 12
#: Samples kept: ten frames' worth and more.
ROOM = 1 << 14
#: Ports that a speaker may have.
PORTS = 64
#: What is less counts as nothing, in steps of a 16-bit sample.
QUIET = 1 / 64
#: Samples that no speaker is late by, nor ahead.
LATE = 1 << 20

#: The words of a port: bytes from it to the left and to the right channel (0: none), its gains in
#: parts of ONE, its number there, 1 if its samples are at the speaker's own rate.
LEFT, RIGHT, LEFT_GAIN, RIGHT_GAIN, NUMBER, DIRECT = range(6)
ONE = 1 << 20
UNIT = 1 / (ONE * WHOLE)


def _table() -> npt.NDArray[np.int16]:
    """TAPS weights for each phase, in parts of WHOLE: what a band-limited step rises by from one
    sample to the next, the integral of the windowed sinc between them."""
    half = (TAPS - 1) / 2
    at = (np.arange((TAPS - 1) * PHASES) + 0.5) / PHASES - half
    impulse = np.sinc(BAND * at) * np.i0(BETA * np.sqrt(1 - (at / half) ** 2))
    risen = np.concatenate(([0.0], impulse.cumsum() / impulse.sum()))
    end = (np.arange(TAPS) + 1) * PHASES - np.arange(PHASES)[:, None]
    weights = risen[np.minimum(end, len(at))] - risen[np.clip(end - PHASES, 0, len(at))]
    rows = np.rint(weights * WHOLE).astype(np.int64)
    rows[np.arange(PHASES), rows.argmax(axis=1)] += WHOLE - rows.sum(axis=1)
    table: npt.NDArray[np.int16] = rows.astype(np.int16).reshape(-1)
    return table


TABLE = _table()


class Channel(Device):
    """One loudspeaker: steps in, samples out."""

    checked = False  # its indices are kept within its arrays by masks

    clock: int = integer(1, fixed=True)  # ticks a second
    rate: int = integer(1, fixed=True)  # samples a second
    keep: float = real(1.0, fixed=True)  # high-pass: what stays of a level after a sample
    follow: float = real(1.0, fixed=True)  # low-pass: how far it goes towards a level in a sample
    second: int = integer(output=True)  # a tick, of a whole second
    first: int = integer(output=True)  # what `steps` begins with, in phases from there
    pending: int = integer(output=True)  # as many of `steps` may be other than 0
    level: float = real(output=True)
    smooth: float = real(output=True)
    levels = array("f8", PORTS, output=True)  # of the ports that put levels
    steps = array("f8", SIZE + TAPS, output=True)  # what the next samples rise by

    def place(self, time: int) -> int:
        """Phases from the first of ``steps`` to *time*."""
        return (time - self.second) * (self.rate << PHASE_BITS) // self.clock - self.first

    def spot(self, time: int) -> int:
        """The same, or the nearest that is in ``steps``: what comes late sounds at once."""
        return min(max(self.place(time), 0), (SIZE << PHASE_BITS) - 1)

    def add(self, place: int, change: float) -> None:
        """Step by *change* * WHOLE."""
        at = place >> PHASE_BITS & SIZE - 1
        row = (place & PHASES - 1) * TAPS
        for k in range(TAPS):
            self.steps[at + k] += TABLE[row + k] * change
        self.pending = max(self.pending, at + TAPS)

    def add_whole(self, place: int, change: float) -> None:
        """The same at a sample, and all at once: between two samples of this rate nothing is."""
        at = place >> PHASE_BITS & SIZE - 1
        self.steps[at + TAPS // 2 - 1] += change * WHOLE
        self.pending = max(self.pending, at + TAPS)

    def rise(self, number: int, level: float) -> float:
        """How much higher *level* is than that which port *number* has put before."""
        change: float = level - self.levels[number & PORTS - 1]
        self.levels[number & PORTS - 1] = level
        return change

    def rests(self) -> bool:
        """Whether all samples are the same from now on."""
        still = self.smooth == self.level and (self.level == 0.0 or self.keep == 1.0)
        return self.pending == 0 and still

    def make(self, ring: Any, at: int, stride: int, count: int) -> None:
        """The next *count* samples, at most SIZE, to every *stride* elements of *ring* from
        *at*."""
        mask = ROOM * stride - 1
        level, smooth = self.level, self.smooth
        if self.rests():
            same = rounded(smooth)
            for i in range(count):
                ring[at + i * stride & mask] = same
        else:
            keep, follow = self.keep, self.follow
            for i in range(count & 2 * SIZE - 1):
                change = self.steps[i]
                self.steps[i] = 0.0
                level = level * keep + change
                if follow < 1.0:
                    smooth += follow * (level - smooth)
                else:
                    smooth = level
                if change == 0.0:
                    if keep < 1.0 and -QUIET < level < QUIET:
                        level = 0.0
                    if -QUIET < level - smooth < QUIET:
                        smooth = level
                ring[at + i * stride & mask] = rounded(smooth)
            self.level, self.smooth = level, smooth
            rest = max(self.pending - count, 0) & 2 * SIZE - 1
            for i in range(rest):
                self.steps[i] = self.steps[i + count & 2 * SIZE - 1]
                self.steps[i + count & 2 * SIZE - 1] = 0.0
            self.pending = rest
        self.advance(count)

    def advance(self, count: int) -> None:
        """``steps`` begins *count* samples later."""
        self.first += count << PHASE_BITS
        second = self.rate << PHASE_BITS
        if self.first >= second:
            self.second += self.first // second * self.clock
            self.first %= second

    def number(self) -> int:
        """Of the first sample of ``steps``, since power-on."""
        return self.second // self.clock * self.rate + (self.first >> PHASE_BITS)

    def begin(self, time: int) -> None:
        """``steps`` begins at *time*."""
        self.second = time // self.clock * self.clock
        self.first = 0
        self.first = self.place(time) >> PHASE_BITS << PHASE_BITS

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return (
            self.second >= 0 == self.second % self.clock
            and 0 <= self.first < self.rate << PHASE_BITS
            and self.first % PHASES == 0 <= self.pending <= SIZE + TAPS
        )


@shared
def rounded(level: float) -> int:
    """The nearest 16-bit sample."""
    return int(min(max(level, -32_768.0), 32_767.0) + 32_768.5) - 32_768


class Speaker(Device):
    """One channel, and the ring of its samples."""

    channels = 1

    made: int = integer(output=True)  # samples since power-on
    begun: int = integer(output=True)  # whether it knows when it is
    left: Channel = part(Channel)
    ring = array("i2", ROOM, output=True)

    def __init__(self, clock: int, rate: int, high_pass: float, low_pass: float) -> None:
        super().__init__()
        values: dict[str, float] = {"clock": clock, "rate": rate}
        values["keep"] = math.exp(-math.tau * high_pass / rate)
        values["follow"] = -math.expm1(-math.tau * low_pass / rate) if low_pass else 1.0
        for name in self.parts:
            setattr(self, name, Channel(**values))

    def catch_up(self, time: int) -> None:
        """Make all samples before *time*."""
        self.begun = 1
        left = self.left.place(time) >> PHASE_BITS
        while left > 0:
            count = min(left, SIZE)
            self.make(self.made & ROOM - 1, count)
            self.made += count
            left -= count

    def make(self, at: int, count: int) -> None:
        """The next samples."""
        self.left.make(self.ring, at, 1, count)

    def begin(self, time: int) -> None:
        """Whoever is given a state without its outputs goes on in silence from *time*."""
        late = self.left.place(time) >> PHASE_BITS
        if self.begun == 0 or not -LATE < late < LATE:
            self.place(time)
            self.made = self.left.number()
            self.begun = 1

    def place(self, time: int) -> None:
        """Its channels begin at *time*."""
        self.left.begin(time)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return self.made == self.left.number()


class StereoSpeaker(Speaker):
    """Two channels; their samples take turns in the ring."""

    channels = 2

    right: Channel = part(Channel)
    ring = array("i2", 2 * ROOM, output=True)

    def make(self, at: int, count: int) -> None:
        """The next samples."""
        self.left.make(self.ring, 2 * at, 2, count)
        self.right.make(self.ring, 2 * at + 1, 2, count)

    def place(self, time: int) -> None:
        """Its channels begin at *time*."""
        self.left.begin(time)
        self.right.begin(time)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return self.made == self.left.number() == self.right.number()


def make_audio(
    channel_of: Any,
    functions: dict[str, Any],
    compiled: Callable[[Any], Any],
) -> tuple[Any, Any]:
    """``step(port, time, change)`` and ``put(port, time, level)`` of audio ports.

    A port is its words; ``channel_of(port, distance)`` gives what *functions* of a Channel are
    given.
    """
    spot, add, add_whole = functions["spot"], functions["add"], functions["add_whole"]
    rise = functions["rise"]

    @compiled
    def step(port: Any, time: int, change: float) -> None:
        if port[LEFT] != 0:
            left = channel_of(port, port[LEFT])
            place = spot(left, time)
            if port[LEFT_GAIN] != 0:
                add(left, place, change * port[LEFT_GAIN] * UNIT)
            if port[RIGHT_GAIN] != 0:
                add(channel_of(port, port[RIGHT]), place, change * port[RIGHT_GAIN] * UNIT)

    @compiled
    def put(port: Any, time: int, level: float) -> None:
        if port[LEFT] != 0:
            left = channel_of(port, port[LEFT])
            change = rise(left, port[NUMBER], level)
            if change != 0.0:
                if port[DIRECT] == 0:
                    step(port, time, change)
                else:
                    place = spot(left, time)
                    add_whole(left, place, change * port[LEFT_GAIN] * UNIT)
                    if port[RIGHT] != 0:
                        right = channel_of(port, port[RIGHT])
                        add_whole(right, place, change * port[RIGHT_GAIN] * UNIT)

    return step, put


#: The functions of a channel that those call.
CHANNEL_FUNCTIONS = ("spot", "add", "add_whole", "rise")
