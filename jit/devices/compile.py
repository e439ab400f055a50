"""Device functions and the machine kernel as host code, compiled by numba.

Only this module imports numba, and only when something must be compiled: the objects are kept by
:mod:`jit.store.cache` and load without it.  Every function gets a plain C wrapper:

    i64 NAME(ptr record, i64 offset, i64 value, i64 time, ptr arena)     a device function
    i64 kernel_read / kernel_write / kernel_run (ptr arena, i64 ...)      the kernel

A device function that goes beyond an array ends there: its wrapper notes that in the arena.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from emucore.device import Device, Shared, with_globals
from emucore.kernel import layout as k
from emucore.kernel.kernel import make_kernel
from emucore.kernel.ports import make_ports
from jit.base.apart import apart
from jit.devices.audio import audio_functions

#: Word of the kernel's header that holds the address of the table of device functions.
CALLS_WORD = k.HEADER_WORDS - 1

#: The arena as the kernel sees it: words and bytes over the same memory.
_ARENA = {
    "names": ["q", "b"],
    "formats": [("<i8", (1 << 27,)), ("u1", (1 << 30,))],
    "offsets": [0, 0],
    "itemsize": 1 << 30,
}

_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "boundscheck": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "_nrt": False,  # no reference counts: there is no memory but the arena's
}

#: LLVM types of what a device function may return: an int, a truth, or nothing.
_RESULTS = {"int64": "i64", "bool": "i8", "none": None}


@apart
def device_modules(
    functions: list[tuple[Device, str]],
    heeded: Callable[[Device], Sequence[int]] = lambda _: (),
    numbers: Mapping[Device, int] = {},
) -> list[str]:
    """IR modules that define ``device_0``, ``device_1`` … for the functions of a machine.

    *heeded* gives the offsets in a device's record of what the kernel must heed when it changes,
    *numbers* its row in the kernel's table of devices.
    """
    import numba
    from numba import types as nt

    texts = []
    defined: set[str] = set()  # two devices of one class share their functions
    for i, (device, name) in enumerate(functions):
        record = numba.from_dtype(device.dtype())
        function = device.functions[name]
        count = len(inspect.signature(function).parameters)
        signature = (record, *([nt.int64] * (count - 1)))
        library, symbol, returns = _compile(_numba(function, type(device)), signature)
        # read(offset, time), write(offset, value, time), event(time) of the wrapper's arguments
        passed = {4: "offset value time", 3: "offset time", 2: "time"}[count].split()
        if symbol not in defined:
            texts.append(library)
        defined.add(symbol)
        watched = _Watched(i + 1, numbers.get(device, 0) + 1, heeded(device))
        texts.append(_wrapper(f"device_{i}", symbol, passed, returns, watched))
    return texts


@apart
def kernel_modules() -> list[str]:
    """IR modules that define ``kernel_read``, ``kernel_write``, the same for ports, and
    ``kernel_run``."""
    import numba
    from numba import types as nt

    from jit.devices.numba_frontend import FrontEnd

    record = numba.from_dtype(np.dtype(_ARENA))  # type: ignore[call-overload]

    def jit(function: Any) -> Any:
        """*function*, compiled once: of itself numba would do so for each constant it is given."""
        names = inspect.signature(function).parameters
        signature = tuple(record if name == "m" else nt.int64 for name in names)
        return numba.njit(signature, pipeline_class=FrontEnd, **_OPTIONS)(function)

    kernel = make_kernel(*_calls(), jit)
    read, write = k.READ, k.WRITE

    def port_read(m: Any, space: int, address: int, time: int) -> int:
        return int(kernel_read(m, space, read, address, 8, time))

    def port_write(m: Any, space: int, address: int, value: int, time: int) -> int:
        return int(kernel_write(m, space, write, address, value, 8, time))

    kernel_read, kernel_write = kernel.read, kernel.write
    texts = []
    for name, function in (
        ("kernel_read", kernel.bus_read),
        ("kernel_write", kernel.bus_write),
        ("kernel_port_read", jit(port_read)),
        ("kernel_port_write", jit(port_write)),
        ("kernel_run", kernel.run),
    ):
        library, symbol, returns = _compiled(function)
        count = len(function.nopython_signatures[0].args) - 1
        texts += [library, _wrapper(name, symbol, [f"a{i}" for i in range(count)], returns)]
    return texts


def _compile(dispatcher: Any, signature: tuple[Any, ...]) -> tuple[str, str, str | None]:
    """Compile a function for arguments of those types: see :func:`_compiled`."""
    dispatcher.compile(signature)
    return _compiled(dispatcher, signature)


def _compiled(
    dispatcher: Any, signature: tuple[Any, ...] | None = None
) -> tuple[str, str, str | None]:
    """IR text, symbol and LLVM type of the result (None: none) of a function that was compiled,
    for arguments of those types, or once only."""
    result = dispatcher.overloads[signature or dispatcher.nopython_signatures[0].args]
    returned = result.signature.return_type
    returned = str(getattr(returned, "literal_type", returned))  # `return 255` has its own type
    if returned not in _RESULTS:
        raise TypeError(f"{dispatcher.py_func.__qualname__} returns {returned}")
    return result.library.get_llvm_str(), result.fndesc.llvm_func_name, _RESULTS[returned]


@dataclass(frozen=True)
class _Watched:
    """Of a device function: its number + 1, its device's number + 1, and the offsets of what the
    kernel must heed."""

    fault: int
    device: int
    heeded: Sequence[int]


def _wrapper(
    name: str,
    symbol: str,
    arguments: list[str],
    returns: str | None,
    watched: _Watched | None = None,
) -> str:
    """A C function around numba's convention: results through a pointer, a status returned.

    A device's is noted in the kernel's FAULT, unless it says that all is well; the kernel has no
    such errors.  The kernel's HEED is set for a fault, and if a word that it must heed is another
    afterwards.
    """
    everything = ["offset", "value", "time"] if watched else arguments
    parameters = "".join(f", i64 %{a}" for a in everything) + (", ptr %arena" if watched else "")
    passed = "".join(f", i64 %{a}" for a in arguments)
    types_ = "".join(", i64" for _ in arguments)
    kind = returns or "ptr"
    heeded = watched.heeded if watched else ()
    lines = [
        f'declare i32 @"{symbol}"(ptr, ptr, ptr{types_})',
        f"define i64 @{name}(ptr %record{parameters}) {{",
        f"  %result = alloca {kind}",
        "  %exception = alloca ptr",
        f"  store {kind} {'null' if returns is None else 0}, ptr %result",
        *_loads("before", heeded),
        f'  %status = call i32 @"{symbol}"(ptr %result, ptr %exception, ptr %record{passed})',
    ]
    if watched:
        lines += [
            *_loads("after", heeded),
            *_changed(watched),
            "  %bad = icmp ne i32 %status, 0",
            "  br i1 %bad, label %fault, label %done",
            "fault:",
            *_stores(("number", k.FAULT, f"{watched.fault}"), ("moment", k.FAULT_TIME, "%time")),
            *_stores(("wrong", k.HEED, f"{k.MANY}")),
            "  br label %done",
            "done:",
        ]
    if returns is None:
        lines.append("  ret i64 0")
    elif returns == "i64":
        lines += ["  %value_ = load i64, ptr %result", "  ret i64 %value_"]
    else:
        lines += [
            "  %truth = load i8, ptr %result",
            "  %value_ = zext i8 %truth to i64",
            "  ret i64 %value_",
        ]
    return "\n".join([*lines, "}"])


def _stores(*words: tuple[str, int, str]) -> list[str]:
    """Stores to words of the kernel's header: a name for each one's address, its index, value."""
    lines = []
    for name, index, value in words:
        lines.append(f"  %{name} = getelementptr i64, ptr %arena, i64 {index}")
        lines.append(f"  store i64 {value}, ptr %{name}")
    return lines


def _loads(when: str, offsets: Sequence[int]) -> list[str]:
    lines = []
    for i, offset in enumerate(offsets):
        lines.append(f"  %{when}_at{i} = getelementptr i8, ptr %record, i64 {offset}")
        lines.append(f"  %{when}{i} = load i64, ptr %{when}_at{i}")
    return lines


def _changed(watched: _Watched) -> list[str]:
    """Sets HEED if a word is not what it was: to the device, or to MANY if it names another."""
    if not watched.heeded:
        return []
    lines, any_ = [], "0"
    for i, _ in enumerate(watched.heeded):
        lines.append(f"  %differ{i} = xor i64 %before{i}, %after{i}")
        lines.append(f"  %any{i} = or i64 {any_}, %differ{i}")
        any_ = f"%any{i}"
    return [
        *lines,
        f"  %changed = icmp ne i64 {any_}, 0",
        "  br i1 %changed, label %heed, label %heeded",
        "heed:",
        f"  %heeding = getelementptr i64, ptr %arena, i64 {k.HEED}",
        "  %named = load i64, ptr %heeding",
        "  %none = icmp eq i64 %named, 0",
        f"  %same = icmp eq i64 %named, {watched.device}",
        "  %alone = or i1 %none, %same",
        f"  %naming = select i1 %alone, i64 {watched.device}, i64 {k.MANY}",
        "  store i64 %naming, ptr %heeding",
        "  br label %heeded",
        "heeded:",
    ]


def _load(builder: Any, address: Any) -> Any:
    from llvmlite import ir

    word = ir.IntType(64)
    return builder.load(builder.inttoptr(address, word.as_pointer()))


def _calls() -> tuple[Any, Any, Any]:
    """Intrinsics that call a device function, a CPU or the host by the addresses kept in the arena:
    see :func:`emucore.kernel.kernel.make_kernel`."""
    from llvmlite import ir
    from numba import types as nt
    from numba.extending import intrinsic

    word, pointer = ir.IntType(64), ir.IntType(8).as_pointer()

    @intrinsic
    def call_device(
        typing: Any, m: Any, function: Any, device: Any, offset: Any, value: Any, time: Any
    ) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            arena, number, at, *rest = args
            base = builder.ptrtoint(arena, word)
            table = _load(builder, builder.add(base, word(8 * CALLS_WORD)))
            slot = builder.add(table, builder.mul(number, word(8)))
            kind = ir.FunctionType(word, [pointer, word, word, word, pointer]).as_pointer()
            target = builder.inttoptr(_load(builder, slot), kind)
            record = builder.inttoptr(builder.add(base, at), pointer)
            whole = builder.inttoptr(base, pointer)
            return builder.call(target, [record, *rest, whole])

        return nt.int64(m, *[nt.int64] * 5), code

    @intrinsic
    def call_cpu(typing: Any, m: Any, index: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            arena, number = args
            base = builder.ptrtoint(arena, word)
            table = _load(builder, builder.add(base, word(8 * k.CPU_TABLE)))
            row = builder.add(table, builder.mul(number, word(k.CPU_ROW)))
            at = _load(builder, builder.add(base, builder.mul(row, word(8))))
            cpu = builder.add(base, builder.mul(at, word(8)))
            entry = _load(builder, builder.add(cpu, word(8 * k.CPU_ENTRY)))
            kind = ir.FunctionType(ir.VoidType(), [pointer]).as_pointer()
            builder.call(builder.inttoptr(entry, kind), [builder.inttoptr(cpu, pointer)])
            return word(0)

        return nt.int64(m, nt.int64), code

    @intrinsic
    def call_host(typing: Any, m: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            base = builder.ptrtoint(args[0], word)
            kind = ir.FunctionType(word, []).as_pointer()
            target = _load(builder, builder.add(base, word(8 * k.HOST_CALL)))
            return builder.call(builder.inttoptr(target, kind), [])

        return nt.int64(m), code

    return call_device, call_cpu, call_host


@cache
def _port_functions() -> dict[tuple[str, str], Any]:
    """What ports' functions are, compiled: those of a bus find the arena by the port."""
    import numba
    from llvmlite import ir
    from numba import types as nt
    from numba.extending import intrinsic

    from jit.devices.numba_frontend import FrontEnd

    word, pointer = ir.IntType(64), ir.IntType(8).as_pointer()
    arena_type = numba.from_dtype(np.dtype(_ARENA))  # type: ignore[call-overload]

    @intrinsic
    def arena_of(typing: Any, port: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, args[0])
            at = builder.ptrtoint(array.data, word)
            base = builder.add(at, _load(builder, at))
            return builder.inttoptr(base, context.get_value_type(arena_type))

        return arena_type(port), code

    def calling(column: int, count: int) -> Any:
        """Code that calls the function at a word of the header, with the arena and *count* ints."""

        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            base = builder.ptrtoint(args[0], word)
            kind = ir.FunctionType(word, [pointer, *[word] * count]).as_pointer()
            target = builder.inttoptr(_load(builder, builder.add(base, word(8 * column))), kind)
            return builder.call(target, [builder.inttoptr(base, pointer), *args[1:]])

        return code

    @intrinsic
    def slow_read(typing: Any, m: Any, space: Any, address: Any, time: Any) -> Any:
        return nt.int64(m, *[nt.int64] * 3), calling(k.PORT_READ, 3)

    @intrinsic
    def slow_write(typing: Any, m: Any, space: Any, address: Any, value: Any, time: Any) -> Any:
        return nt.int64(m, *[nt.int64] * 4), calling(k.PORT_WRITE, 4)

    jit = numba.njit(pipeline_class=FrontEnd, **_OPTIONS)
    fast_read, fast_write = make_ports(slow_read, slow_write, jit)

    arena: Any = arena_of

    def read(port: Any, address: int, time: int) -> int:
        return fast_read(arena(port), port[1], address, time)  # type: ignore[no-any-return]

    def write(port: Any, address: int, value: int, time: int) -> None:
        fast_write(arena(port), port[1], address, value, time)

    found = {("bus", "read"): jit(read), ("bus", "write"): jit(write)}
    return {**found, **audio_functions(jit, _numba)}


