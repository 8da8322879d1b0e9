"""Reading home files with errors a user understands: text, JSON, TOML, YAML and pictures.

Sizes are checked before anything is decoded, so that a wrong file cannot fill the memory.
"""

from __future__ import annotations

import json
import struct
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from homebody.errors import HomeError

FILE_SIZE_MAX_BYTES = 64_000_000
PICTURE_SIDE_MAX_PX = 10_000


def require_file(path: Path) -> None:
    """Raise a `HomeError` unless there is a file of a sensible size."""
    if not path.is_file():
        raise HomeError(path, "file", "missing", "a file that exists and can be read")
    size = path.stat().st_size
    if not 0 < size <= FILE_SIZE_MAX_BYTES:
        raise HomeError(path, "file size", size, f"1 to {FILE_SIZE_MAX_BYTES} bytes")


def read_bytes(path: Path) -> bytes:
    """The whole file."""
    require_file(path)
    try:
        return path.read_bytes()
    except OSError as problem:
        raise HomeError(path, "file", problem.strerror, "a file that can be read") from problem


def read_text(path: Path) -> str:
    """The whole file as UTF-8."""
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as problem:
        raise HomeError(path, "text", str(problem), "UTF-8") from problem


def read_json_object(path: Path) -> dict[str, Any]:
    """The JSON object that a file holds."""
    try:
        data = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError) as problem:
        raise HomeError(path, "text", str(problem), "valid JSON") from problem
    if not isinstance(data, dict):
        raise HomeError(path, "the whole", type(data).__name__, "a JSON object")
    return data


def read_toml(path: Path) -> dict[str, Any]:
    """The table that a TOML file holds."""
    try:
        return tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise HomeError(path, "text", str(problem), "valid TOML") from problem


def read_yaml_mapping(path: Path) -> dict[str, Any]:
    """The mapping that a YAML file holds."""
    try:
        data = yaml.safe_load(read_text(path))
    except (yaml.YAMLError, RecursionError) as problem:
        words = " ".join(str(problem).split())
        raise HomeError(path, "text", words, "valid YAML") from problem
    if not isinstance(data, dict):
        raise HomeError(path, "the whole", type(data).__name__, "a YAML mapping")
    return {str(key): value for key, value in data.items()}


def read_grey_picture(path: Path) -> NDArray[np.uint8]:
    """A picture as grey values (H, W), row 0 on top.

    Raises:
        HomeError: Not a picture, cut short, or of an absurd size.
    """
    data = read_bytes(path)
    _check_picture_size(path, data)
    picture = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise HomeError(path, "picture", "unreadable", "a whole PNG or PGM picture")
    return np.asarray(picture, dtype=np.uint8)


def _check_picture_size(path: Path, data: bytes) -> None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        if len(data) < 33 or b"IEND" not in data[-16:]:
            raise HomeError(path, "picture", "cut short", "a whole PNG picture")
        width, height = struct.unpack(">II", data[16:24])
    elif data[:2] in (b"P5", b"P2"):
        width, height = _pgm_size(path, data)
    else:
        raise HomeError(path, "picture", data[:8], "a PNG or PGM picture")
    if not (1 <= width <= PICTURE_SIDE_MAX_PX and 1 <= height <= PICTURE_SIDE_MAX_PX):
        raise HomeError(
            path, "size", f"{width} x {height} px", f"1 to {PICTURE_SIDE_MAX_PX} px a side"
        )


def _pgm_size(path: Path, data: bytes) -> tuple[int, int]:
    """Width and height in a PGM header; comments run from # to the line's end."""
    lines = (line.split(b"#", 1)[0] for line in data[:4096].split(b"\n"))
    words = b" ".join(lines).split()[:4]
    if len(words) < 4 or not all(word.isdigit() for word in words[1:]):
        raise HomeError(path, "header", data[:24], "a PGM header: P5 width height maximum")
    width, height = int(words[1]), int(words[2])
    if words[0] == b"P5" and len(data) < width * height:
        raise HomeError(path, "picture", "cut short", f"{width * height} bytes of pixels")
    return width, height
