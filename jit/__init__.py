"""Compiled engines.  Importing this package adds them to :data:`emucore.machine.ENGINES`."""

from jit.engine import JitEngine as JitEngine
from jit.interp import InterpEngine as InterpEngine
