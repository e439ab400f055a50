"""Zilog Z80, NMOS.

Sources: Z80 CPU User Manual (UM0080), for what it documents; for the rest S. Young, "The
Undocumented Z80 Documented" (0.91, 2005), and the single-step vectors of the test suites.
"""

from emucore.cpus.z80 import arithmetic as arithmetic
from emucore.cpus.z80 import bits as bits
from emucore.cpus.z80 import blocks as blocks
from emucore.cpus.z80 import control as control
from emucore.cpus.z80 import interrupts as interrupts
from emucore.cpus.z80 import jumps as jumps
from emucore.cpus.z80 import loads as loads
from emucore.cpus.z80 import ports as ports
from emucore.cpus.z80 import pseudo as pseudo
from emucore.cpus.z80.cpu import Z80, z80

__all__ = ["Z80", "z80"]
