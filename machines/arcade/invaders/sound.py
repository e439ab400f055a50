"""The sound board: circuits switched by the bits of ports 3 and 5, mixed to one speaker."""

from __future__ import annotations

from typing import ClassVar

from emucore.base.former import Former
from emucore.device import Device, array, integer, part, real
from machines.arcade.invaders.circuits import (
    QUIET,
    RATE,
    Bonus,
    Explosion,
    Fleet,
    InvaderHit,
    SaucerHit,
    Shot,
    share,
)
from machines.arcade.invaders.former import SOUND
from machines.arcade.invaders.sync import CRYSTAL, FRAME
from machines.parts.sound.sn76477 import MIXER_ONLY, VCO, Sn76477

#: Port 3 and port 5.
SAUCER, SHOT, EXPLOSION, HIT, BONUS, AMPLIFIER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
FLEET, SAUCER_HIT = 0x0F, 0x10

TICKS = CRYSTAL // RATE  # a sample is exactly 416 ticks of the crystal
ROOM = 1 << 14  # samples kept: twenty frames' worth
BLOCK = 1024
assert FRAME // TICKS < BLOCK

CHIP_LEVEL = 3_000.0
BLOCKING = share(47e3, 0.1e-6)  # C45 before the amplifier keeps direct current out


class SoundBoard(Device):
    """Latches of the two ports, what they switch, and the amplifier."""

    former: ClassVar[Former] = SOUND

    fleet: Fleet = part(Fleet)
    bonus: Bonus = part(Bonus)
    saucer_hit: SaucerHit = part(SaucerHit)
    invader_hit: InvaderHit = part(InvaderHit)
    shot: Shot = part(Shot)
    explosion: Explosion = part(Explosion)
    chip: Sn76477 = part(
        Sn76477,
        rate=RATE,
        slf=(120e3, 1e-6),
        vco=(8.2e3, 0.1e-6),
        mixer=VCO,
        envelope=MIXER_ONLY,
        vco_by_slf=1,
    )
    port3: int = integer()
    port5: int = integer()
    mean: float = real()
    made: int = integer()  # samples since power-on
    mix = array("f8", BLOCK, output=True)  # all zero but while samples are made
    ring = array("i2", ROOM, output=True)
    loud: int = integer(heard=True)  # samples in the ring that are not 0

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return time - FRAME <= self.made * TICKS <= time + FRAME and not any(self.mix)

    def set_port3(self, offset: int, value: int, time: int) -> None:
        """Saucer, shot, explosion, invader hit, bonus, amplifier: bits 0 to 5."""
        if value == self.port3:
            return
        self.catch_up(time)
        rising = value & ~self.port3
        self.port3 = value
        if rising & SHOT:
            self.shot.fire()
        if rising & EXPLOSION:
            self.explosion.fire()
        if rising & HIT:
            self.invader_hit.fire()
        self.chip.set_off(~value & SAUCER)

    def set_port5(self, offset: int, value: int, time: int) -> None:
        """The fleet's steps, saucer hit: bits 0 to 4.  Bit 5 is for the picture."""
        if value != self.port5:
            self.catch_up(time)
            self.port5 = value

    def catch_up(self, time: int) -> None:
        """Make the samples whose time has come before *time*; number n is due at n * TICKS."""
        left = -(-time // TICKS) - self.made
        while left > 0:
            count = min(left, BLOCK)
            sounding = self.add(count)
            if sounding or self.mean != 0.0 or self.loud:
                self.amplify(count, sounding)
            self.made += count
            left -= count

    def add(self, count: int) -> bool:
        """Have all circuits add to the mix; whether any does."""
        mix = self.mix
        sounding = self.fleet.add(mix, count, self.port5 & FLEET)
        sounding = self.bonus.add(mix, count, self.port3 & BONUS) or sounding
        sounding = self.saucer_hit.add(mix, count, self.port5 & SAUCER_HIT) or sounding
        sounding = self.invader_hit.add(mix, count) or sounding
        sounding = self.shot.add(mix, count, self.port3 & SHOT) or sounding
        sounding = self.explosion.add(mix, count) or sounding
        return self.add_chip(count) or sounding

    def add_chip(self, count: int) -> bool:
        """The saucer flies while the chip is enabled; whether there is anything of it."""
        mix = self.mix
        sounding = False
        for i in range(count):
            if self.chip.silent():
                break
            sounding = True
            mix[i] += CHIP_LEVEL * self.chip.sample()
        return sounding

    def amplify(self, count: int, sounding: bool) -> None:
        """Make samples of the mix, if something has been *sounding*."""
        mix = self.mix
        ring = self.ring
        at = self.made & ROOM - 1
        loud = self.loud
        mean = self.mean
        on = self.port3 & AMPLIFIER != 0
        stored = on or loud != 0  # else the ring is silent, and stays so
        for i in range(count):
            level = 0.0
            if sounding or mean != 0.0:
                mean += BLOCKING * (mix[i] - mean)
                if mix[i] == 0.0 and -QUIET < mean < QUIET:
                    mean = 0.0
                level = mix[i] - mean
                mix[i] = 0.0
            if stored:
                sample = 0
                if on:
                    sample = int(min(max(level, -32_768.0), 32_767.0))
                loud += (sample != 0) - (ring[at] != 0)
                ring[at] = sample
                at = at + 1 & ROOM - 1
        self.loud = loud
        self.mean = mean
