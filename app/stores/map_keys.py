"""The keys that seal maps: from the environment, or from a file that only its owner can read.

Either holds one key a line (or separated by commas), 32 bytes in base64 each: the first seals, all
of them open, so that a key can be changed without a moment in which a map cannot be read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.stores.atomic import replace_file
from homebody.errors import ConfigError, StoreError

ENVIRONMENT_NAME = "HOMEBODY_MAP_KEYS"
FILE_NAME = "map.keys"
_KEY_BYTES = 32
_ALLOWED = f"keys of {_KEY_BYTES} bytes in base64, one a line or separated by commas"
_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class MapKey:
    """A key of AES-256 and the short word by which a file says which key it needs."""

    value: bytes = field(repr=False)

    @property
    def identity(self) -> str:
        """Tells keys apart and nothing of the key."""
        return hashlib.sha256(b"homebody map key " + self.value).hexdigest()[:12]

    def as_text(self) -> str:
        return base64.b64encode(self.value).decode()


def new_key() -> MapKey:
    """A key that nobody has."""
    return MapKey(secrets.token_bytes(_KEY_BYTES))


@dataclass(frozen=True, slots=True)
class KeyRing:
    """At least one key; the first one seals.

    Attributes:
        source: Where they came from, for errors.
    """

    keys: tuple[MapKey, ...]
    source: str

    @property
    def current(self) -> MapKey:
        return self.keys[0]

    def find(self, identity: str) -> MapKey | None:
        """The key with this identity, if it is on the ring."""
        return next((key for key in self.keys if key.identity == identity), None)


def load_keys(folder: Path, environment: Mapping[str, str]) -> KeyRing:
    """The keys; a file with a new one is made where there are none yet.

    Raises:
        ConfigError: The environment or the file holds something that is no key.
        StoreError: The file cannot be read or made, or others than its owner can read it.
    """
    given = environment.get(ENVIRONMENT_NAME, "")
    if given.strip():
        return KeyRing(_parsed(given, "environment", ENVIRONMENT_NAME), ENVIRONMENT_NAME)
    path = folder / FILE_NAME
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise StoreError(
                f"{path}: rights are {mode:o}; allowed: 600, for its owner alone:"
                " whoever could read it can read the maps"
            )
        text = path.read_text("ascii", errors="replace")
    except FileNotFoundError:
        ring = KeyRing((new_key(),), str(path))
        write_keys(folder, ring)
        return ring
    except OSError as problem:
        raise StoreError(f"{path}: {problem.strerror}") from problem
    return KeyRing(_parsed(text, str(path), "keys"), str(path))


def write_keys(folder: Path, ring: KeyRing) -> None:
    """Put the file of keys in place of the old one, at once and with its owner's rights alone."""
    text = "".join(f"{key.as_text()}\n" for key in ring.keys)
    try:
        replace_file(folder / FILE_NAME, text.encode(), mode=_OWNER_ONLY)
    except OSError as problem:
        raise StoreError(f"{folder / FILE_NAME}: {problem.strerror}") from problem


def is_from_environment(environment: Mapping[str, str]) -> bool:
    """Whether keys are given there, so that no file of them is kept."""
    return bool(environment.get(ENVIRONMENT_NAME, "").strip())


def _parsed(text: str, source: str, name: str) -> tuple[MapKey, ...]:
    words = [word for word in re.split(r"[\s,]+", text) if word]
    if not words:
        raise ConfigError(source, name, "nothing", _ALLOWED)
    return tuple(_key(word, number, source, name) for number, word in enumerate(words, 1))


def _key(word: str, number: int, source: str, name: str) -> MapKey:
    """One key; an error tells which, and never what it was."""
    try:
        value = base64.b64decode(word, validate=True)
    except binascii.Error as problem:
        raise ConfigError(source, name, f"no base64 in key {number}", _ALLOWED) from problem
    if len(value) != _KEY_BYTES:
        raise ConfigError(source, name, f"{len(value)} bytes in key {number}", _ALLOWED)
    return MapKey(value)
