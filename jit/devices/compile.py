"""Device functions and the machine kernel as host code, compiled by numba.

Only this module imports numba, and only when something must be compiled: the objects are kept by
:mod:`jit.store.cache` and load without it.  Every function gets a plain C wrapper:

    i64 NAME(ptr record, i64 offset, i64 value, i64 time, ptr arena)     a device function
    i64 kernel_read / kernel_write / kernel_run (ptr arena, i64 ...)      the kernel

A device function that goes beyond an array ends there: its wrapper notes that in the arena.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from emucore.device import Device, Shared, with_globals
from emucore.kernel import kernel as k
from jit.base.apart import apart

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
    functions: list[tuple[Device, str]], heeded: Callable[[Device], Sequence[int]] = lambda _: ()
) -> list[str]:
    """IR modules that define ``device_0``, ``device_1`` … for the functions of a machine.

    *heeded* gives the offsets in a device's record of what the kernel must heed when it changes.
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
        library, symbol, returns = _compile(_numba_function(function), signature)
        # read(offset, time), write(offset, value, time), event(time) of the wrapper's arguments
        passed = {4: "offset value time", 3: "offset time", 2: "time"}[count].split()
        if symbol not in defined:
            texts.append(library)
        defined.add(symbol)
        texts.append(
            _wrapper(f"device_{i}", symbol, passed, returns, fault=i + 1, heeded=heeded(device))
        )
    return texts


@apart
def kernel_modules() -> list[str]:
    """IR modules that define ``kernel_read``, ``kernel_write`` and ``kernel_run``."""
    import numba
    from numba import types as nt

    from jit.devices.numba_frontend import FrontEnd

    record = numba.from_dtype(np.dtype(_ARENA))  # type: ignore[call-overload]
    call_device, call_cpu = _calls(record)
    jit = numba.njit(pipeline_class=FrontEnd, **_OPTIONS)
    bus_read, bus_write, _, run = k.make_kernel(call_device, call_cpu, jit)
    texts = []
    for name, function, count in (
        ("kernel_read", bus_read, 6),
        ("kernel_write", bus_write, 7),
        ("kernel_run", run, 1),
    ):
        signature = (record, *([nt.int64] * count))
        library, symbol, returns = _compile(function, signature)
        texts += [library, _wrapper(name, symbol, [f"a{i}" for i in range(count)], returns)]
    return texts


def _compile(dispatcher: Any, signature: tuple[Any, ...]) -> tuple[str, str, str | None]:
    """IR text, symbol and LLVM type of the result (None: none) of one compiled function."""
    dispatcher.compile(signature)
    result = dispatcher.overloads[signature]
    returned = result.signature.return_type
    returned = str(getattr(returned, "literal_type", returned))  # `return 255` has its own type
    if returned not in _RESULTS:
        raise TypeError(f"{dispatcher.py_func.__qualname__} returns {returned}")
    return result.library.get_llvm_str(), result.fndesc.llvm_func_name, _RESULTS[returned]


