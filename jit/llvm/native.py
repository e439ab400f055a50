"""From LLVM IR to running code: compile to an object file, load it, find its functions."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import weakref
from functools import cache

import llvmlite.binding as llvm

from jit.base.apart import apart, bury


class NativeError(Exception):
    """An object that lacks a function: it was not made by this version."""


#: Hosts on which LLVM supports the calling conventions of threaded handlers.  On others it *aborts
#: the process*, so they are not tried.
_THREADED = {
    ("x86_64", "Linux"),
    ("AMD64", "Windows"),
    ("aarch64", "Linux"),
    ("arm64", "Darwin"),
}


def threaded() -> bool:
    """Whether handlers are threaded on this host; ``EMUCORE_LOOPED=1`` says no."""
    known = (platform.machine(), platform.system()) in _THREADED
    return known and not os.environ.get("EMUCORE_LOOPED")


#: What LLVM's code generator calls of its own accord.  Unknown symbols would silently be address 0.
_RUNTIME = ("memcpy", "memmove", "memset")


@cache
def _initialise() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    library = ctypes.CDLL(None if os.name == "posix" else "msvcrt")
    for name in _RUNTIME:
        address = ctypes.cast(library[name], ctypes.c_void_p).value
        llvm.add_symbol(name, address)


@cache
@apart
def host() -> tuple[str, str, str]:
    """Target triple, CPU and features of the host."""
    features = llvm.get_host_cpu_features().flatten()
    return llvm.get_process_triple(), llvm.get_host_cpu_name(), features


@cache
def has_pext() -> bool:
    """Whether the host gathers bits in one quick instruction (BMI2; Zen 1 and 2 are slow at it)."""
    _, cpu, features = host()
    return "+bmi2" in features.split(",") and cpu not in ("znver1", "znver2")


def _target_machine(opt: int) -> llvm.TargetMachine:
    _initialise()
    triple, cpu, features = host()
    target = llvm.Target.from_triple(triple)
    return target.create_target_machine(
        cpu=cpu, features=features, opt=opt, codemodel="small", reloc="pic"
    )


@cache
def _compiler(opt: int) -> tuple[llvm.TargetMachine, llvm.PassBuilder]:
    """What code is made by at level *opt*: once, as each would keep a little when it goes."""
    machine = _target_machine(opt)
    options = llvm.create_pipeline_tuning_options(speed_level=opt)
    return machine, llvm.create_pass_builder(machine, options)


@apart
def compile_ir(text: str, opt: int, *, pipeline: bool = False) -> bytes:
    """The object file of the module *text*, by LLVM's code generator at level *opt*.

    The IR-level *pipeline* is for regions, which have loops and variables; on handlers it costs
    more than it gains.
    """
    module = _parsed(text)
    image = bytes(_optimised(module, opt, pipeline).emit_object(module))
    del module
    _trim()
    return image


def _trim() -> None:
    """Give back what LLVM has freed: it would stay with the process, in pieces of all sizes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim is not None:  # glibc's
        trim(0)


@apart
def listings(text: str, opt: int, *, pipeline: bool = False) -> tuple[str, str]:
    """What :func:`compile_ir` compiles, for people: the module as optimised, and assembly."""
    module = _parsed(text)
    machine = _optimised(module, opt, pipeline)
    return str(module), str(machine.emit_assembly(module))


def _parsed(text: str) -> llvm.ModuleRef:
    _initialise()
    module = llvm.parse_assembly(text, llvm.create_context())
    module.verify()
    return module


def _optimised(module: llvm.ModuleRef, opt: int, pipeline: bool) -> llvm.TargetMachine:
    """Optimise *module*; the host as a target, at level *opt*."""
    machine, passes = _compiler(opt)
    if pipeline:
        manager = passes.getModulePassManager()
        manager.run(module, passes)
        _dispose(manager)
    return machine


def _dispose(manager: llvm.ModulePassManager) -> None:
    """Free *manager*, 60 KiB: llvmlite (0.50) hides its own way to by the order of two bases."""
    with contextlib.suppress(AttributeError):  # where that is mended
        super(llvm.ffi.ObjectRef, manager)._dispose()
        manager.detach()


@apart
def compile_modules(texts: list[str], opt: int = 2) -> bytes:
    """One object file of several modules, linked together and optimised as one."""
    _initialise()
    context = llvm.create_context()
    module = llvm.parse_assembly(texts[0], context)
    for text in texts[1:]:
        module.link_in(llvm.parse_assembly(text, context))
    module.verify()
    return bytes(_optimised(module, opt, True).emit_object(module))


#: About what an object in memory takes: LLVM's keeping of it, in bytes, and copies of its image.
_OVERHEAD, _COPIES = 50 << 10, 3


class Loaded:
    """An object file in memory.  Its code lives as long as this does."""

    def __init__(self, image: bytes) -> None:
        #: About how many bytes of the process's memory it takes.
        self.size = _OVERHEAD + _COPIES * len(image)
        self._engine = _load(image)
        self._found: dict[str, int] = {}
        weakref.finalize(self, bury, self._engine).atexit = False

    def address(self, name: str) -> int:
        """Address of a function; :class:`NativeError` if the object has none of that name."""
        address = self.find(name)
        if address is None:
            raise NativeError(f"the object has no function {name}")
        return address

    def find(self, name: str) -> int | None:
        """Address of a function or variable, if the object has it."""
        if name not in self._found:
            self._found[name] = _find(self._engine, name)
        return self._found[name] or None


@apart
def _load(image: bytes) -> llvm.ExecutionEngine:
    empty = llvm.parse_assembly("")
    _initialise()
    engine = llvm.create_mcjit_compiler(empty, _target_machine(2))
    engine.add_object_file(llvm.ObjectFileRef.from_data(image))
    engine.finalize_object()
    return engine


@apart
def _find(engine: llvm.ExecutionEngine, name: str) -> int:
    return int(engine.get_function_address(name))
