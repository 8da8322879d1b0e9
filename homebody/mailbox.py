"""Mailboxes between processes: the newest value wins and nobody ever waits.

A mailbox is an anonymous piece of shared memory (`memfd`), gone with its last user even when all
are killed. Three slots, each with a sequence number, a length and a checksum: the writer fills the
slot after the newest one, so a reader is disturbed only when it is overtaken twice, and then the
checksum tells and it tries the newer slot. No lock: a process killed at any moment blocks nobody.
Cost: about 10 us plus pickling per call.
"""

from __future__ import annotations

import mmap
import os
import pickle
import struct
import zlib
from multiprocessing import reduction
from typing import Any, Generic, TypeVar

from homebody.errors import HomebodyError

T = TypeVar("T")

_N_SLOTS = 3
_HEADER = struct.Struct("<QII")  # sequence number, length, checksum
_READ_TRIES = 4


class MailboxFullError(HomebodyError):
    """A value is larger than its mailbox."""


class Mailbox(Generic[T]):
    """One sender's newest value; any number of readers, each with its own instance."""

    def __init__(self, name: str, capacity_bytes: int = 1 << 16) -> None:
        self.name = name
        self._capacity = capacity_bytes
        self._attach(os.memfd_create(f"homebody-{name}", os.MFD_CLOEXEC), is_new=True)

    def _attach(self, fd: int, is_new: bool) -> None:
        self._fd = fd
        self._stride = _HEADER.size + self._capacity
        size = _N_SLOTS * self._stride
        if is_new:
            os.ftruncate(fd, size)
        self._memory = mmap.mmap(fd, size)
        self._written = max(self._header(slot)[0] for slot in range(_N_SLOTS))
        self._taken = 0

    def put(self, value: T) -> None:
        """Publish a value.

        Raises:
            MailboxFullError: Its pickle does not fit.
        """
        data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
        if len(data) > self._capacity:
            raise MailboxFullError(
                f"mailbox {self.name}: a value of {len(data)} bytes; allowed: {self._capacity}"
            )
        self._written += 1
        start = (self._written % _N_SLOTS) * self._stride
        body = start + _HEADER.size
        _HEADER.pack_into(self._memory, start, 0, 0, 0)
        self._memory[body : body + len(data)] = data
        _HEADER.pack_into(
            self._memory, start, self._written, len(data), _checksum(data, self._written)
        )

    def take(self) -> T | None:
        """The newest value if this reader has not taken it yet."""
        for _ in range(_READ_TRIES):
            sequence, length, checksum, slot = self._newest()
            if sequence <= self._taken:
                return None
            body = slot * self._stride + _HEADER.size
            data = self._memory[body : body + length]
            if _checksum(data, sequence) == checksum:
                self._taken = sequence
                value: T = pickle.loads(data)
                return value
        return None

    def close(self) -> None:
        """Give this end back; the other ends live on."""
        self._memory.close()
        os.close(self._fd)

    def _header(self, slot: int) -> tuple[int, int, int]:
        sequence, length, checksum = _HEADER.unpack_from(self._memory, slot * self._stride)
        return sequence, min(length, self._capacity), checksum

    def _newest(self) -> tuple[int, int, int, int]:
        return max((*self._header(slot), slot) for slot in range(_N_SLOTS))

    def __getstate__(self) -> dict[str, Any]:
        """Handed to a child process while it is being spawned."""
        return {
            "name": self.name,
            "capacity": self._capacity,
            "fd": reduction.DupFd(self._fd),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.name = state["name"]
        self._capacity = state["capacity"]
        self._attach(state["fd"].detach(), is_new=False)


def _checksum(data: bytes, sequence: int) -> int:
    """Of a value and its number: a header that is half written must not fit an empty value."""
    return zlib.crc32(data, sequence & 0xFFFFFFFF)
