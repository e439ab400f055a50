"""Other spellings that assemblers take."""

from __future__ import annotations

from emucore.cpus.m6502.cpu import m6502

m6502.aliases += [(name, f"{name} a") for name in ("asl", "lsr", "rol", "ror")]
m6502.aliases += [("blt {rel}", "bcc {rel}"), ("bge {rel}", "bcs {rel}")]
