"""The sound board: seven circuits switched by the bits of ports 3 and 5, mixed to one speaker.

Parts and their values are the schematics'; the LM3900 stages are models of what they do (one-shots,
ramps, voltage-controlled oscillators and amplifiers), not of how.  Levels are chosen to balance.
Every circuit runs sample by sample with only + - * / and comparisons, so that all engines compute
the same samples.  One that has fallen silent stands still from that very sample on: it costs
nothing, and how many samples are made at a time makes no difference.
"""

from __future__ import annotations

from emucore.device import array, integer, real, shared
from machines.invaders.mainboard import FRAME
from machines.parts.sn76477 import MIXER_ONLY, VCO, Sn76477, sn76477_enable, sn76477_sample

RATE = 48_000
TICKS = 19_968_000 // RATE  # a sample is exactly 416 ticks of the crystal
ROOM = 4096  # samples kept: several frames' worth
BLOCK = 1024
assert FRAME // TICKS < BLOCK

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


# Noise: 17 bits shifted at 7515 Hz, bit 12 the output; for each of its two uses, see above, its own
NOISE_STEP, OUTPUT = per_second(7515), 1 << 12

# Fleet: a 555 with a resistor for each bit, R131 75k and C29, then two low-pass filters
FLEET_1, FLEET_2, FLEET_3, FLEET_4 = 1 / 40e3, 1 / 68e3, 1 / 82e3, 1 / 100e3
FLEET_R, FLEET_STEP = 75e3, per_second(1.44 / 100e-9)
FLEET_NEAR, FLEET_FAR = share(100, 4.7e-6), share(200, 10e-6)
FLEET_LEVEL = 20_000.0

# Bonus: 480 Hz, gated by a 555 of 7.4 Hz
BONUS_STEP, BONUS_GATE, BONUS_DUTY = per_second(480), per_second(1.44 / 194e-3), 147 / 194
BONUS_LEVEL = 3_000.0

# Saucer hit: a square-wave VCO swept by a ramp up through R64 and down through R70, with C21
RAMP_LOW, RAMP_HIGH, RAMP_TOP = 1.65, 9.9, 11.5
SAUCER_UP, SAUCER_DOWN = share(470e3, 0.1e-6), share(1e6, 0.1e-6)
SAUCER_STEP = per_second(1 / (1e6 * 470e-12 * 12))  # for each volt over 0.5
SAUCER_ATTACK, SAUCER_DECAY = share(100e3, 1e-6), share(1e6, 1e-6)
SAUCER_LEVEL = 4_000.0

# Invader hit: a triangle VCO swept down again and again; one-shot, then a decay by R137 and C19
HIT_SAMPLES = 55 * RATE // 1000
HIT_DOWN, HIT_STEP = share(1e6, 0.1e-6), per_second(1 / (1e6 * 330e-12 * 12))
HIT_ATTACK, HIT_DECAY = share(10e3, 0.47e-6), share(1e6, 0.47e-6)
HIT_LEVEL = 7_000.0

# Shot: a VCO that noise and a falling voltage drive; as long as the bit is set
SHOT_SAMPLES = 200 * RATE // 1000
SHOT_ATTACK, SHOT_DECAY = share(10e3, 0.22e-6), share(1.5e6, 0.22e-6)
SHOT_CLOSE = share(560e3, 0.1e-6)
SHOT_STEP, SHOT_FALL, SHOT_NOISE = per_second(300), per_second(900), per_second(250)
SHOT_LEVEL = 5_000.0

# Explosion: noise through a gated amplifier, then two low-pass filters
BLAST_SAMPLES = 800 * RATE // 1000
BLAST_ATTACK, BLAST_DECAY = share(10e3, 1e-6), share(680e3, 1e-6)
BLAST_NEAR, BLAST_FAR = share(5.6e3, 0.1e-6), share(12.4e3, 0.1e-6)
BLAST_LEVEL = 30_000.0

CHIP_LEVEL = 3_000.0
BLOCKING = share(47e3, 0.1e-6)  # C45 before the amplifier keeps direct current out


@shared
def shifted(bits: int) -> int:
    """The noise generator's 17 bits after one more clock: N5 and its exclusive or."""
    return (bits << 1 & 0x1FFFF) | ((bits >> 4 ^ bits >> 16) & 1)


@shared
def fleet(board: SoundBoard, mix: list[float], count: int) -> bool:
    """The four steps of the invaders: bits 0 to 3 of port 5."""
    bits = board.port5 & FLEET
    phase, near, far = board.fleet_phase, board.fleet_near, board.fleet_far
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
        ohms = 1.0 / siemens
        step = FLEET_STEP / (ohms + 2.0 * FLEET_R)
        duty = (ohms + FLEET_R) / (ohms + 2.0 * FLEET_R)
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
    board.fleet_phase, board.fleet_near, board.fleet_far = phase, near, far
    return True


@shared
def bonus(board: SoundBoard, mix: list[float], count: int) -> bool:
    """Extended play: bit 4 of port 3."""
    if board.port3 & BONUS == 0:
        board.bonus_phase = 0.0
        board.bonus_gate = 0.0
        return False
    phase, gate = board.bonus_phase, board.bonus_gate
    for i in range(count):
        phase += BONUS_STEP
        if phase >= 1.0:
            phase -= 1.0
        gate += BONUS_GATE
        if gate >= 1.0:
            gate -= 1.0
        if phase < 0.5 and gate < BONUS_DUTY:
            mix[i] += BONUS_LEVEL
    board.bonus_phase, board.bonus_gate = phase, gate
    return True


