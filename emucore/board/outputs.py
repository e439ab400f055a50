"""What a board lets hear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from emucore.board.errors import BoardError
from emucore.device import Device
from emucore.device.speaker import PORTS, Speaker, StereoSpeaker


@dataclass(frozen=True)
class Sound:
    """Samples: an array field of int16, a ring, and the field that counts all since power-on.

    Of two channels, left and right take turns in the ring.
    """

    device: Device
    samples: str
    count: str
    rate: int
    channels: int = 1


@dataclass(frozen=True)
class Source:
    """A sound output of a device: how loud it is at its full level (1.0: as loud as can be), and
    where: from -1.0, left only, to 1.0, right only; in the middle it is as loud on either side."""

    device: Device
    port: str
    gain: float = 1.0
    pan: float = 0.0

    def gains(self) -> tuple[float, float]:
        """Left and right, in 16-bit steps of a sample for a step by 1."""
        whole = 32_768 / self.device.fields[self.port].init * self.gain
        return whole * min(1.0, 1.0 - self.pan), whole * min(1.0, 1.0 + self.pan)


def speaker(
    clock_hz: int,
    rate: int,
    sources: Sequence[Source],
    stereo: bool,
    high_pass: float,
    low_pass: float,
) -> Speaker:
    """What makes samples of *sources*: see :meth:`emucore.board.Board.mixer`."""
    if rate < 1 or not 0 <= high_pass < rate / 2 or not 0 <= low_pass < rate / 2:
        raise BoardError(f"no speaker of {rate} Hz filters from {high_pass} to {low_pass}")
    if len(sources) > PORTS or len({(s.device, s.port) for s in sources}) < len(sources):
        raise BoardError(f"a sound output twice, or more than {PORTS}")
    for source in sources:
        spec = source.device.fields.get(source.port)
        if spec is None or spec.role != "audio":
            raise BoardError(f"{type(source.device).__name__} has no sound {source.port}")
        if not -1.0 <= source.pan <= 1.0 or (source.pan and not stereo):
            raise BoardError(f"{source.device.name}.{source.port} is panned to {source.pan}")
    return (StereoSpeaker if stereo else Speaker)(clock_hz, rate, high_pass, low_pass)
