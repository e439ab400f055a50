"""NMOS MOS 6502.  Sources: MOS MCS6500 Microcomputer Family Programming and Hardware Manuals
(January 1976); for what they leave out, the vectors and notes named beside it.
"""

from emucore.cpus.m6502 import instructions as instructions
from emucore.cpus.m6502 import pseudo as pseudo
from emucore.cpus.m6502.cpu import M6502, m6502

__all__ = ["M6502", "m6502"]
