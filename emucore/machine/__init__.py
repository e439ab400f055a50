"""A machine: a board brought to life."""

from emucore.machine.machine import ENGINES, Engine, Machine, MachineError, MachineFault

__all__ = ["ENGINES", "Engine", "Machine", "MachineError", "MachineFault"]
