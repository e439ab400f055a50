"""Texas Instruments SN76477 complex sound generator: two oscillators, noise, mixer, envelope.

From the data sheet: frequencies are 0.64 / (R C), the VCO covers a range of ten to one, and the
capacitors swing between about 0.33 V and 2.37 V.  The chip is modelled a sample at a time; levels
are what the parts would do without tolerances.
"""

from __future__ import annotations

from emucore.device import Device, integer, real

LOW, HIGH = 0.33, 2.37  # volts between which the SLF's capacitor swings
ABOVE = 0.35  # how far above its control voltage the VCO's capacitor turns
VCO_SWING = HIGH + ABOVE - LOW

#: What the mixer lets through, by its pins C B A; of several, where all are high.
VCO, SLF, NOISE, VCO_NOISE, SLF_NOISE, SLF_VCO_NOISE, SLF_VCO, INHIBIT = range(8)
WITH_VCO = 1 << VCO | 1 << VCO_NOISE | 1 << SLF_VCO_NOISE | 1 << SLF_VCO
WITH_SLF = 1 << SLF | 1 << SLF_NOISE | 1 << SLF_VCO_NOISE | 1 << SLF_VCO
WITH_NOISE = 1 << NOISE | 1 << VCO_NOISE | 1 << SLF_NOISE | 1 << SLF_VCO_NOISE
#: What opens the envelope, by its pins 1 and 2 (2 is the low bit).
BY_VCO, BY_ONE_SHOT, MIXER_ONLY, BY_VCO_ALTERNATING = range(4)


class Sn76477(Device):
    """The chip's capacitors and flip-flops; what ends in ``_step`` is movement a sample."""

    off: int = integer(1)  # pin 9, ENABLE: low starts the one-shot and lets sound out
    mixer: int = integer()
    envelope: int = integer()
    vco_by_slf: int = integer()  # pin 22: the VCO's control is the SLF, else `control`
    control: float = real()  # pin 16: 0 to 2.37 volts

    slf: float = real(LOW)
    slf_up: int = integer(1)
    slf_step: float = real(fixed=True)
    vco: float = real(LOW)
    vco_up: int = integer(1)
    vco_step: float = real(fixed=True)
    alternate: int = integer()
    noise: int = integer(0x35A5A5A5)  # shift register of 31 bits, not all 0
    noise_phase: float = real()
    noise_step: float = real(fixed=True)
    noise_level: float = real()
    noise_share: float = real(fixed=True)  # low-pass filter of the noise
    shot: float = real()  # what is left of the one-shot, 1 to 0
    shot_step: float = real(fixed=True)
    level: float = real()  # capacitor of attack and decay, 0 to 1
    attack_step: float = real(fixed=True)
    decay_step: float = real(fixed=True)

    def __init__(
        self,
        *,
        rate: int,
        slf: tuple[float, float] = (0, 0),
        vco: tuple[float, float] = (0, 0),
        one_shot: tuple[float, float] = (0, 0),
        noise_clock: float = 0,
        noise_filter: tuple[float, float] = (0, 0),
        attack: tuple[float, float] = (0, 0),
        decay: tuple[float, float] = (0, 0),
        **pins: float,
    ) -> None:
        """A chip of *rate* samples a second, with resistors in ohms and capacitors in farads (R, C)
        about it; 0 means that there is none.

        ``noise_clock`` is in hertz; charging of an envelope is a straight line of one R C.  *pins*
        are mixer, envelope, vco_by_slf and control.
        """

        def each(pair: tuple[float, float], factor: float, absent: float) -> float:
            r, c = pair
            return factor / (r * c * rate) if r and c else absent

        r, c = noise_filter
        super().__init__(
            slf_step=each(slf, 0.64 * 2 * (HIGH - LOW), 0.0),
            vco_step=each(vco, 0.64 * 2 * VCO_SWING, 0.0),
            shot_step=each(one_shot, 1 / 0.8, 1.0),
            noise_step=noise_clock / rate,
            noise_share=1 / (r * c * rate + 1),
            attack_step=each(attack, 1.0, 1.0),
            decay_step=each(decay, 1.0, 1.0),
            **pins,
        )

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return 0 <= self.mixer <= INHIBIT and 0.0 <= self.noise_phase < 1.0

    def set_off(self, off: int) -> None:
        """Drive pin 9: a falling edge starts the one-shot."""
        if self.off and not off:
            self.shot = 1.0
        self.off = off

    def silent(self) -> bool:
        """Whether there is nothing to hear until it is enabled."""
        return self.off != 0 and self.level == 0.0

    def sample(self) -> float:
        """The next sample, -1 to 1."""
        slf = self.slf
        if self.slf_up:
            slf += self.slf_step
            if slf >= HIGH:
                slf = max(LOW, 2.0 * HIGH - slf)
                self.slf_up = 0
        else:
            slf -= self.slf_step
            if slf <= LOW:
                slf = min(HIGH, 2.0 * LOW - slf)
                self.slf_up = 1
        self.slf = slf

        control = slf if self.vco_by_slf else self.control
        top = control + ABOVE
        vco = self.vco
        left = self.vco_step
        while left > 0.0:  # the ramp may turn within a sample
            if self.vco_up:
                if vco + left < top:
                    vco += left
                    left = 0.0
                else:
                    left -= max(top - vco, 1e-3)
                    vco = top
                    self.vco_up = 0
                    self.alternate ^= 1
            elif vco - left > LOW:
                vco -= left
                left = 0.0
            else:
                left -= max(vco - LOW, 1e-3)
                vco = LOW
                self.vco_up = 1
        self.vco = vco

        phase = self.noise_phase + self.noise_step
        while phase >= 1.0:
            phase -= 1.0
            bits = self.noise
            self.noise = bits >> 1 | ((bits ^ bits >> 3) & 1) << 30
        self.noise_phase = phase
        self.noise_level += self.noise_share * ((self.noise & 1) - self.noise_level)

        self.shot = max(0.0, self.shot - self.shot_step)
        opened = self.off == 0
        if self.envelope == BY_ONE_SHOT:
            opened = opened and self.shot > 0.0
        elif self.envelope == BY_VCO:
            opened = opened and self.vco_up == 1
        elif self.envelope == BY_VCO_ALTERNATING:
            opened = opened and self.vco_up == 1 and self.alternate == 1
        if opened:
            self.level = min(1.0, self.level + self.attack_step)
        else:
            self.level = max(0.0, self.level - self.decay_step)

        mixer = self.mixer
        out = mixer != INHIBIT
        if WITH_VCO >> mixer & 1:
            out = out and self.vco_up == 1
        if WITH_SLF >> mixer & 1:
            out = out and self.slf_up == 1
        if WITH_NOISE >> mixer & 1:
            out = out and self.noise_level >= 0.5
        return self.level if out else -self.level
