"""Machines: one module or folder each, looked up by name in :mod:`machines.registry`."""

from machines.registry import MachineInfo, find, load, names

__all__ = ["MachineInfo", "find", "load", "names"]
