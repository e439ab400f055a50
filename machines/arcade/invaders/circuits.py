"""The sound board's discrete circuits: each adds its samples to a mix.

Parts and their values are the schematics'; the LM3900 stages are models of what they do (one-shots,
ramps, voltage-controlled oscillators and amplifiers), not of how.  Their frequencies and times are
those that MAME's simulation of the circuits gives, measured; levels are chosen to balance.
Every circuit runs sample by sample with only + - * / and comparisons, so that all engines compute
the same samples.  One that has fallen silent stands still from that very sample on: it costs
nothing, and how many samples are made at a time makes no difference.

``add(mix, count, held)`` adds *count* samples while the circuit's bits of a port are *held*, and
tells whether there were any.  ``fire()`` is their rising edge.
"""

from __future__ import annotations

from emucore.device import Device, integer, part, real

RATE = 48_000

QUIET = 1e-5  # a level that counts as nothing


def share(resistance: float, capacitance: float) -> float:
    """How much of the way to its target a capacitor goes in a sample."""
    return 1 / (resistance * capacitance * RATE + 1)


def per_second(frequency: float) -> float:
    """Cycles a sample."""
    return frequency / RATE


# A 555 with a resistor for each bit, R131 75k and C29, then two low-pass filters.  It charges
# through a diode, to 4.4 V: from a third to two thirds of 5 V in 0.941 time constants, and back in
# 0.693
FLEET_1, FLEET_2, FLEET_3, FLEET_4 = 1 / 40e3, 1 / 68e3, 1 / 82e3, 1 / 100e3
FLEET_R, FLEET_C, CHARGE, DISCHARGE = 75e3, 100e-9, 0.941, 0.693
FLEET_NEAR, FLEET_FAR = share(100, 4.7e-6), share(200, 10e-6)
FLEET_LEVEL = 20_000.0


class Fleet(Device):
    """The four steps of the invaders, a bit each."""

    phase: float = real()
    near: float = real()
    far: float = real()

    def add(self, mix: list[float], count: int, held: int) -> bool:
        """See the module's text."""
        phase = self.phase
        near = self.near
        far = self.far
        if held == 0 and near == 0.0 and far == 0.0:
            return False
        step = 0.0
        duty = 0.0
        if held:
            siemens = 0.0
            if held & 1:
                siemens += FLEET_1
            if held & 2:
                siemens += FLEET_2
            if held & 4:
                siemens += FLEET_3
            if held & 8:
                siemens += FLEET_4
            up = (1.0 / siemens + FLEET_R) * FLEET_C * CHARGE
            down = FLEET_R * FLEET_C * DISCHARGE
            step = 1.0 / ((up + down) * RATE)
            duty = up / (up + down)
        for i in range(count):
            phase += step
            if phase >= 1.0:
                phase -= 1.0
            near += FLEET_NEAR * ((1.0 if phase < duty else 0.0) - near)
            far += FLEET_FAR * (near - far)
            if held == 0 and near < QUIET and far < QUIET:
                near = 0.0
                far = 0.0
                break
            mix[i] += FLEET_LEVEL * far
        self.phase = phase
        self.near = near
        self.far = far
        return True


# 480 Hz, gated by a 555 of 7.4 Hz
BONUS_STEP, BONUS_GATE, BONUS_DUTY = per_second(480), per_second(1.44 / 194e-3), 147 / 194
BONUS_LEVEL = 3_000.0


class Bonus(Device):
    """Extended play."""

    phase: float = real()
    gate: float = real()

    def add(self, mix: list[float], count: int, held: int) -> bool:
        """See the module's text."""
        if held == 0:
            self.phase = 0.0
            self.gate = 0.0
            return False
        phase = self.phase
        gate = self.gate
        for i in range(count):
            phase += BONUS_STEP
            if phase >= 1.0:
                phase -= 1.0
            gate += BONUS_GATE
            if gate >= 1.0:
                gate -= 1.0
            if phase < 0.5 and gate < BONUS_DUTY:
                mix[i] += BONUS_LEVEL
        self.phase = phase
        self.gate = gate
        return True


# A square-wave VCO swept up and down; the level follows the bit
SAUCER_LOW, SAUCER_SPAN, SAUCER_SWEEP = per_second(100), per_second(1360), 2 * per_second(5.95)
SAUCER_ATTACK, SAUCER_DECAY = per_second(1 / 0.05), per_second(1 / 0.7)
SAUCER_LEVEL = 3_000.0


class SaucerHit(Device):
    """The saucer is hit."""

    level: float = real()
    ramp: float = real()
    up: int = integer(1)
    phase: float = real()

    def add(self, mix: list[float], count: int, held: int) -> bool:
        """See the module's text."""
        level = self.level
        if held == 0 and level == 0.0:
            return False
        ramp = self.ramp
        up = self.up
        phase = self.phase
        for i in range(count):
            if up:
                ramp += SAUCER_SWEEP
                if ramp >= 1.0:
                    up = 0
            else:
                ramp -= SAUCER_SWEEP
                if ramp <= 0.0:
                    up = 1
            phase += SAUCER_LOW + SAUCER_SPAN * ramp
            if phase >= 1.0:
                phase -= 1.0
            if held:
                level += SAUCER_ATTACK
                if level > 1.0:
                    level = 1.0
            else:
                level -= SAUCER_DECAY
                if level <= 0.0:
                    level = 0.0
                    break
            mix[i] += (SAUCER_LEVEL if phase < 0.5 else -SAUCER_LEVEL) * level
        self.ramp = ramp
        self.up = up
        self.phase = phase
        self.level = level
        return True


