"""Audio ports of devices, compiled: they find the channels that hear them by the port."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emucore.device.speaker import CHANNEL_FUNCTIONS, Channel, make_audio


def audio_functions(
    jit: Callable[[Any], Any], device_function: Callable[..., Any]
) -> dict[tuple[str, str], Any]:
    """What an audio port's ``step`` and ``put`` are.

    *jit* compiles a function, *device_function* one of a class of devices.
    """
    import numba
    from llvmlite import ir
    from numba import types as nt
    from numba.extending import intrinsic

    channel: Any = numba.from_dtype(Channel.dtype())

    @intrinsic
    def channel_of(typing: Any, port: Any, distance: Any) -> Any:
        def code(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            array = context.make_array(sig.args[0])(context, builder, args[0])
            at = builder.add(builder.ptrtoint(array.data, ir.IntType(64)), args[1])
            return builder.inttoptr(at, context.get_value_type(channel))

        return channel(port, nt.int64), code

    kind: Any = Channel
    functions = {name: device_function(kind.functions[name], kind) for name in CHANNEL_FUNCTIONS}
    step, put = make_audio(channel_of, functions, jit)
    return {("audio", "step"): step, ("audio", "put"): put}
