"""ValetudoMap files, which robot vacuums make of real homes, with their rooms and chargers.

Source: https://valetudo.cloud (ValetudoMap, versions 1 and 2). Pixels count from the upper left
with y down; here they are flipped, and the origin is the lower left corner of all pixels' bounding
box. Cost: 0.1 to 0.5 s.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from drivers.simulation.homes.from_cells import (
    CELL_M,
    CELLS_MAX,
    SIDE_MAX_M,
    CellPlan,
    home_from_cells,
    numbered,
    shrink,
)
from drivers.simulation.homes.home import Home, NamedRoom
from homebody.errors import HomeError
from homebody.geometry import SE2, FloatArray
from homebody.grid import GridSpec
from homebody.settings import parse

IntPixels = NDArray[np.int64]

Pixel = Annotated[int, Field(ge=-100_000, le=100_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class LayerMetaData(_Part):
    """What a layer says of itself."""

    segmentId: str | int | None = None
    name: str | None = None


class Layer(_Part):
    """Pixels of floor, segment or wall: (x, y) pairs, or runs (x, y, n) to the right."""

    type: str
    pixels: list[Pixel] = Field(default_factory=list)
    compressedPixels: list[Pixel] = Field(default_factory=list)
    metaData: LayerMetaData = LayerMetaData()


class EntityMetaData(_Part):
    """Where an entity faces: degrees clockwise from the picture's top."""

    angle: Annotated[float, Field(ge=-720.0, le=720.0)] | None = None


class Entity(_Part):
    """A thing on the map; points are in centimetres."""

    type: str
    points: list[Annotated[float, Field(ge=-1e6, le=1e6)]] = Field(default_factory=list)
    metaData: EntityMetaData = EntityMetaData()


class ValetudoMap(_Part):
    """The part of a ValetudoMap that makes a home; the rest is left alone."""

    pixelSize: Annotated[float, Field(ge=0.5, le=50.0)]
    layers: Annotated[list[Layer], Field(min_length=1)]
    entities: list[Entity] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the home's origin lies on the map: the pixel (x, y) of the lower left cell."""

    x_px: int
    y_px: int
    pixel_m: float

    def cells_rc(self, pixels: IntPixels) -> IntPixels:
        return np.stack([self.y_px - pixels[:, 1], pixels[:, 0] - self.x_px], axis=-1)

    def pose(self, entity: Entity) -> SE2:
        x = entity.points[0] / 100.0 - self.x_px * self.pixel_m
        y = (self.y_px + 1) * self.pixel_m - entity.points[1] / 100.0
        angle = entity.metaData.angle
        return SE2(x, y, 0.0 if angle is None else math.pi / 2.0 - math.radians(angle)).wrapped()


def load_valetudo(data: dict[str, Any], path: Path) -> Home:
    """Floor and segments are free, walls and the unknown solid; the charger is dock and start.

    A charger stands against a wall, where a longer robot has no room to turn: the dock is moved to
    the nearest roomy place. Without a charger the start is the vacuum's last position.

    Raises:
        HomeError: A bad field, an absurd size, or no room for a robot.
    """
    found = parse(ValetudoMap, data, path, HomeError)
    pixels = [_pixels(layer, f"layers.{i}", path) for i, layer in enumerate(found.layers)]
    everything = np.concatenate(pixels)
    if not len(everything):
        raise HomeError(path, "layers", "no pixels", "floor or segments with pixels")
    low, size = everything.min(axis=0), np.ptp(everything, axis=0) + 1
    pixel_m = found.pixelSize / 100.0
    if size.max() > CELLS_MAX or size.max() * pixel_m > SIDE_MAX_M:
        allowed = f"at most {CELLS_MAX} pixels and {SIDE_MAX_M:g} m a side"
        raise HomeError(path, "layers", f"{size[0]} x {size[1]} pixels", allowed)
    frame = _Frame(int(low[0]), int(low[1] + size[1] - 1), pixel_m)
    shape = (int(size[1]), int(size[0]))
    free = np.zeros(shape, dtype=bool)
    for kinds, value in ((("floor", "segment"), True), (("wall",), False)):
        for layer, part in zip(found.layers, pixels, strict=True):
            if layer.type in kinds:
                free[tuple(frame.cells_rc(part).T)] = value
    cells, resolution_m = shrink(free, pixel_m)
    dock = _entity(found, "charger_location", frame, path)
    return home_from_cells(
        CellPlan(
            path,
            cells,
            GridSpec(0.0, 0.0, resolution_m, *cells.shape),
            rooms=_rooms(found, pixels, frame, shape),
            start=None if dock else _entity(found, "robot_position", frame, path),
            dock=dock,
            faces_dock_to_room=dock is not None and not _has_heading(found, "charger_location"),
        )
    )


