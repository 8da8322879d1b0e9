"""Replaces a file as a whole: after a power cut at any moment it is the old one or the new one."""

from __future__ import annotations

import os
from pathlib import Path

_SUFFIX = ".new"


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put `data` in place of a file; it is on the disk when this returns. Waits for the disk.

    Raises:
        OSError: It could not; the old file is as it was.
    """
    new = path.with_name(path.name + _SUFFIX)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, mode)
        file.write(data)
        file.flush()
        os.fsync(fd)
    new.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Wait until a file or the entries of a folder are on the disk."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
