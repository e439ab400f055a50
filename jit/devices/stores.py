"""Which fields of a device its own functions may change, as their source says.

A program in such a field can change at any moment without a CPU's doing: it is not translated.

An array has many ways to be stored to: slices and rows of it, other names for it, functions that it
is given to.  So what is looked for is the other thing: uses that surely only read.  Those are an
element (as many indices as the array has dimensions), its length or shape, a loop over its
elements, and a local name of which nothing else is made.  Whatever else is done with an array
counts as a store to it.
"""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import numbers
import textwrap
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from emucore.device import Device, Shared

#: Attributes of an array that tell about it, and give nothing that leads to it.
_TOLD = frozenset({"size", "shape", "ndim", "itemsize", "nbytes"})
#: Built-in functions that make numbers, or count.
_PLAIN = {"abs", "divmod", "len", "max", "min", "pow", "round", "sum"}


@cache
def written(device: Device) -> set[str]:
    """Names of fields that may be stored to, all scalars among them; all fields where that cannot
    be told."""
    shapes = {name: spec.shape for name, spec in device.fields.items()}
    found = {name for name, shape in shapes.items() if not shape}
    try:
        functions = [f for name, f in device.functions.items() if name != "valid"]
        for source in _reachable(functions):
            _check(source)
            found.update(_changed(source.tree, shapes))
    except _UntoldError:
        return set(shapes)
    return found


class _UntoldError(Exception):
    """What a function does cannot be told."""


@dataclass(frozen=True)
class _Source:
    """A function, its source, and the names in it that are not its own."""

    function: types.FunctionType
    tree: ast.Module
    names: set[str]

    def value(self, node: ast.AST) -> Any:
        """What *node* stands for outside of the function: a global, or a name in a module; None."""
        if isinstance(node, ast.Name) and node.id in self.names:
            found = self.function.__globals__.get(node.id)
            return vars(builtins).get(node.id) if found is None else found
        if isinstance(node, ast.Attribute):
            module = self.value(node.value)
            if isinstance(module, types.ModuleType):
                return getattr(module, node.attr, None)
        return None


def _reachable(functions: list[Callable[..., Any]]) -> Iterator[_Source]:
    """The functions, and the shared ones that they use."""
    seen: set[Callable[..., Any]] = set()
    while functions:
        function = functions.pop()
        if function in seen:
            continue
        seen.add(function)
        if not isinstance(function, types.FunctionType):
            raise _UntoldError
        source = _Source(function, _source(function), _globals(function.__code__))
        used = map(source.value, ast.walk(source.tree))
        functions += [value.function for value in used if isinstance(value, Shared)]
        yield source


def _globals(code: types.CodeType) -> set[str]:
    within = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    own = {i.argval for i in dis.get_instructions(code) if i.opname == "LOAD_GLOBAL"}
    return own.union(*map(_globals, within))


def _source(function: types.FunctionType) -> ast.Module:
    """The source of *function*: it must be what the function was compiled from."""
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
        module = compile(text, "", "exec", dont_inherit=True)
    except (OSError, TypeError, SyntaxError):  # none at hand, or no statement
        raise _UntoldError from None
    codes: list[types.CodeType] = [module]
    while codes:
        code = codes.pop()
        if _same(code, function.__code__):
            return _bare(tree)
        codes += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    raise _UntoldError  # a wrapper, or the file is another one by now


def _bare(tree: ast.Module) -> ast.Module:
    """*tree* without what is done when it is defined: decorators, annotations, defaults."""
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            node.decorator_list, node.returns = [], None
        elif isinstance(node, ast.arguments):
            node.defaults, node.kw_defaults = [], [None] * len(node.kwonlyargs)
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


def _same(a: types.CodeType, b: types.CodeType) -> bool:
    mine, theirs = (
        [c for c in code.co_consts if not isinstance(c, types.CodeType)] for code in (a, b)
    )
    names = a.co_names == b.co_names and a.co_varnames == b.co_varnames
    return a.co_code == b.co_code and names and repr(mine) == repr(theirs)


def _check(source: _Source) -> None:
    """Names stand for numbers, tables and what computes numbers, and no index is a slice in
    disguise: else what an element is cannot be told."""
    function, tree = source.function, source.tree
    if not all(map(_is_plain, function.__defaults__ or ())) or function.__kwdefaults__:
        raise _UntoldError
    returned = {node.value for node in ast.walk(tree) if isinstance(node, ast.Return)}
    for node in ast.walk(tree):
        value = source.value(node)
        if value is not None and not _is_plain(value):
            raise _UntoldError
        if isinstance(node, ast.Constant) and (
            node.value is ... or (node.value is None and node not in returned)
        ):
            raise _UntoldError
        if isinstance(node, ast.Tuple) and not node.elts:
            raise _UntoldError
        if isinstance(node, (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)):
            raise _UntoldError


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return len(value) > 0 and all(map(_is_plain, value))
    if isinstance(value, (types.ModuleType, numbers.Number, np.generic, np.ndarray, np.ufunc)):
        return True
    if isinstance(value, (str, Shared)):
        return True
    if isinstance(value, types.BuiltinFunctionType):
        return value.__module__ == "math" or value.__name__ in _PLAIN
    if isinstance(value, type) and issubclass(value, (numbers.Number, np.generic)):
        return True
    return value in (enumerate, range, reversed, zip)


def _changed(tree: ast.Module, shapes: dict[str, tuple[int, ...]]) -> Iterator[str]:
    """Arrays that are used otherwise than to be read."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    arrays = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and shapes.get(n.attr)]
    called: dict[str, set[str]] = {}  # local names of arrays
    for array in arrays:
        parent = parents[array]
        if isinstance(parent, ast.Assign) and all(isinstance(t, ast.Name) for t in parent.targets):
            for target in parent.targets:
                assert isinstance(target, ast.Name)
                called.setdefault(target.id, set()).add(array.attr)
        elif not _only_reads(array, len(shapes[array.attr]), parents):
            yield array.attr
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(parents[node], ast.Assign):
            for name in called.get(node.id, ()):
                if not _only_reads(node, len(shapes[name]), parents):
                    yield name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):  # another name for it
            yield from called.get(node.id, ())
        elif isinstance(node, ast.Constant) and node.value in set(shapes):  # getattr() and its like
            yield str(node.value)


def _only_reads(
    array: ast.Attribute | ast.Name, dimensions: int, parents: dict[ast.AST, ast.AST]
) -> bool:
    if not isinstance(array.ctx, ast.Load):
        return False
    node: ast.AST = array
    parent = parents[node]
    while isinstance(parent, ast.Subscript) and parent.value is node:
        indices = parent.slice.elts if isinstance(parent.slice, ast.Tuple) else [parent.slice]
        if not isinstance(parent.ctx, ast.Load) or not all(map(_is_index, indices)):
            return False
        dimensions -= len(indices)
        node, parent = parent, parents[parent]
    if dimensions <= 0:
        return dimensions == 0
    if isinstance(parent, ast.Attribute):
        return parent.attr in _TOLD
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and parent.func.id == "len" and node is array
    return isinstance(parent, ast.For) and parent.iter is node and dimensions == 1


def _is_index(node: ast.expr) -> bool:
    """Whether it is a number, given that no name stands for a slice or for None."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int
    return not isinstance(node, (ast.Slice, ast.Starred, ast.Tuple, ast.NamedExpr, ast.Lambda))
