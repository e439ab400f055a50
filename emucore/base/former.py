"""What became of the names of earlier versions, as a table that is kept where they were declared.

How states of then are read by it is in :mod:`emucore.history.former`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy.typing as npt

Values = npt.NDArray[Any]
#: Of a field that has become others: their values by name, of the value that it had.
Function = Callable[[Values], Mapping[str, Any]]
#: What became of names: see :mod:`emucore.history.former`.
Former = Mapping[str, "str | Function | None"]