def _pixels(layer: Layer, field: str, path: Path) -> IntPixels:
    """All pixels (N, 2) of a layer as (x, y)."""
    if len(layer.pixels) % 2:
        raise HomeError(path, f"{field}.pixels", f"{len(layer.pixels)} numbers", "pairs x, y")
    if len(layer.compressedPixels) % 3:
        found = f"{len(layer.compressedPixels)} numbers"
        raise HomeError(path, f"{field}.compressedPixels", found, "triples x, y, n")
    singles = np.array(layer.pixels, dtype=np.int64).reshape(-1, 2)
    runs = np.array(layer.compressedPixels, dtype=np.int64).reshape(-1, 3)
    n = runs[:, 2]
    if len(runs) and (n.min() < 1 or n.max() > CELLS_MAX or n.sum() > CELLS_MAX**2):
        worst = int(n.min() if n.min() < 1 else n.max())
        allowed = f"runs of 1 to {CELLS_MAX} pixels"
        raise HomeError(path, f"{field}.compressedPixels", worst, allowed)
    starts = np.cumsum(n) - n
    x = np.repeat(runs[:, 0] - starts, n) + np.arange(n.sum())
    return np.concatenate([singles, np.stack([x, np.repeat(runs[:, 1], n)], axis=-1)])


def _entity(found: ValetudoMap, kind: str, frame: _Frame, path: Path) -> SE2 | None:
    for index, entity in enumerate(found.entities):
        if entity.type == kind:
            if len(entity.points) != 2:
                raise HomeError(path, f"entities.{index}.points", entity.points, "x, y in cm")
            return frame.pose(entity)
    return None


def _has_heading(found: ValetudoMap, kind: str) -> bool:
    first = next(entity for entity in found.entities if entity.type == kind)
    return first.metaData.angle is not None


def _rooms(
    found: ValetudoMap, pixels: Iterable[IntPixels], frame: _Frame, shape: tuple[int, int]
) -> tuple[NamedRoom, ...]:
    """Segments by their numbers; those without a name become "room 1", "room 2" and so on."""
    segments = [
        (layer.metaData, part)
        for layer, part in zip(found.layers, pixels, strict=True)
        if layer.type == "segment" and len(part)
    ]
    segments.sort(key=lambda segment: _by_number(str(segment[0].segmentId or "")))
    names: list[str] = []
    n_unnamed = 0
    for about, _ in segments:
        name = (about.name or "").strip()
        n_unnamed += not name
        names.append(name or f"room {n_unnamed}")
    return tuple(
        NamedRoom(name, _outline(frame.cells_rc(part), shape, frame.pixel_m))
        for name, (_, part) in zip(numbered(names), segments, strict=True)
    )


def _by_number(identity: str) -> tuple[int, str]:
    return (int(identity), "") if identity.isdecimal() else (10**9, identity)


def _outline(cells_rc: IntPixels, shape: tuple[int, int], pixel_m: float) -> FloatArray:
    """Outline [m] (P, 2) of the largest connected part, true to a cell."""
    mask = np.zeros(shape, dtype=np.uint8)
    mask[tuple(cells_rc.T)] = 1
    # Two pixels a side, so that the contour runs just a quarter cell inside the room's edge.
    fine = np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)
    contours, _ = cv2.findContours(fine, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    largest = max(contours, key=lambda contour: (cv2.contourArea(contour), len(contour)))
    simple = np.asarray(cv2.approxPolyDP(largest, CELL_M / pixel_m, True)).reshape(-1, 2)
    if len(simple) < 3:
        (x0, y0), (x1, y1) = largest.min(axis=(0, 1)), largest.max(axis=(0, 1))
        simple = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return (simple.astype(np.float64) + 0.5) * pixel_m / 2.0
