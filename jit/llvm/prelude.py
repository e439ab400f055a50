"""What every module of compiled guest code begins with: conventions and the slow access."""

from __future__ import annotations

from emucore.kernel import layout as k

#: Every argument in a host register, nothing saved: handlers and regions tail-call each other.
CC = "preserve_nonecc"


def prelude(slow: str = "preserve_mostcc") -> str:
    """IR of the slow accesses, of the convention *slow*; !0 marks branches rarely taken."""
    return _PRELUDE.format(
        slow=slow,
        read=8 * k.BUS_READ,
        write=8 * k.BUS_WRITE,
        arena=8 * k.ARENA,
        index=8 * k.CPU_INDEX,
    )


_PRELUDE = """
!0 = !{{!"branch_weights", i32 1, i32 1000}}
!1 = !{{!"branch_weights", i32 1000, i32 1}}

; Slow accesses save all registers themselves, so that the handlers' fast paths need not.
define internal {slow} i64 @slow_read(ptr %cpu, i64 %address, i64 %clock, i64 %how)
  noinline {{
  %space = and i64 %how, 255
  %k = lshr i64 %how, 8
  %kind = and i64 %k, 255
  %width = lshr i64 %how, 16
  %ap = getelementptr i8, ptr %cpu, i64 {arena}
  %arena = load ptr, ptr %ap
  %ip = getelementptr i8, ptr %cpu, i64 {index}
  %index = load i64, ptr %ip
  %fp = getelementptr i8, ptr %cpu, i64 {read}
  %f = load ptr, ptr %fp
  %v = call i64 %f(ptr %arena, i64 %index, i64 %space, i64 %kind, i64 %address,
                   i64 %width, i64 %clock)
  ret i64 %v
}}

define internal {slow} i64 @slow_write(ptr %cpu, i64 %address, i64 %clock, i64 %how,
                                                i64 %value) noinline {{
  %space = and i64 %how, 255
  %k = lshr i64 %how, 8
  %kind = and i64 %k, 255
  %width = lshr i64 %how, 16
  %ap = getelementptr i8, ptr %cpu, i64 {arena}
  %arena = load ptr, ptr %ap
  %ip = getelementptr i8, ptr %cpu, i64 {index}
  %index = load i64, ptr %ip
  %fp = getelementptr i8, ptr %cpu, i64 {write}
  %f = load ptr, ptr %fp
  %v = call i64 %f(ptr %arena, i64 %index, i64 %space, i64 %kind, i64 %address, i64 %value,
                   i64 %width, i64 %clock)
  ret i64 %v
}}
"""
