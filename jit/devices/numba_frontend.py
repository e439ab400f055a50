"""Numba as a front end: functions become LLVM IR, and nothing else.

By itself numba optimises and compiles each function as it comes, and what calls it once more.  Here
functions are only linked into what calls them; :func:`jit.llvm.native.compile_modules` makes the
whole into host code, once.  That halves the time of a first run.
"""

from __future__ import annotations

from typing import Any

from numba.core import compiler
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class Library(JITCodeLibrary):
    """The IR of a function and of all it calls."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class Lower(NativeLowering):
    """Numba's lowering, which lets other functions call this one's IR."""

    _name = "lower_to_ir"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        super().run_pass(state)
        state.library.finalize()
        result = state["cr"]
        # numba knows a function by its host code: some new builtin stands for what there is not
        code: Any = [].append
        state.targetctx.insert_user_function(code, result.fndesc, [state.library])
        state["cr"] = result._replace(cfunc=code)
        return True


class FrontEnd(compiler.CompilerBase):
    """Numba's usual passes up to the IR."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.state.flags.no_compile = True
        codegen = self.state.targetctx.codegen()
        self.state.library = Library(codegen, "library")

    def define_pipelines(self) -> list[Any]:
        passes = self.passes()
        passes.finalize()
        return [passes]

    def passes(self) -> Any:
        """The passes, in order."""
        passes = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
        found = [i for i, (p, _) in enumerate(passes.passes) if p is NativeLowering]
        passes.passes[found[0]] = (Lower, "lower to IR")
        return passes
