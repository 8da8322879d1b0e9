"""The reference rooms of the public maps: pictures drawn by people, vacuums' segments, room labels.

A reference is a list of masks, for HouseExpo's boxes overlap. Every map is FREE or OCCUPIED, row 0
lowest; what a picture does not show as free is OCCUPIED.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from drivers.simulation.homes.files import read_grey_picture, read_json_object
from drivers.simulation.homes.from_cells import shrink
from drivers.simulation.homes.houseexpo import PIXEL_M, HouseExpoPlan
from drivers.simulation.homes.raster import cells_in_polygon
from drivers.simulation.homes.valetudo import Layer, ValetudoMap
from homebody.errors import HomeError
from homebody.geometry import FloatArray
from homebody.grid import GridSpec
from homebody.settings import parse
from navigation.types import FREE, OCCUPIED, MapSnapshot

BoolGrid = NDArray[np.bool_]

UNFURNISHED, FURNISHED, VALETUDO, HOUSEEXPO = "unfurnished", "furnished", "valetudo", "houseexpo"
SETS = (UNFURNISHED, FURNISHED, VALETUDO, HOUSEEXPO)

_CELL_M = 0.05
_FREE_MIN = 251  # Bormann et al. take grey values over 250 as free
_MARGIN_CELLS = 5
_REFERENCE = "_gt_segmentation.png"
_LABELS = ".roomseg.json"


@dataclass(frozen=True, slots=True)
class Case:
    """One map of one set; `index` counts within the set, so that halves can be told apart."""

    name: str
    kind: str
    path: Path
    index: int


@dataclass(frozen=True, slots=True)
class Reference:
    """A map and the rooms that it has, masks of shape (R, H, W)."""

    snapshot: MapSnapshot
    rooms: BoolGrid


class _RoomLabels(BaseModel):
    """Human labels: the borders of rooms, traced on the outline's own coordinates [m]."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    areas: list[Annotated[list[tuple[float, float]], Field(min_length=3)]]


def find_cases(data: Path) -> list[Case]:
    """Every map with at least two reference rooms below a folder, set by set."""
    pictures = sorted(data.rglob(f"*{_REFERENCE}"))
    found = {
        UNFURNISHED: [_beside(path, ".png") for path in pictures],
        FURNISHED: [_beside(path, "_furnitures.png") for path in pictures],
        VALETUDO: _found(data, "valetudo", _has_segments),
        HOUSEEXPO: _found(data, "houseexpo", _has_labels),
    }
    return [
        Case(f"{kind}/{path.stem}"[:44], kind, path, index)
        for kind in SETS
        for index, path in enumerate(p for p in found[kind] if p.exists())
    ]


def load(case: Case) -> Reference:
    """The map and its rooms."""
    readers = {VALETUDO: _valetudo, HOUSEEXPO: _houseexpo}
    free, rooms, resolution_m = readers.get(case.kind, _picture)(case.path)
    pad = ((0, 0), (_MARGIN_CELLS, _MARGIN_CELLS), (_MARGIN_CELLS, _MARGIN_CELLS))
    free, rooms = np.pad(free, pad[1:]), np.pad(rooms, pad)
    cells = np.where(free, np.uint8(FREE), np.uint8(OCCUPIED))
    spec = GridSpec(0.0, 0.0, resolution_m, *cells.shape)
    return Reference(MapSnapshot(spec, cells, 1), rooms)


def _picture(path: Path) -> tuple[BoolGrid, BoolGrid, float]:
    """Connected white areas of the reference picture, as Bormann et al. read it."""
    free = read_grey_picture(path)[::-1] >= _FREE_MIN
    name = path.name.removesuffix(".png").removesuffix("_furnitures")
    white = read_grey_picture(path.with_name(name + _REFERENCE))[::-1] >= _FREE_MIN
    n, labels = cv2.connectedComponents(np.ascontiguousarray(white).astype(np.uint8), None, 8)
    return free, _masks(np.asarray(labels, dtype=np.int32), n), _CELL_M