def _wrapper(
    name: str,
    symbol: str,
    arguments: list[str],
    returns: str | None,
    fault: int = 0,
    heeded: Sequence[int] = (),
) -> str:
    """A C function around numba's convention: results through a pointer, a status returned.

    A device's is noted as *fault*, its number in the kernel's FAULT, unless it says that all is
    well; the kernel has no such errors.  The kernel's HEED is set for a fault, and if a word at
    one of the offsets *heeded* of the record is another afterwards.
    """
    everything = ["offset", "value", "time"] if fault else arguments
    parameters = "".join(f", i64 %{a}" for a in everything) + (", ptr %arena" if fault else "")
    passed = "".join(f", i64 %{a}" for a in arguments)
    types_ = "".join(", i64" for _ in arguments)
    kind = returns or "ptr"
    lines = [
        f'declare i32 @"{symbol}"(ptr, ptr, ptr{types_})',
        f"define i64 @{name}(ptr %record{parameters}) {{",
        f"  %result = alloca {kind}",
        "  %exception = alloca ptr",
        f"  store {kind} {'null' if returns is None else 0}, ptr %result",
        *_loads("before", heeded),
        f'  %status = call i32 @"{symbol}"(ptr %result, ptr %exception, ptr %record{passed})',
    ]
    if fault:
        lines += [
            *_loads("after", heeded),
            *_changed(heeded),
            "  %bad = icmp ne i32 %status, 0",
            "  br i1 %bad, label %fault, label %done",
            "fault:",
            *_stores(("number", k.FAULT, f"{fault}"), ("moment", k.FAULT_TIME, "%time")),
            *_stores(("wrong", k.HEED, "1")),
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


def _changed(offsets: Sequence[int]) -> list[str]:
    """Sets HEED if a word is not what it was."""
    if not offsets:
        return []
    lines, any_ = [], "0"
    for i, _ in enumerate(offsets):
        lines.append(f"  %differ{i} = xor i64 %before{i}, %after{i}")
        lines.append(f"  %any{i} = or i64 {any_}, %differ{i}")
        any_ = f"%any{i}"
    return [
        *lines,
        f"  %changed = icmp ne i64 {any_}, 0",
        "  br i1 %changed, label %heed, label %heeded",
        "heed:",
        *_stores(("heeding", k.HEED, "1")),
        "  br label %heeded",
        "heeded:",
    ]


def _calls(record: Any) -> tuple[Any, Any]:
    """Intrinsics that call a device function or a CPU by the addresses kept in the arena."""
    from llvmlite import ir
    from numba import types as nt
    from numba.extending import intrinsic

    word, byte = ir.IntType(64), ir.IntType(8)

    def load(builder: Any, address: Any) -> Any:
        return builder.load(builder.inttoptr(address, word.as_pointer()))

    @intrinsic
    def call_device(
        typing: Any, m: Any, function: Any, device: Any, offset: Any, value: Any, time: Any
    ) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            arena, number, at, *rest = args
            base = builder.ptrtoint(arena, word)
            table = load(builder, builder.add(base, word(8 * CALLS_WORD)))
            slot = builder.add(table, builder.mul(number, word(8)))
            pointer = byte.as_pointer()
            kind = ir.FunctionType(word, [pointer, word, word, word, pointer]).as_pointer()
            target = builder.inttoptr(load(builder, slot), kind)
            record = builder.inttoptr(builder.add(base, at), pointer)
            whole = builder.inttoptr(base, pointer)
            return builder.call(target, [record, *rest, whole])

        return nt.int64(m, *[nt.int64] * 5), code

    @intrinsic
    def call_cpu(typing: Any, m: Any, index: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            arena, number = args
            base = builder.ptrtoint(arena, word)
            table = load(builder, builder.add(base, word(8 * k.CPU_TABLE)))
            row = builder.add(table, builder.mul(number, word(k.CPU_ROW)))
            at = load(builder, builder.add(base, builder.mul(row, word(8))))
            cpu = builder.add(base, builder.mul(at, word(8)))
            pointer = byte.as_pointer()
            entry = load(builder, builder.add(cpu, word(8 * k.CPU_ENTRY)))
            kind = ir.FunctionType(ir.VoidType(), [pointer]).as_pointer()
            builder.call(builder.inttoptr(entry, kind), [builder.inttoptr(cpu, pointer)])
            return word(0)

        return nt.int64(m, nt.int64), code

    return call_device, call_cpu


@cache
def _numba_function(function: Callable[..., Any]) -> Any:
    """*function* for numba: what it uses of :class:`Shared` functions compiled as well."""
    import numba

    from jit.devices.numba_widen import Widening

    used = {
        name: _numba_function(value.function)
        for name, value in function.__globals__.items()
        if isinstance(value, Shared) and name in function.__code__.co_names
    }
    options = {**_OPTIONS, "boundscheck": True}  # beyond an array, a function ends with a status
    return numba.njit(pipeline_class=Widening, **options)(with_globals(function, used))
