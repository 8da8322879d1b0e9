"""A map for ROS: a yaml file beside a pgm picture, as map_server and Nav2 read them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import yaml

from homebody.errors import InputError
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

_GREY = {FREE: 254, UNKNOWN: 205, OCCUPIED: 0}
_FREE_THRESH, _OCCUPIED_THRESH = 0.196, 0.65


def write_ros_map(snapshot: MapSnapshot, yaml_path: Path) -> Path:
    """Write `yaml_path` and the picture beside it; returns the picture's path.

    Raises:
        InputError: A file cannot be written.
    """
    picture_path = yaml_path.with_suffix(".pgm")
    grey = np.zeros(3, np.uint8)
    for cell_class, value in _GREY.items():
        grey[cell_class] = value
    spec = snapshot.spec
    settings = {
        "image": picture_path.name,
        "mode": "trinary",
        "resolution": spec.resolution_m,
        "origin": [spec.origin_x_m, spec.origin_y_m, 0.0],
        "negate": 0,
        "occupied_thresh": _OCCUPIED_THRESH,
        "free_thresh": _FREE_THRESH,
    }
    done, data = cv2.imencode(".pgm", np.ascontiguousarray(np.flipud(grey[snapshot.cells])))
    if not done:
        raise InputError(picture_path, "picture", snapshot.cells.shape, "a map of a normal size")
    try:
        picture_path.write_bytes(data.tobytes())
        yaml_path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    except OSError as problem:
        raise InputError(yaml_path, "file", problem.strerror, "a folder to write to") from problem
    return picture_path