def _valetudo(path: Path) -> tuple[BoolGrid, BoolGrid, float]:
    """Each segment of the vendor is a room; floor without a segment is free but no room."""
    found = parse(ValetudoMap, read_json_object(path), path, HomeError)
    pixels = [_pixels(layer) for layer in found.layers]
    low = np.concatenate(pixels).min(axis=0)
    shape = tuple(int(n) for n in (np.concatenate(pixels).max(axis=0) - low + 1)[::-1])
    labels, free = np.zeros(shape, np.int32), np.zeros(shape, np.bool_)
    n = 1
    for layer, part in zip(found.layers, pixels, strict=True):
        rows, cols = (part - low).T[::-1]
        free[rows, cols] |= layer.type in {"floor", "segment"}
        if layer.type == "segment":
            labels[rows, cols] = n
            n += 1
    for layer, part in zip(found.layers, pixels, strict=True):
        if layer.type == "wall":
            free[tuple((part - low).T[::-1])] = False
    return free[::-1], _masks(labels[::-1], n), found.pixelSize / 100.0


def _houseexpo(path: Path) -> tuple[BoolGrid, BoolGrid, float]:
    """Rooms from human labels where there are some, else from the boxes of the categories."""
    plan = parse(HouseExpoPlan, read_json_object(path), path, HomeError)
    verts = np.array(plan.verts)
    low = verts.min(axis=0)
    n_cols, n_rows = (int(n) for n in np.ceil(np.ptp(verts, axis=0) / PIXEL_M) + 1)
    fine = cells_in_polygon(GridSpec(0.0, 0.0, PIXEL_M, n_rows, n_cols), verts - low)
    free, resolution_m = shrink(fine, PIXEL_M)
    spec = GridSpec(0.0, 0.0, resolution_m, *free.shape)
    labels = path.with_name(path.stem + _LABELS)
    outlines = _labelled(labels) if labels.exists() else _boxes(plan)
    rooms = np.stack([cells_in_polygon(spec, outline - low) & free for outline in outlines])
    return free, rooms, resolution_m


def _labelled(path: Path) -> list[FloatArray]:
    found = parse(_RoomLabels, read_json_object(path), path, HomeError)
    return [np.array(area) for area in found.areas]


def _boxes(plan: HouseExpoPlan) -> list[FloatArray]:
    """Corners (4, 2) of each box once: a kitchen that is an office, too, is one room."""
    boxes = {box for boxes in plan.room_category.values() for box in boxes}
    return [np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) for x0, y0, x1, y1 in sorted(boxes)]


def _pixels(layer: Layer) -> NDArray[np.int64]:
    """All pixels (N, 2) of a layer as (x, y)."""
    singles = np.array(layer.pixels, dtype=np.int64).reshape(-1, 2)
    runs = np.array(layer.compressedPixels, dtype=np.int64).reshape(-1, 3)
    n = runs[:, 2]
    x = np.repeat(runs[:, 0] - (np.cumsum(n) - n), n) + np.arange(n.sum())
    return np.concatenate([singles, np.stack([x, np.repeat(runs[:, 1], n)], axis=-1)])


def _masks(labels: NDArray[np.int32], n: int) -> BoolGrid:
    return np.stack([labels == label for label in range(1, n)])


def _found(data: Path, folder: str, is_good: object) -> list[Path]:
    assert callable(is_good)
    paths = sorted(p for p in data.rglob("*.json") if folder in p.parts)
    return [p for p in paths if not p.name.endswith(_LABELS) and is_good(p)]


def _has_segments(path: Path) -> bool:
    try:
        found = parse(ValetudoMap, read_json_object(path), path, HomeError)
    except HomeError:
        return False
    return sum(layer.type == "segment" for layer in found.layers) > 1


def _has_labels(path: Path) -> bool:
    try:
        plan = parse(HouseExpoPlan, read_json_object(path), path, HomeError)
    except HomeError:
        return False
    return path.with_name(path.stem + _LABELS).exists() or len(_boxes(plan)) > 1


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name.removesuffix(_REFERENCE) + ending)