@cache
def _numba_function(function: Callable[..., Any], kind: Any = None) -> Any:
    """*function* for numba, the first argument of which is a record of *kind*; what it calls of
    :class:`Shared` functions, and of its records', compiled as well."""
    import numba

    from jit.devices.methods import OWNERS, DeviceCompiler, Owner

    used = {
        name: _numba_function(value.function)
        for name, value in function.__globals__.items()
        if isinstance(value, Shared) and name in function.__code__.co_names
    }
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    records = {name: found for name in names if (found := _record(function, name)) is not None}
    if kind is not None:
        records[names[0]] = kind
    compiled = with_globals(function, used)
    if compiled is function:  # one for each kind: it may be a function of several classes
        compiled = with_globals(function, {"__kind__": kind})
    ports: dict[tuple[str, str], Callable[[], Any]] = {
        key: lambda key=key: _port_functions()[key]  # type: ignore[misc]
        for key in (("bus", "read"), ("bus", "write"), ("audio", "step"), ("audio", "put"))
    }
    OWNERS[compiled] = Owner(records, _numba, ports)
    # beyond an array, a function ends with a status
    options = {**_OPTIONS, "boundscheck": kind is None or kind.checked}
    return numba.njit(pipeline_class=DeviceCompiler, **options)(compiled)


#: The same, for classes too: they are hashed as any class is.
_numba: Any = _numba_function


def _record(function: Callable[..., Any], name: str) -> type[Device] | None:
    """The class of the record that an argument is, as its annotation says; None if it is none."""
    told = function.__annotations__.get(name)
    if isinstance(told, str):
        told = function.__globals__.get(told)
    return told if isinstance(told, type) and issubclass(told, Device) else None
