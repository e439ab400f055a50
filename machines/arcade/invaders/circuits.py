"""The sound board's discrete circuits: each adds its samples to a mix.

Parts and their values are the schematics'; the LM3900 stages are models of what they do (one-shots,
ramps, voltage-controlled oscillators and amplifiers), not of how.  Their frequencies and times are
those that MAME's simulation of the circuits gives, measured; levels are chosen to balance.
Every circuit runs sample by sample with only + - * / and comparisons, so that all engines compute
the same samples.  One that has fallen silent stands still from that very sample on: it costs
nothing, and how many samples are made at a time makes no difference.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from emucore.device import shared

#: The record of the sound board, which declares what each circuit has.
Board: TypeAlias = Any

RATE = 48_000

#: Port 3 and port 5.
SAUCER, SHOT, EXPLOSION, HIT, BONUS, AMPLIFIER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
FLEET, SAUCER_HIT = 0x0F, 0x10

QUIET = 1e-5  # a level that counts as nothing


def share(resistance: float, capacitance: float) -> float:
    """How much of the way to its target a capacitor goes in a sample."""
    return 1 / (resistance * capacitance * RATE + 1)


def per_second(frequency: float) -> float:
    """Cycles a sample."""
    return frequency / RATE


# Noise: 17 bits shifted at 7515 Hz, bit 12 the output.  Its two users have a copy each, so that
# each can stand still
NOISE_STEP, OUTPUT = per_second(7515), 1 << 12


@shared
def shifted(bits: int) -> int:
    """The noise generator's 17 bits after one more clock: N5 and its exclusive or."""
    return (bits << 1 & 0x1FFFF) | ((bits >> 4 ^ bits >> 16) & 1)


# Fleet: a 555 with a resistor for each bit, R131 75k and C29, then two low-pass filters.  It
# charges through a diode, to 4.4 V: from a third to two thirds of 5 V in 0.941 time constants, and
# back in 0.693
FLEET_1, FLEET_2, FLEET_3, FLEET_4 = 1 / 40e3, 1 / 68e3, 1 / 82e3, 1 / 100e3
FLEET_R, FLEET_C, CHARGE, DISCHARGE = 75e3, 100e-9, 0.941, 0.693
FLEET_NEAR, FLEET_FAR = share(100, 4.7e-6), share(200, 10e-6)
FLEET_LEVEL = 20_000.0


@shared
def fleet(board: Board, mix: list[float], count: int) -> bool:
    """The four steps of the invaders: bits 0 to 3 of port 5."""
    bits = board.port5 & FLEET
    phase = board.fleet_phase
    near = board.fleet_near
    far = board.fleet_far
    if bits == 0 and near == 0.0 and far == 0.0:
        return False
    step = 0.0
    duty = 0.0
    if bits:
        siemens = 0.0
        if bits & 1:
            siemens += FLEET_1
        if bits & 2:
            siemens += FLEET_2
        if bits & 4:
            siemens += FLEET_3
        if bits & 8:
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
        if bits == 0 and near < QUIET and far < QUIET:
            near = 0.0
            far = 0.0
            break
        mix[i] += FLEET_LEVEL * far
    board.fleet_phase = phase
    board.fleet_near = near
    board.fleet_far = far
    return True


# Bonus: 480 Hz, gated by a 555 of 7.4 Hz
BONUS_STEP, BONUS_GATE, BONUS_DUTY = per_second(480), per_second(1.44 / 194e-3), 147 / 194
BONUS_LEVEL = 3_000.0


@shared
def bonus(board: Board, mix: list[float], count: int) -> bool:
    """Extended play: bit 4 of port 3."""
    if board.port3 & BONUS == 0:
        board.bonus_phase = 0.0
        board.bonus_gate = 0.0
        return False
    phase = board.bonus_phase
    gate = board.bonus_gate
    for i in range(count):
        phase += BONUS_STEP
        if phase >= 1.0:
            phase -= 1.0
        gate += BONUS_GATE
        if gate >= 1.0:
            gate -= 1.0
        if phase < 0.5 and gate < BONUS_DUTY:
            mix[i] += BONUS_LEVEL
    board.bonus_phase = phase
    board.bonus_gate = gate
    return True


