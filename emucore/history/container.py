"""The file format of save states and recordings: a magic, then a zstandard frame.

Decompressed, it is the length of a JSON header (4 bytes, little-endian), the header, and raw
bytes.  Files come from anywhere, so nothing in one is trusted: sizes are bounded before memory is
taken, the raw bytes carry their SHA-256, and whatever is wrong is a :class:`UserError`.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emucore.base.errors import UserError
from emucore.base.files import opened

MAGIC = b"\x89EMU\r\n\x1a\n"  # as PNG's: damaged by whatever would damage the rest
#: The format that is written.  It is raised when an older program would misread what is new: see
#: docs/states.md.
VERSION = 1
#: What makes header and contents of the format after it out of each older one that is read.
UPGRADES: dict[int, Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]] = {}
HEADER_MOST = 16 << 20
WINDOW_MOST = 1 << 27


def is_ours(path: Path) -> bool:
    """Whether *path* is such a file, by its first bytes; False where they cannot be read."""
    try:
        with opened(path) as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, UserError):
        return False


def pack(kind: str, header: dict[str, Any], body: bytes) -> bytes:
    """A file of *kind*; *header* is what JSON can say, and gets the fields that every file has.

    Raises :class:`UserError` for one that would be too large to be read again.
    """
    import zstandard

    digest = hashlib.sha256(body).hexdigest()
    whole = {"kind": kind, "version": VERSION, **header, "size": len(body), "sha256": digest}
    text = json.dumps(whole, separators=(",", ":")).encode()
    if len(text) > HEADER_MOST:
        raise UserError(f"more than a {kind} file can hold: a header of {len(text):,} bytes")
    content = len(text).to_bytes(4, "little") + text + body
    return MAGIC + zstandard.ZstdCompressor(level=3, write_checksum=True).compress(content)


def unpack(kind: str, data: bytes, most: int) -> tuple[dict[str, Any], bytes]:
    """Header and raw bytes, of which there may be *most*; what :func:`pack` was given.

    *kind* may name several (``state|recording``); the header tells which it was.  Raises
    :class:`UserError` for anything but an intact file of this kind and version.
    """
    kinds = kind.split("|")
    kind = kinds[0]
    if not data.startswith(MAGIC):
        raise UserError(f"not a {kind} file")
    content = _decompress(data[len(MAGIC) :], HEADER_MOST + most + 4)
    length = int.from_bytes(content[:4], "little")
    if length > HEADER_MOST or len(content) < 4 + length:
        raise UserError(f"damaged {kind} file: its header is cut off")
    try:
        header = json.loads(content[4 : 4 + length])
    except (ValueError, RecursionError):
        raise UserError(f"damaged {kind} file: its header is not JSON") from None
    if not isinstance(header, dict) or header.get("kind") not in kinds:
        raise UserError(f"not a {kind} file")
    version = header.get("version")
    if type(version) is not int or not (version == VERSION or version in UPGRADES):
        raise UserError(
            f"{kind} file of format {version!r:.20}; this program reads up to {VERSION}"
        )
    body = content[4 + length :]
    if header.get("size") != len(body) or header.get("sha256") != hashlib.sha256(body).hexdigest():
        raise UserError(f"damaged {kind} file: its contents do not match their checksum")
    while version < VERSION:
        header, body = UPGRADES[version](header, body)
        version += 1
    return header, body


def _decompress(data: bytes, most: int) -> bytes:
    import zstandard

    reader = zstandard.ZstdDecompressor(max_window_size=WINDOW_MOST).stream_reader(
        io.BytesIO(data), read_across_frames=False
    )
    try:
        content = reader.read(most + 1)
    except (zstandard.ZstdError, MemoryError) as error:
        raise UserError(f"damaged file: {error}") from None
    if len(content) > most:
        raise UserError(f"damaged file: more than {most:,} bytes")
    return content
