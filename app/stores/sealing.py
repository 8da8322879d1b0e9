"""Seals bytes so that only who has the key can read them, and nobody can change or swap them.

AES-256 in Galois/counter mode (NIST SP 800-38D) with a random nonce of 96 bits. What the file says
in the open about itself (which map, which version, which key) is authenticated with the content: a
file that is cut, changed, or renamed to pass for another is refused.
"""

from __future__ import annotations

import secrets
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Field, ValidationError

from app.stores.map_keys import KeyRing
from homebody.errors import StoreError
from homebody.settings import Settings

_MAGIC = b"HOMEBODY MAP\n"
_LENGTH = struct.Struct(">I")
_LABEL_MAX = 4096
_NONCE_BYTES = 12


class Label(Settings):
    """What a sealed file says in the open."""

    map: str = Field(pattern=r"^[0-9a-f]{8}$")
    version: int = Field(ge=1)
    saved_s: float = Field(ge=0.0, description="wall clock")
    key: str = Field(pattern=r"^[0-9a-f]{12}$")


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file read but not opened yet."""

    label: Label
    head: bytes
    nonce: bytes
    body: bytes


def seal(content: bytes, map_id: str, version: int, saved_s: float, ring: KeyRing) -> bytes:
    """The bytes of a file."""
    label = Label(map=map_id, version=version, saved_s=saved_s, key=ring.current.identity)
    text = label.model_dump_json().encode()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    head = _MAGIC + _LENGTH.pack(len(text)) + text
    return head + nonce + AESGCM(ring.current.value).encrypt(nonce, content, head)


def read_label(data: bytes) -> Sealed:
    """Take a file apart; nothing of it can be trusted yet.

    Raises:
        StoreError: It is no sealed map, or cut within its label.
    """
    start = len(_MAGIC) + _LENGTH.size
    if not data.startswith(_MAGIC):
        raise StoreError("it is no map of Homebody, or its beginning is damaged")
    if len(data) < start:
        raise StoreError("it is cut short")
    (length,) = _LENGTH.unpack_from(data, len(_MAGIC))
    end = start + length
    if length > _LABEL_MAX or len(data) < end + _NONCE_BYTES:
        raise StoreError("it is cut short or its label is damaged")
    try:
        label = Label.model_validate_json(data[start:end])
    except ValidationError as problem:
        raise StoreError("its label is damaged") from problem
    nonce_end = end + _NONCE_BYTES
    return Sealed(label, data[:end], data[end:nonce_end], data[nonce_end:])


def unseal(sealed: Sealed, map_id: str, version: int, ring: KeyRing) -> bytes:
    """The content, if it is what it should be.

    Raises:
        StoreError: A key that is not on the ring, or a file that was changed, cut or swapped.
    """
    label = sealed.label
    if (label.map, label.version) != (map_id, version):
        raise StoreError(
            f"it is version {label.version} of map {label.map} under a wrong name:"
            " somebody has swapped files"
        )
    key = ring.find(label.key)
    if key is None:
        have = ", ".join(key.identity for key in ring.keys)
        raise StoreError(f"it needs the key {label.key}; {ring.source} has {have}")
    try:
        return AESGCM(key.value).decrypt(sealed.nonce, sealed.body, sealed.head)
    except InvalidTag as problem:
        raise StoreError("it is damaged or somebody has changed it") from problem
