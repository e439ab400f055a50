"""Texas Instruments SN76477 complex sound generator: two oscillators, noise, mixer, envelope.

From the data sheet: frequencies are 0.64 / (R C), the VCO covers a range of ten to one, and the
capacitors swing between about 0.33 V and 2.37 V.  The chip is modelled a sample at a time; levels
are what the parts would do without tolerances.

A sound board's device derives from :class:`Sn76477` and calls :func:`sn76477_sample` for each.
"""

from __future__ import annotations

from emucore.device import Device, integer, real, shared

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
    """The chip's capacitors and flip-flops; what ends in ``_step`` is movement a sample.

    Resistors are in ohms, capacitors in farads; 0 means that a pin is not connected.
    """

    sn_off: int = integer(1)  # pin 9, ENABLE: low starts the one-shot and lets sound out
    sn_mixer: int = integer()
    sn_envelope: int = integer()
    sn_vco_by_slf: int = integer()  # pin 22: the VCO's control is the SLF, else `sn_control`
    sn_control: float = real()  # pin 16: 0 to 2.37 volts

    sn_slf: float = real(LOW)
    sn_slf_up: int = integer(1)
    sn_slf_step: float = real(fixed=True)
    sn_vco: float = real(LOW)
    sn_vco_up: int = integer(1)
    sn_vco_step: float = real(fixed=True)
    sn_alternate: int = integer()
    sn_noise: int = integer(0x35A5A5A5)  # shift register of 31 bits, not all 0
    sn_noise_phase: float = real()
    sn_noise_step: float = real(fixed=True)
    sn_noise_level: float = real()
    sn_noise_share: float = real(1.0, fixed=True)  # low-pass filter of the noise
    sn_shot: float = real()  # what is left of the one-shot, 1 to 0
    sn_shot_step: float = real(fixed=True)
    sn_level: float = real()  # capacitor of attack and decay, 0 to 1
    sn_attack_step: float = real(1.0, fixed=True)
    sn_decay_step: float = real(1.0, fixed=True)

    def valid(self, time: int) -> bool:
        """See :class:`emucore.device.Device`."""
        return bool(sn76477_valid(self))

    @staticmethod
    def components(
        rate: int,
        *,
        slf: tuple[float, float] = (0, 0),
        vco: tuple[float, float] = (0, 0),
        one_shot: tuple[float, float] = (0, 0),
        noise_clock: float = 0,
        noise_filter: tuple[float, float] = (0, 0),
        attack: tuple[float, float] = (0, 0),
        decay: tuple[float, float] = (0, 0),
    ) -> dict[str, float]:
        """Initial values for resistors and capacitors (R, C) at *rate* samples a second.

        ``noise_clock`` is in hertz.  Charging of an envelope is a straight line of one R C.
        """

        def each(pair: tuple[float, float], factor: float, absent: float) -> float:
            r, c = pair
            return factor / (r * c * rate) if r and c else absent

        r, c = noise_filter
        return {
            "sn_slf_step": each(slf, 0.64 * 2 * (HIGH - LOW), 0.0),
            "sn_vco_step": each(vco, 0.64 * 2 * VCO_SWING, 0.0),
            "sn_shot_step": each(one_shot, 1 / 0.8, 1.0),
            "sn_noise_step": noise_clock / rate,
            "sn_noise_share": 1 / (r * c * rate + 1),
            "sn_attack_step": each(attack, 1.0, 1.0),
            "sn_decay_step": each(decay, 1.0, 1.0),
        }


@shared
def sn76477_valid(sn: Sn76477) -> bool:
    """Whether :func:`sn76477_sample` can go on from there."""
    return 0 <= sn.sn_mixer <= INHIBIT and 0.0 <= sn.sn_noise_phase < 1.0


@shared
def sn76477_enable(sn: Sn76477, off: int) -> None:
    """Drive pin 9: a falling edge starts the one-shot."""
    if sn.sn_off and not off:
        sn.sn_shot = 1.0
    sn.sn_off = off


@shared
def sn76477_sample(sn: Sn76477) -> float:
    """The next sample, -1 to 1."""
    slf = sn.sn_slf
    if sn.sn_slf_up:
        slf += sn.sn_slf_step
        if slf >= HIGH:
            slf = max(LOW, 2.0 * HIGH - slf)
            sn.sn_slf_up = 0
    else:
        slf -= sn.sn_slf_step
        if slf <= LOW:
            slf = min(HIGH, 2.0 * LOW - slf)
            sn.sn_slf_up = 1
    sn.sn_slf = slf

    control = slf if sn.sn_vco_by_slf else sn.sn_control
    top = control + ABOVE
    vco = sn.sn_vco
    left = sn.sn_vco_step
    while left > 0.0:  # the ramp may turn within a sample
        if sn.sn_vco_up:
            if vco + left < top:
                vco += left
                left = 0.0
            else:
                left -= max(top - vco, 1e-3)
                vco = top
                sn.sn_vco_up = 0
                sn.sn_alternate ^= 1
        elif vco - left > LOW:
            vco -= left
            left = 0.0
        else:
            left -= max(vco - LOW, 1e-3)
            vco = LOW
            sn.sn_vco_up = 1
    sn.sn_vco = vco

    phase = sn.sn_noise_phase + sn.sn_noise_step
    while phase >= 1.0:
        phase -= 1.0
        bits = sn.sn_noise
        sn.sn_noise = bits >> 1 | ((bits ^ bits >> 3) & 1) << 30
    sn.sn_noise_phase = phase
    sn.sn_noise_level += sn.sn_noise_share * ((sn.sn_noise & 1) - sn.sn_noise_level)

    sn.sn_shot = max(0.0, sn.sn_shot - sn.sn_shot_step)
    opened = sn.sn_off == 0
    if sn.sn_envelope == BY_ONE_SHOT:
        opened = opened and sn.sn_shot > 0.0
    elif sn.sn_envelope == BY_VCO:
        opened = opened and sn.sn_vco_up == 1
    elif sn.sn_envelope == BY_VCO_ALTERNATING:
        opened = opened and sn.sn_vco_up == 1 and sn.sn_alternate == 1
    if opened:
        sn.sn_level = min(1.0, sn.sn_level + sn.sn_attack_step)
    else:
        sn.sn_level = max(0.0, sn.sn_level - sn.sn_decay_step)

    mixer = sn.sn_mixer
    out = mixer != INHIBIT
    if WITH_VCO >> mixer & 1:
        out = out and sn.sn_vco_up == 1
    if WITH_SLF >> mixer & 1:
        out = out and sn.sn_slf_up == 1
    if WITH_NOISE >> mixer & 1:
        out = out and sn.sn_noise_level >= 0.5
    return sn.sn_level if out else -sn.sn_level
