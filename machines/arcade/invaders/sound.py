"""The sound board: circuits switched by the bits of ports 3 and 5, mixed to one speaker."""

from __future__ import annotations

from typing import ClassVar

from emucore.base.former import Former
from emucore.device import array, integer, real, shared
from machines.arcade.invaders.circuits import (
    AMPLIFIER,
    EXPLOSION,
    HIT,
    QUIET,
    RATE,
    SAUCER,
    SHOT,
    bonus,
    explosion,
    fleet,
    invader_hit,
    saucer_hit,
    share,
    shot,
)
from machines.arcade.invaders.mainboard import FRAME
from machines.parts.sound.sn76477 import (
    MIXER_ONLY,
    VCO,
    Sn76477,
    sn76477_enable,
    sn76477_sample,
    sn76477_valid,
)

TICKS = 19_968_000 // RATE  # a sample is exactly 416 ticks of the crystal
ROOM = 1 << 14  # samples kept: twenty frames' worth
BLOCK = 1024
assert FRAME // TICKS < BLOCK

CHIP_LEVEL = 3_000.0
BLOCKING = share(47e3, 0.1e-6)  # C45 before the amplifier keeps direct current out

#: How long the one-shots hold, in samples.
SHOT_SAMPLES, BLAST_SAMPLES = RATE // 5, RATE * 13 // 20


@shared
def saucer(board: SoundBoard, mix: list[float], count: int) -> bool:
    """The saucer flies: bit 0 of port 3 enables the SN76477."""
    if board.sn_off and board.sn_level == 0.0:
        return False
    for i in range(count):
        if board.sn_off and board.sn_level == 0.0:
            break
        mix[i] += CHIP_LEVEL * sn76477_sample(board)
    return True


@shared
def render(board: SoundBoard, count: int) -> None:
    """Make *count* samples, at most BLOCK."""
    mix = board.mix
    sounding = fleet(board, mix, count)
    sounding = bonus(board, mix, count) or sounding
    sounding = saucer_hit(board, mix, count) or sounding
    sounding = invader_hit(board, mix, count) or sounding
    sounding = shot(board, mix, count) or sounding
    sounding = explosion(board, mix, count) or sounding
    sounding = saucer(board, mix, count) or sounding
    samples = board.ring
    at = board.made & ROOM - 1
    mean = board.mean
    on = 1.0 if board.port3 & AMPLIFIER else 0.0
    for i in range(count):
        level = 0.0
        if sounding or mean != 0.0:
            mean += BLOCKING * (mix[i] - mean)
            if mix[i] == 0.0 and -QUIET < mean < QUIET:
                mean = 0.0
            level = (mix[i] - mean) * on
            mix[i] = 0.0
        if level > 32_767.0:
            level = 32_767.0
        elif level < -32_768.0:
            level = -32_768.0
        samples[at] = int(level)
        at = at + 1 & ROOM - 1
    board.mean = mean


@shared
def play(board: SoundBoard, time: int) -> None:
    """Make the samples whose time has come before *time*; number n is due at tick n * TICKS."""
    left = -(-time // TICKS) - board.made
    while left > 0:
        count = min(left, BLOCK)
        render(board, count)
        board.made += count
        left -= count


class SoundBoard(Sn76477):
    """Latches of the two ports, and the state of each circuit."""

    former: ClassVar[Former] = {"samples": None, "count": None}

    ring = array("i2", ROOM, output=True)
    made: int = integer()  # samples since power-on
    mix = array("f8", BLOCK)  # all zero but while samples are made
    mean: float = real()

    port3: int = integer()
    port5: int = integer()
    fleet_phase: float = real()
    fleet_near: float = real()
    fleet_far: float = real()
    bonus_phase: float = real()
    bonus_gate: float = real()
    saucer_level: float = real()
    saucer_ramp: float = real()
    saucer_up: int = integer(1)
    saucer_phase: float = real()
    hit_level: float = real()
    hit_ramp: float = real(1.0)
    hit_phase: float = real()
    shot_left: int = integer()
    shot_level: float = real()
    shot_gate: float = real()
    shot_phase: float = real()
    shot_noise: int = integer(0x1FFFF)
    shot_clock: float = real()
    blast_left: int = integer()
    blast_level: float = real()
    blast_near: float = real()
    blast_far: float = real()
    blast_noise: int = integer(0x1FFFF)
    blast_clock: float = real()

    def __init__(self) -> None:
        chip = Sn76477.components(RATE, slf=(120e3, 1e-6), vco=(8.2e3, 0.1e-6))
        super().__init__(sn_mixer=VCO, sn_envelope=MIXER_ONLY, sn_vco_by_slf=1, **chip)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return time - FRAME <= self.made * TICKS <= time + FRAME and sn76477_valid(self)

    def set_port3(self, offset: int, value: int, time: int) -> None:
        """Saucer, shot, explosion, invader hit, bonus, amplifier: bits 0 to 5."""
        if value == self.port3:
            return
        play(self, time)
        rising = value & ~self.port3
        self.port3 = value
        if rising & SHOT:
            self.shot_left = SHOT_SAMPLES
        if rising & EXPLOSION:
            self.blast_left = BLAST_SAMPLES
        if rising & HIT:
            self.hit_level = 1.0
            self.hit_ramp = 1.0
        sn76477_enable(self, ~value & SAUCER)

    def set_port5(self, offset: int, value: int, time: int) -> None:
        """The fleet's steps, saucer hit: bits 0 to 4.  Bit 5 is for the picture."""
        if value != self.port5:
            play(self, time)
            self.port5 = value

    def catch_up(self, time: int) -> None:
        """Make all samples before *time*."""
        play(self, time)
