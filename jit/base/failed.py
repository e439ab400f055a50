"""Host code that could not be made for reasons that are none of the guest's."""

from __future__ import annotations


class Failed(str):
    """Why there is none, in a line: memory, a disk, LLVM.  What there is goes on instead."""

    @classmethod
    def of(cls, error: Exception) -> Failed:
        """The reason that *error* gives."""
        return cls(f"{type(error).__name__}: {error}".rstrip(": ").splitlines()[0])
