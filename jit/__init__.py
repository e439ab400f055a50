"""Compiled engines.  Importing this package adds them to :data:`emucore.machine.ENGINES`."""

from jit.interp import InterpEngine as InterpEngine
