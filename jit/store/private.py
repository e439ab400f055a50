"""Folders and files that are this user's, and that nobody else may write.

A folder is opened, then looked at, and everything in it is reached through what was opened: nobody
can put another in its place between the look and the use.  Hosts without owners (Windows) keep
users apart by their folders' access lists; there only the kinds of files are looked at.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import grp
    import pwd

#: Whether files have owners here, and folders can be reached by what was opened.
OWNED = hasattr(os, "geteuid") and os.open in os.supports_dir_fd
#: Components and links of a path that are followed.
_STEPS = 256
_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FLAGS = sum(getattr(os, f"O_{name}", 0) for name in ("NOFOLLOW", "NONBLOCK", "CLOEXEC", "BINARY"))
#: Folders, by their paths, whose way has been looked at: device and inode.
_known: dict[Path, tuple[int, int]] = {}


class Refused(OSError):
    """Somebody else may have had a hand in it; the text says who or what."""


class Folder:
    """A folder that is open: see :func:`folder`."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self.path = path
        self._descriptor = descriptor

    def open(self, name: str, flags: int) -> int:
        """A descriptor of the file *name*, which is regular and this user's."""
        descriptor = os.open(self._at(name), flags | _FLAGS, 0o600, dir_fd=self._descriptor)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Refused(f"{self.path / name} is no file")
            if OWNED and (status.st_uid != os.geteuid() or status.st_mode & _OTHERS):
                raise Refused(f"others may write {self.path / name}")
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def read(self, name: str, most: int) -> bytes:
        """The bytes of the file *name*, which are *most* at most."""
        descriptor = self.open(name, os.O_RDONLY)
        with open(descriptor, "rb") as file:
            if os.fstat(descriptor).st_size > most:
                raise Refused(f"{self.path / name} is too large")
            return file.read(most)

    def replace(self, name: str, new_name: str) -> None:
        """Let the file *name* take the name and the place of another."""
        at = self._descriptor
        os.replace(self._at(name), self._at(new_name), src_dir_fd=at, dst_dir_fd=at)

    def remove(self, name: str) -> None:
        """Remove the file *name*."""
        os.unlink(self._at(name), dir_fd=self._descriptor)

    def names(self) -> list[str]:
        """All names in it."""
        return os.listdir(self.path if self._descriptor is None else self._descriptor)

    def status(self, name: str) -> os.stat_result:
        """Size and times of a file; a link's own."""
        return os.stat(self._at(name), dir_fd=self._descriptor, follow_symlinks=False)

    def touch(self, name: str) -> None:
        """The file *name* was used just now."""
        os.utime(self._at(name), dir_fd=self._descriptor)

    def _at(self, name: str) -> str:
        return name if self._descriptor is not None else os.path.join(self.path, name)


@contextlib.contextmanager
def folder(path: Path, *, make: bool = False, group: bool = False) -> Iterator[Folder]:
    """The folder at *path*, open; made if told, and if there is none.

    In a *group* of the user alone, members may write it: what other programs made may be so.
    Raises :class:`Refused` where somebody else may write it or put another in its place, and other
    :class:`OSError` where it cannot be opened or made.
    """
    path = path.absolute()
    if make:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not OWNED:
        if not path.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        yield Folder(path, None)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if status.st_uid != os.geteuid():
            raise Refused(f"{path} belongs to another user")
        if others_write(status, group=group):
            raise Refused(f"others may write to {path} (chmod go-w it, if what is there is yours)")
        identity = status.st_dev, status.st_ino
        if _known.get(path) != identity:
            reached = _walk(path)
            if (reached.st_dev, reached.st_ino) != identity:
                raise Refused(f"{path} has just become another folder")
            _known[path] = identity
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)


def _walk(path: Path) -> os.stat_result:
    """Follow *path* as the system does: nobody else may change where it leads."""
    here, ahead = path.anchor, deque(path.parts[1:])
    status = os.stat(here)
    for _ in range(_STEPS):
        if not ahead:
            return status
        if others_write(status, group=True) and not status.st_mode & stat.S_ISVTX:
            raise Refused(f"others may write to {here}, and so replace {path}")
        name = ahead.popleft()
        if name == "..":
            here = os.path.dirname(here)
            status = os.stat(here)
            continue
        there = os.path.join(here, name)
        found = os.lstat(there)
        if found.st_uid not in (0, os.geteuid()):
            raise Refused(f"another user's {there} leads to {path}")
        if stat.S_ISLNK(found.st_mode):
            target = Path(os.readlink(there))
            if target.is_absolute():
                here, status = target.anchor, os.stat(target.anchor)
            ahead.extendleft(reversed(target.parts[target.is_absolute() :]))
        else:
            here, status = there, found
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def others_write(status: os.stat_result, *, group: bool) -> bool:
    """Whether anybody but the owner may write; not so a *group* that only the user is in."""
    if status.st_mode & stat.S_IWOTH:
        return True
    return bool(status.st_mode & stat.S_IWGRP) and not (group and _is_own(status.st_gid))


def _is_own(gid: int) -> bool:
    """Whether the group is of the kind that has its user's name, and no other member."""
    try:
        user, members = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:  # a container's user may have no name
        return False
    mine = user.pw_gid == gid and members.gr_name == user.pw_name
    return mine and set(members.gr_mem) <= {user.pw_name}
