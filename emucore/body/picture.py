"""A picture: a numpy array that notebooks show, and files of it."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from emucore.base.png import png


class Picture(np.ndarray[Any, np.dtype[np.uint8]]):
    """(height, width, 3) bytes of red, green, blue.

    >>> import machines
    >>> picture = machines.load("invaders").screen
    >>> picture
    Picture(224 wide, 256 high)
    >>> picture.png()[1:4]
    b'PNG'
    """

    def png(self) -> bytes:
        """A PNG file of it."""
        return png(np.asarray(self))

    def _is_picture(self) -> bool:
        return self.ndim == 3 and self.shape[2] == 3 and self.dtype == np.uint8

    def __repr__(self) -> str:
        if not self._is_picture():  # what numpy made of one
            return repr(np.asarray(self))
        return f"Picture({self.shape[1]} wide, {self.shape[0]} high)"

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows."""
        return self.png() if self._is_picture() else None

    def _repr_html_(self) -> str | None:
        """The same within a page."""
        if not self._is_picture():
            return None
        data = base64.b64encode(self.png()).decode()
        height, width, _ = self.shape
        return f'<img src="data:image/png;base64,{data}" width="{width}" height="{height}">'