# A triangle VCO swept down again and again, while the level falls
HIT_LOW, HIT_SPAN, HIT_SWEEP = per_second(240), per_second(1860), per_second(11.8)
HIT_DECAY = per_second(1 / 0.32)
HIT_LEVEL = 5_000.0


class InvaderHit(Device):
    """An invader is hit: it sounds from the edge on, whatever is held."""

    level: float = real()
    ramp: float = real(1.0)
    phase: float = real()

    def fire(self) -> None:
        """See the module's text."""
        self.level = 1.0
        self.ramp = 1.0

    def add(self, mix: list[float], count: int) -> bool:
        """See the module's text."""
        level = self.level
        if level == 0.0:
            return False
        ramp = self.ramp
        phase = self.phase
        for i in range(count):
            ramp -= HIT_SWEEP
            if ramp <= 0.0:
                ramp = 1.0
            phase += HIT_LOW + HIT_SPAN * ramp
            if phase >= 1.0:
                phase -= 1.0
            level -= HIT_DECAY
            if level <= 0.0:
                level = 0.0
                break
            triangle = 4.0 * phase - 1.0 if phase < 0.5 else 3.0 - 4.0 * phase
            mix[i] += HIT_LEVEL * level * triangle
        self.level = level
        self.ramp = ramp
        self.phase = phase
        return True


# 17 bits shifted at 7515 Hz, bit 12 the output: N5 and its exclusive or
NOISE_STEP, OUTPUT = per_second(7515), 1 << 12


class Noise(Device):
    """The noise generator; its two users have one each, so that each can stand still."""

    bits: int = integer(0x1FFFF)
    clock: float = real()

    def sample(self) -> int:
        """Whether its output is high in the next sample: not 0."""
        bits = self.bits
        clock = self.clock + NOISE_STEP
        if clock >= 1.0:
            clock -= 1.0
            bits = (bits << 1 & 0x1FFFF) | ((bits >> 4 ^ bits >> 16) & 1)
            self.bits = bits
        self.clock = clock
        return bits & OUTPUT


# A VCO that noise and a falling voltage drive
SHOT_ATTACK, SHOT_DECAY = share(10e3, 0.22e-6), share(1.5e6, 0.22e-6)
SHOT_CLOSE = share(560e3, 0.1e-6)
SHOT_STEP, SHOT_FALL, SHOT_NOISE = per_second(300), per_second(900), per_second(250)
SHOT_LEVEL = 5_000.0
SHOT_SAMPLES = RATE // 5  # for which its one-shot holds


class Shot(Device):
    """The base fires: from the edge for as long as the bit is set."""

    left: int = integer()
    level: float = real()
    gate: float = real()
    phase: float = real()
    noise: Noise = part(Noise)

    def fire(self) -> None:
        """See the module's text."""
        self.left = SHOT_SAMPLES

    def add(self, mix: list[float], count: int, held: int) -> bool:
        """See the module's text."""
        left = self.left
        level = self.level
        gate = self.gate
        if held == 0 and gate == 0.0:
            return False
        phase = self.phase
        for i in range(count):
            if left > 0:
                left -= 1
                level += SHOT_ATTACK * (1.0 - level)
            else:
                level -= SHOT_DECAY * level
            if held:
                gate = 1.0
            else:
                gate -= SHOT_CLOSE * gate
                if gate < QUIET:
                    gate = 0.0
                    level = 0.0
                    left = 0
                    break
            noise = SHOT_NOISE if self.noise.sample() else -SHOT_NOISE
            phase += SHOT_STEP + SHOT_FALL * level + noise
            if phase >= 1.0:
                phase -= 1.0
            mix[i] += (SHOT_LEVEL if phase < 0.5 else -SHOT_LEVEL) * level * gate
        self.left = left
        self.level = level
        self.gate = gate
        self.phase = phase
        return True


# Noise through a gated amplifier, then two low-pass filters
BLAST_ATTACK, BLAST_DECAY = share(10e3, 1e-6), per_second(1 / 0.8)
BLAST_NEAR, BLAST_FAR = share(5.6e3, 0.1e-6), share(12.4e3, 0.1e-6)
BLAST_LEVEL = 30_000.0
BLAST_SAMPLES = RATE * 13 // 20  # for which its one-shot holds


class Explosion(Device):
    """The base explodes: it sounds from the edge on, whatever is held."""

    left: int = integer()
    level: float = real()
    near: float = real()
    far: float = real()
    noise: Noise = part(Noise)

    def fire(self) -> None:
        """See the module's text."""
        self.left = BLAST_SAMPLES

    def add(self, mix: list[float], count: int) -> bool:
        """See the module's text."""
        left = self.left
        level = self.level
        near = self.near
        far = self.far
        if left == 0 and level == 0.0 and far == 0.0:
            return False
        for i in range(count):
            if left > 0:
                left -= 1
                level += BLAST_ATTACK * (1.0 - level)
            else:
                level -= BLAST_DECAY
                if level < 0.0:
                    level = 0.0
            noise = level if self.noise.sample() else -level
            near += BLAST_NEAR * (noise - near)
            far += BLAST_FAR * (near - far)
            if level == 0.0 and -QUIET < near < QUIET and -QUIET < far < QUIET:
                near = 0.0
                far = 0.0
                break
            mix[i] += BLAST_LEVEL * far
        self.left = left
        self.level = level
        self.near = near
        self.far = far
        return True