# Saucer hit: a square-wave VCO swept up and down; the level follows the bit
SAUCER_LOW, SAUCER_SPAN, SAUCER_SWEEP = per_second(100), per_second(1360), 2 * per_second(5.95)
SAUCER_ATTACK, SAUCER_DECAY = per_second(1 / 0.05), per_second(1 / 0.7)
SAUCER_LEVEL = 3_000.0


@shared
def saucer_hit(board: Board, mix: list[float], count: int) -> bool:
    """The saucer is hit: bit 4 of port 5."""
    held = board.port5 & SAUCER_HIT
    level = board.saucer_level
    if held == 0 and level == 0.0:
        return False
    ramp = board.saucer_ramp
    up = board.saucer_up
    phase = board.saucer_phase
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
    board.saucer_ramp = ramp
    board.saucer_up = up
    board.saucer_phase = phase
    board.saucer_level = level
    return True


# Invader hit: a triangle VCO swept down again and again, while the level falls
HIT_LOW, HIT_SPAN, HIT_SWEEP = per_second(240), per_second(1860), per_second(11.8)
HIT_DECAY = per_second(1 / 0.32)
HIT_LEVEL = 5_000.0


@shared
def invader_hit(board: Board, mix: list[float], count: int) -> bool:
    """An invader is hit: a rising edge of bit 3 of port 3 sets ``hit_level`` to 1."""
    level = board.hit_level
    if level == 0.0:
        return False
    ramp = board.hit_ramp
    phase = board.hit_phase
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
    board.hit_level = level
    board.hit_ramp = ramp
    board.hit_phase = phase
    return True


# Shot: a VCO that noise and a falling voltage drive; as long as the bit is set
SHOT_ATTACK, SHOT_DECAY = share(10e3, 0.22e-6), share(1.5e6, 0.22e-6)
SHOT_CLOSE = share(560e3, 0.1e-6)
SHOT_STEP, SHOT_FALL, SHOT_NOISE = per_second(300), per_second(900), per_second(250)
SHOT_LEVEL = 5_000.0


@shared
def shot(board: Board, mix: list[float], count: int) -> bool:
    """The base fires: from a rising edge of bit 1 of port 3 for as long as it is set."""
    left = board.shot_left
    level = board.shot_level
    gate = board.shot_gate
    held = board.port3 & SHOT
    if held == 0 and gate == 0.0:
        return False
    phase = board.shot_phase
    bits = board.shot_noise
    clock = board.shot_clock
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
        clock += NOISE_STEP
        if clock >= 1.0:
            clock -= 1.0
            bits = shifted(bits)
        phase += SHOT_STEP + SHOT_FALL * level + (SHOT_NOISE if bits & OUTPUT else -SHOT_NOISE)
        if phase >= 1.0:
            phase -= 1.0
        mix[i] += (SHOT_LEVEL if phase < 0.5 else -SHOT_LEVEL) * level * gate
    board.shot_left = left
    board.shot_level = level
    board.shot_gate = gate
    board.shot_phase = phase
    board.shot_noise = bits
    board.shot_clock = clock
    return True


# Explosion: noise through a gated amplifier, then two low-pass filters
BLAST_ATTACK, BLAST_DECAY = share(10e3, 1e-6), per_second(1 / 0.8)
BLAST_NEAR, BLAST_FAR = share(5.6e3, 0.1e-6), share(12.4e3, 0.1e-6)
BLAST_LEVEL = 30_000.0


@shared
def explosion(board: Board, mix: list[float], count: int) -> bool:
    """The base explodes: a rising edge of bit 2 of port 3."""
    left = board.blast_left
    level = board.blast_level
    near = board.blast_near
    far = board.blast_far
    bits = board.blast_noise
    clock = board.blast_clock
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
        clock += NOISE_STEP
        if clock >= 1.0:
            clock -= 1.0
            bits = shifted(bits)
        near += BLAST_NEAR * ((level if bits & OUTPUT else -level) - near)
        far += BLAST_FAR * (near - far)
        if level == 0.0 and -QUIET < near < QUIET and -QUIET < far < QUIET:
            near = 0.0
            far = 0.0
            break
        mix[i] += BLAST_LEVEL * far
    board.blast_left = left
    board.blast_level = level
    board.blast_near = near
    board.blast_far = far
    board.blast_noise = bits
    board.blast_clock = clock
    return True
