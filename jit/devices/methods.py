"""The compiler of device functions: calls of functions of the record's class, of its parts' and of
its ports become calls of plain functions that are given the record.

``self.chip.step(time)`` is ``step(self.chip, time)`` with the function that the class of the part
has.  Whose record a name stands for follows from the function itself: its first argument is the
device's, others are what their annotations say, and a part's is its declaration's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import ir
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.untyped_passes import IRProcessing

from emucore.device import Device
from jit.devices.numba_widen import Widening


@register_pass(mutates_CFG=False, analysis_only=False)
class Methods(FunctionPass):
    """See the module's text.  The compiler's class has whose arguments are records, and what makes
    the function of a class for numba."""

    _name = "methods_of_records"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        owner: Any = OWNERS[state.func_id.func]
        self._records = owner.records
        self._make, self._ports = owner.make, owner.ports
        self._ir = state.func_ir
        changed = False
        receivers: dict[str, Any] = {}
        for _, block in sorted(state.func_ir.blocks.items()):
            for statement in block.body:
                if not isinstance(statement, ir.Assign):
                    continue
                value = statement.value
                if isinstance(value, ir.Expr) and value.op == "getattr":
                    function = self._function(value)
                    if function is not None:
                        receivers[statement.target.name] = value.value
                        statement.value = ir.Global(value.attr, function, statement.loc)
                        changed = True
                elif isinstance(value, ir.Expr) and value.op == "call":
                    receiver = receivers.get(self._origin(value.func.name))
                    if receiver is not None:
                        value.args = (receiver, *value.args)
        return changed

    def _function(self, expression: Any) -> Any:
        """The function that a ``record.name`` is, or a ``record.port.name``; None if it is none."""
        kind = self._kind(expression.value)
        if kind is not None and expression.attr in kind.functions:
            return self._make(kind.functions[expression.attr], kind)
        inner = self._definition(expression.value)
        if isinstance(inner, ir.Expr) and inner.op == "getattr":
            whole = self._kind(inner.value)
            spec = None if whole is None else whole.fields.get(inner.attr)
            if spec is not None and (spec.role, expression.attr) in self._ports:
                return self._ports[spec.role, expression.attr]()
        return None

    def _kind(self, variable: Any) -> type[Device] | None:
        """The class of the record that a variable is; None if it is none that is known."""
        found = self._definition(variable)
        if isinstance(found, ir.Arg):
            return self._records.get(found.name)  # type: ignore[no-any-return]
        if isinstance(found, ir.Var):
            return self._kind(found)
        if isinstance(found, ir.Expr) and found.op == "getattr":
            whole = self._kind(found.value)
            part = None if whole is None else whole.parts.get(found.attr)
            return None if part is None else part.kind
        return None

    def _origin(self, name: str) -> str:
        """The variable that *name* is a copy of, on every way: between a function and its call
        there may be branches, where an argument is chosen."""
        made = {d.name if isinstance(d, ir.Var) else "" for d in self._ir._definitions[name]}
        return self._origin(made.pop()) if len(made) == 1 and "" not in made else name

    def _definition(self, variable: Any) -> Any:
        try:
            return self._ir.get_definition(variable)
        except KeyError:  # several, or none
            return None


class Owner:
    """What the pass must know of one function."""

    def __init__(
        self,
        records: dict[str, type[Device]],
        make: Callable[[Callable[..., Any], type[Device]], Any],
        ports: dict[tuple[str, str], Callable[[], Any]],
    ) -> None:
        self.records = records
        self.make = make
        self.ports = ports


#: By the functions that numba compiles.
OWNERS: dict[Callable[..., Any], Owner] = {}


class DeviceCompiler(Widening):
    """The passes of device functions."""

    def passes(self) -> Any:
        """The passes, in order."""
        passes = super().passes()
        passes.add_pass_after(Methods, IRProcessing)
        return passes
