"""Films of a machine: picture and sound at exactly the emulated rate, by PyAV (FFmpeg's libraries).

    with movie(path, machine) as add:
        for _ in range(600):
            machine.run(1)
            add(machine)

The name's ending chooses: ``.mp4`` (H.264 and AAC) for people, ``.avi`` and ``.mkv`` (FFV1 and PCM)
for a film without loss, ``.gif`` for a page, silent.  A frame lasts ``frame_ticks / clock_hz``
seconds, as a fraction, in all but a GIF, which counts in hundredths: there a picture is shown from
the nearest hundredth on, and left out if the next would come within two, as no viewer is faster.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emucore.base.errors import UserError
from emucore.base.files import replacing
from emucore.machine import Machine

if TYPE_CHECKING:
    import av
    from av.container import OutputContainer

#: By ending: FFmpeg's container, picture codec and format, sound codec (None: no sound).
FORMATS: dict[str, tuple[str, str, str, str | None]] = {
    ".mp4": ("mp4", "libx264", "yuv420p", "aac"),
    ".avi": ("avi", "ffv1", "bgr0", "pcm_s16le"),
    ".mkv": ("matroska", "ffv1", "bgr0", "pcm_s16le"),
    ".gif": ("gif", "gif", "pal8", None),
}
#: H.264 halves the resolution of colour, so pixels are doubled; 16 is hardly told from no loss.
SCALE, QUALITY = 2, {"crf": "16", "preset": "veryfast"}
#: A GIF's unit of time, and the fewest of it that viewers show a picture for.
GIF_UNIT, GIF_LEAST = Fraction(1, 100), 2


def check(path: Path) -> None:
    """:class:`UserError` if there can be no film called *path* here."""
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"{path}: a film ends in {', '.join(FORMATS)}")
    try:
        import av  # noqa: F401
    except ImportError:
        raise UserError("films need PyAV: pip install 'emucore[video]'") from None


@contextlib.contextmanager
def movie(path: Path, machine: Machine) -> Iterator[Callable[[Machine], None]]:
    """A function to be called after each frame; *path* is there, whole, when the block ends.

    Raises :class:`UserError` as :func:`check` does, and :class:`OSError`; after an exception the
    old file stays.
    """
    check(path)
    import av

    container = FORMATS[path.suffix.lower()][0]
    with replacing(path) as file, av.open(file, "w", format=container) as output:
        film: Film = (Gif if container == "gif" else Film)(output, path.suffix.lower(), machine)
        yield film.add
        film.finish()


class Film:
    """Picture and sound as streams of *output*."""

    def __init__(self, output: OutputContainer, ending: str, machine: Machine) -> None:
        board = machine.board
        _, codec, self.pixels, sound = FORMATS[ending]
        self.output = output
        self.frame_time = Fraction(board.frame_ticks, board.clock_hz)
        self.frames = self.samples = 0
        scale = SCALE if self.pixels == "yuv420p" else 1
        height, width, _ = machine.screen.shape
        self.video = _stream(output, codec, rate=1 / self.frame_time)
        self.video.width, self.video.height = width * scale, height * scale
        self.video.pix_fmt = self.pixels
        self.video.time_base = self.video.codec_context.time_base = self.frame_time
        if codec == "libx264":
            self.video.options = QUALITY
        self.audio = None
        if sound is not None and board.speaker is not None:
            self.rate = board.speaker.rate
            self.layout = "mono" if board.speaker.channels == 1 else "stereo"
            self.audio = _stream(output, sound, rate=self.rate, layout=self.layout)

    def add(self, machine: Machine) -> None:
        """Take the frame that was run last."""
        import av

        frame = av.VideoFrame.from_ndarray(machine.screen, format="rgb24")
        width, height = self.video.width, self.video.height
        self._show(frame.reformat(width, height, self.pixels, interpolation="POINT"), self.frames)
        self.frames += 1
        if self.audio is not None and len(machine.frame_sound):
            samples = machine.frame_sound.reshape(1, -1)
            sound = av.AudioFrame.from_ndarray(samples, format="s16", layout=self.layout)
            sound.sample_rate, sound.time_base = self.rate, Fraction(1, self.rate)
            sound.pts = self.samples
            self.samples += len(machine.frame_sound)
            self.output.mux(self.audio.encode(sound))

    def _show(self, frame: av.VideoFrame, at: int, lasting: int = 1) -> None:
        frame.pts, frame.time_base = at, self.video.codec_context.time_base
        packets = self.video.encode(frame)
        for packet in packets:
            packet.duration = lasting  # a GIF's last picture has no other end
        self.output.mux(packets)

    def finish(self) -> None:
        """Write what the encoders still hold."""
        for stream in (self.video, self.audio):
            if stream is not None:
                self.output.mux(stream.encode(None))


def _stream(output: OutputContainer, codec: str, **options: Any) -> Any:
    """A new stream; a function of its own because its type depends on the codec's name."""
    return output.add_stream(codec, **options)


class Gif(Film):
    """The machine's own palette; a picture comes when it is due and is not like the last one."""

    def __init__(self, output: OutputContainer, ending: str, machine: Machine) -> None:
        super().__init__(output, ending, machine)
        self.video.time_base = self.video.codec_context.time_base = GIF_UNIT
        self.shown = -GIF_LEAST
        self.last = b""
        self.held: av.VideoFrame | None = None

    def add(self, machine: Machine) -> None:
        """Take the frame that was run last."""
        import av

        picture = machine.board.picture
        assert picture is not None
        at = self._now()
        self.frames += 1
        pixels = machine.arena[f"{picture.device.name}.{picture.pixels}"]
        indices = np.ascontiguousarray(np.rot90(pixels, -picture.rotate // 90))
        if at - self.shown < GIF_LEAST or indices.tobytes() == self.last:
            return
        self._release(at)
        palette = np.zeros((256, 4), np.uint8)
        palette[:, 0] = 0xFF  # alpha, red, green, blue
        palette[: len(picture.palette), 1:] = picture.palette
        both: Any = indices, palette
        self.held = av.VideoFrame.from_ndarray(both, format="pal8")
        self.last, self.shown = indices.tobytes(), at

    def _now(self) -> int:
        return round(self.frames * self.frame_time / GIF_UNIT)

    def _release(self, end: int) -> None:
        """Write the picture held, which is shown up to *end*."""
        if self.held is not None:
            self._show(self.held, self.shown, end - self.shown)

    def finish(self) -> None:
        """Write the last picture: it stays for as long as the machine ran."""
        self._release(max(self._now(), self.shown + GIF_LEAST))
        super().finish()
