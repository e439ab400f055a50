"""A machine: a board brought to life."""

from emucore.base.renamed import names_of
from emucore.machine.machine import ENGINES, Engine, Machine, MachineError, MachineFault

__all__ = ["ENGINES", "Engine", "Machine", "MachineError", "MachineFault"]

__getattr__ = names_of(__name__)
