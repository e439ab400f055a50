"""What a file is if it is surely no program: a picture, a text, an archive … by its first bytes."""

from __future__ import annotations

#: What files begin with; ``?`` stands for any byte.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8?a", "a picture (GIF)"),
    (b"BM????\0\0\0\0", "a picture (BMP)"),
    (b"RIFF????WEBP", "a picture (WebP)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"\0\0\1\0", "a picture (icon)"),
    (b"8BPS", "a picture (Photoshop)"),
    (b"qoif", "a picture (QOI)"),
    (b"RIFF????WAVE", "sound (WAV)"),
    (b"ID3", "sound (MP3)"),
    (b"\xff\xfb", "sound (MP3)"),
    (b"fLaC", "sound (FLAC)"),
    (b"OggS", "sound or video (Ogg)"),
    (b"MThd", "music (MIDI)"),
    (b"RIFF????AVI ", "video (AVI)"),
    (b"\x1aE\xdf\xa3", "video (Matroska)"),
    (b"????ftyp", "video or a picture (MP4, HEIF)"),
    (b"PK\3\4", "a zip"),
    (b"PK\5\6", "a zip"),
    (b"\x1f\x8b", "an archive (gzip)"),
    (b"BZh", "an archive (bzip2)"),
    (b"\xfd7zXZ\0", "an archive (xz)"),
    (b"\x28\xb5\x2f\xfd", "an archive (zstandard)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!\x1a\7", "an archive (RAR)"),
    (b"%PDF-", "a document (PDF)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document (Office)"),
    (b"SQLite format 3\0", "a database (SQLite)"),
    (b"\x7fELF", "a program for another computer (ELF)"),
    (b"MZ", "a program for another computer (DOS, Windows)"),
    (b"\xcf\xfa\xed\xfe", "a program for another computer (Mach-O)"),
    (b"\xca\xfe\xba\xbe", "a program for another computer (Java, Mach-O)"),
    (b"\0asm", "a program for another computer (WebAssembly)"),
    (b"\x89EMU\r\n\x1a\n", "a saved state, or a recording of a run"),
)

#: Control characters that texts have.
_SPACES = frozenset(b"\t\n\r\f\x1a\x1b")
#: Bytes from which on a text is told from a program, different ones among them, and bytes of a text
#: in an 8-bit alphabet.
_TEXT_LEAST, _OTHERS_LEAST, _ALPHABET_LEAST = 4, 3, 8


def foreign(data: bytes) -> str:
    """What *data*, a file's contents or its first bytes, are; nothing if they may be a program."""
    if not data:
        return "an empty file"
    for beginning, what in _BEGINNINGS:
        head = data[: len(beginning)]
        if len(head) == len(beginning) and all(
            want in (have, ord("?")) for have, want in zip(head, beginning, strict=True)
        ):
            return what
    return "text" if _is_text(data) else ""


def _is_text(data: bytes) -> bool:
    """Whether *data* are text, in UTF-8, UTF-16 with its mark, or an 8-bit alphabet."""
    if len(data) < _TEXT_LEAST or len(set(data)) < _OTHERS_LEAST:
        return False
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            text = data[: len(data) & ~1].decode("utf-16")
        except UnicodeDecodeError:
            return False
        return all(c.isprintable() or ord(c) in _SPACES for c in text)
    if any((b < 32 and b not in _SPACES) or b == 127 for b in data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        alphabet = len(data) >= _ALPHABET_LEAST and not any(128 <= b < 160 for b in data)
        return alphabet and sum(b > 127 for b in data) * 3 < len(data)
    return True
