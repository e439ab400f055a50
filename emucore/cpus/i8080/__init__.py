"""Intel 8080A.  Source: Intel 8080 Microcomputer Systems User's Manual (September 1975)."""

from emucore.cpus.i8080 import instructions as instructions
from emucore.cpus.i8080.cpu import I8080, i8080

__all__ = ["I8080", "i8080"]