@shared
def saucer_hit(board: SoundBoard, mix: list[float], count: int) -> bool:
    """The saucer is hit: bit 4 of port 5."""
    held = board.port5 & SAUCER_HIT
    level = board.saucer_level
    if held == 0 and level == 0.0:
        return False
    ramp, up, phase = board.saucer_ramp, board.saucer_up, board.saucer_phase
    for i in range(count):
        if up:
            ramp += SAUCER_UP * (RAMP_TOP - ramp)
            if ramp >= RAMP_HIGH:
                up = 0
        else:
            ramp -= SAUCER_DOWN * ramp
            if ramp <= RAMP_LOW:
                up = 1
        phase += SAUCER_STEP * (ramp - 0.5)
        if phase >= 1.0:
            phase -= 1.0
        if held:
            level += SAUCER_ATTACK * (1.0 - level)
        else:
            level -= SAUCER_DECAY * level
            if level < QUIET:
                level = 0.0
                break
        mix[i] += (SAUCER_LEVEL if phase < 0.5 else -SAUCER_LEVEL) * level
    board.saucer_ramp, board.saucer_up, board.saucer_phase = ramp, up, phase
    board.saucer_level = level
    return True


@shared
def invader_hit(board: SoundBoard, mix: list[float], count: int) -> bool:
    """An invader is hit: a rising edge of bit 3 of port 3."""
    left, level = board.hit_left, board.hit_level
    if left == 0 and level == 0.0:
        return False
    ramp, phase = board.hit_ramp, board.hit_phase
    for i in range(count):
        ramp -= HIT_DOWN * ramp
        if ramp <= RAMP_LOW:
            ramp = RAMP_HIGH
        phase += HIT_STEP * (ramp - 0.5)
        if phase >= 1.0:
            phase -= 1.0
        if left > 0:
            left -= 1
            level += HIT_ATTACK * (1.0 - level)
        else:
            level -= HIT_DECAY * level
            if level < QUIET:
                level = 0.0
                break
        triangle = 4.0 * phase - 1.0 if phase < 0.5 else 3.0 - 4.0 * phase
        mix[i] += HIT_LEVEL * level * triangle
    board.hit_left, board.hit_level = left, level
    board.hit_ramp, board.hit_phase = ramp, phase
    return True


@shared
def shot(board: SoundBoard, mix: list[float], count: int) -> bool:
    """The base fires: from a rising edge of bit 1 of port 3 for as long as it is set."""
    left, level, gate = board.shot_left, board.shot_level, board.shot_gate
    held = board.port3 & SHOT
    if held == 0 and gate == 0.0:
        return False
    phase, bits, clock = board.shot_phase, board.shot_noise, board.shot_clock
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
    board.shot_left, board.shot_level, board.shot_gate = left, level, gate
    board.shot_phase, board.shot_noise, board.shot_clock = phase, bits, clock
    return True


@shared
def explosion(board: SoundBoard, mix: list[float], count: int) -> bool:
    """The base explodes: a rising edge of bit 2 of port 3."""
    left, level = board.blast_left, board.blast_level
    near, far = board.blast_near, board.blast_far
    bits, clock = board.blast_noise, board.blast_clock
    if left == 0 and level == 0.0:
        return False
    for i in range(count):
        if left > 0:
            left -= 1
            level += BLAST_ATTACK * (1.0 - level)
        else:
            level -= BLAST_DECAY * level
        clock += NOISE_STEP
        if clock >= 1.0:
            clock -= 1.0
            bits = shifted(bits)
        near += BLAST_NEAR * ((level if bits & OUTPUT else -level) - near)
        far += BLAST_FAR * (near - far)
        if left == 0 and level < QUIET:
            level = 0.0
            near = 0.0
            far = 0.0
            break
        mix[i] += BLAST_LEVEL * far
    board.blast_left, board.blast_level = left, level
    board.blast_near, board.blast_far = near, far
    board.blast_noise, board.blast_clock = bits, clock
    return True


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
    samples = board.samples
    at = board.count
    mean = board.mean
    on = 1.0 if board.port3 & AMPLIFIER else 0.0
    for i in range(count):
        if at == ROOM:
            at = 0  # nobody listens: forget what is old
        level = 0.0
        if sounding or mean != 0.0:
            mean += BLOCKING * (mix[i] - mean)
            if mix[i] == 0.0 and -QUIET < mean < QUIET:
                mean = 0.0
            level = (mix[i] - mean) * on
            mix[i] = 0.0
        samples[at] = int(min(max(level, -32_768.0), 32_767.0))
        at += 1
    board.mean = mean
    board.count = at


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

    samples = array("i2", ROOM)
    count: int = integer()  # samples since the frame began
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
    saucer_ramp: float = real(RAMP_LOW)
    saucer_up: int = integer(1)
    saucer_phase: float = real()
    hit_left: int = integer()
    hit_level: float = real()
    hit_ramp: float = real(RAMP_HIGH)
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
        chip = Sn76477.parts(RATE, slf=(120e3, 1e-6), vco=(8.2e3, 0.1e-6))
        super().__init__(sn_mixer=VCO, sn_envelope=MIXER_ONLY, sn_vco_by_slf=1, **chip)

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
            self.hit_left = HIT_SAMPLES
            self.hit_ramp = RAMP_HIGH
        sn76477_enable(self, ~value & SAUCER)

    def set_port5(self, offset: int, value: int, time: int) -> None:
        """The fleet's steps, saucer hit: bits 0 to 4.  Bit 5 is for the picture."""
        if value != self.port5:
            play(self, time)
            self.port5 = value

    def catch_up(self, time: int) -> None:
        """Make all samples before *time*."""
        play(self, time)
