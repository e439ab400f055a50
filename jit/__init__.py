"""The compiled engines.  What is used is imported then: no engine needs the other's modules."""

from emucore.base.renamed import install

TYPE_CHECKING = False  # typing's is slow to import
if TYPE_CHECKING:
    from jit.interpreter.engine import InterpEngine
    from jit.tiers.engine import JitEngine

__all__ = ["InterpEngine", "JitEngine"]

install(__name__, "jit.base.old_names")


def __getattr__(name: str) -> object:
    if name == "InterpEngine":
        from jit.interpreter.engine import InterpEngine

        return InterpEngine
    if name == "JitEngine":
        from jit.tiers.engine import JitEngine

        return JitEngine
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
