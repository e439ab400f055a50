"""The text of a function's body, line by line."""

from __future__ import annotations


class Text:
    """Lines of IR, and names for the values in them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        #: The block that is open.
        self.block = "entry"
        self._count = 0

    def name(self) -> str:
        """A fresh local name without its sigil."""
        self._count += 1
        return f"v{self._count}"

    def emit(self, text: str) -> str:
        """Append ``%new = text``; the new name."""
        name = f"%{self.name()}"
        self.lines.append(f"  {name} = {text}")
        return name

    def effect(self, text: str) -> None:
        """Append an instruction without a result."""
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        """Begin a block."""
        self.lines.append(f"{name}:")
        self.block = name

    def address(self, offset: int) -> str:
        """Pointer to the byte at *offset* from the CPU's base."""
        return self.emit(f"getelementptr i8, ptr %cpu, i64 {offset}")

    def extend(self, value: str, width: int, to: int) -> str:
        """*value* of *width* bits zero-extended."""
        return value if width == to else self.emit(f"zext i{width} {value} to i{to}")
