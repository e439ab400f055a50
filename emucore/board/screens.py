"""What a board shows: pictures of dots, or of lines."""

from __future__ import annotations

from dataclasses import dataclass

from emucore.board.errors import BoardError
from emucore.device import Device

Colours = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Screen:
    """A picture: what *pixels*, an array field of the device, holds, turned for display.

    * (height, width) of bytes: indices into ``palette``, (red, green, blue) bytes each; or into the
      array field ``colours`` of such bytes, (n, 3) of them, or (height, n, 3): for each line those
      that it was drawn with.
    * (height, width) of ``u4``: the colours themselves, 0xRRGGBB.
    * With a ``count``, (n, 5) of ``i4`` are lines from x0, y0 to x1, y1 in the palette's colour,
      as many as that field says, on a tube of ``dots`` (height, width); later ones cover earlier.

    ``size`` are two fields: how many lines and columns of the array are shown now.  ``rotate`` are
    degrees clockwise, a multiple of 90; ``tube`` is how broad and high the tube shows the picture
    before that, where dots are not square.
    """

    device: Device
    pixels: str
    palette: Colours = ()
    rotate: int = 0
    tube: tuple[int, int] | None = None
    colours: str = ""
    size: tuple[str, str] | None = None
    count: str = ""
    dots: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.rotate % 90:
            raise BoardError("a screen turns by multiples of 90 degrees")
        names = (self.pixels, self.colours, self.count, *(self.size or ()))
        for name in filter(None, names):
            if name not in self.device.fields:
                raise BoardError(f"{type(self.device).__name__} has no field {name}")
        fields = self.device.fields
        kind = fields[self.pixels].code, len(fields[self.pixels].shape)
        if self.count and (kind != ("i4", 2) or fields[self.pixels].shape[1] != 5):
            raise BoardError(f"{self.pixels} is no (n, 5) array of i4: no lines")
        if self.count and min(self.dots) < 1:
            raise BoardError("a tube of lines has no dots: say how many")
        if not self.count and kind not in (("u1", 2), ("u4", 2)):
            raise BoardError(f"{self.pixels} is no (height, width) array of u1 or u4")
        if kind[0] != "u4" and not self.palette and not self.colours:
            raise BoardError(f"{self.pixels} has indices, and there is no palette")

    @property
    def shades(self) -> int:
        """Indices are less than that; 0 where there are none."""
        if self.device.fields[self.pixels].code == "u4":
            return 0
        return self.device.fields[self.colours].shape[-2] if self.colours else len(self.palette)

    def dot(self, height: int, width: int) -> float:
        """How broad a dot of the turned picture of that size is on the tube, for one high."""
        if self.tube is None:
            return 1.0
        broad, high = self.tube if self.rotate % 180 == 0 else reversed(self.tube)
        return broad * height / (high * width)
