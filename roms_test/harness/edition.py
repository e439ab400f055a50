"""Which edition of a suite was run: suites are mended by their publishers, and differ by it.

An edition is named by its content, so that two reports can be told to speak of the same exams
wherever their copies came from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

#: Hexadecimal digits of a name.
DIGITS = 8


def edition(path: Path) -> str:
    """A short name for the content of a file, or of all files in a folder (hidden ones apart).

    Their paths below it count, their dates do not; empty where there is nothing.
    """
    digest, files = hashlib.sha256(), sorted(_files(path))
    for file in files:
        with file.open("rb") as opened:
            content = hashlib.file_digest(opened, "sha256").hexdigest()
        digest.update(f"{file.relative_to(path).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()[:DIGITS] if files else ""


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = (file for file in path.rglob("*") if file.is_file())
    return [f for f in found if not any(part[0] == "." for part in f.relative_to(path).parts)]
