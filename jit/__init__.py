"""The compiled engines."""

from jit.engine import JitEngine as JitEngine
from jit.interp import InterpEngine as InterpEngine
