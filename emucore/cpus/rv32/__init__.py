"""RISC-V RV32IM with Zicsr, Zicntr, Zifencei and machine mode.

Sources: The RISC-V Instruction Set Manual, volume I (unprivileged, 20191213) and volume II
(privileged, 20211203).
"""

from emucore.cpus.rv32 import instructions as instructions
from emucore.cpus.rv32 import pseudo as pseudo
from emucore.cpus.rv32 import system as system
from emucore.cpus.rv32.cpu import RV32, rv32
from emucore.isa.decode import decoder

__all__ = ["RV32", "rv32"]

decoder(rv32)  # refuses overlapping encodings
