"""The BARN worlds: cylinders to drive through without a map, with the length of a reference path.

Perille, Truong, Xiao, Stone, "Benchmarking metric ground navigation" (SSRR 2020); the public
original is github.com/Daffan/the-barn-challenge.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from drivers.simulation.homes.home import Cylinder, Home
from homebody.errors import InputError
from homebody.geometry import SE2, FloatArray

START = SE2(-2.25, 3.0, 1.57)
GOAL_XY_M = (-2.25, 13.0)
_BOUNDS_M = (-7.0, -2.0, 2.5, 15.0)
_HEIGHT_M = 1.0
_FIELDS = ("world_id", "cylinders", "offsets", "path_length_m")
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class BarnWorld:
    """Attributes: cylinders: x, y, radius [m], shape (N, 3)."""

    identity: int
    cylinders: FloatArray
    reference_m: float

    @property
    def name(self) -> str:
        return f"barn-{self.identity:03d}"

    def home(self) -> Home:
        """The world as a home without walls."""
        cylinders = tuple(
            Cylinder(float(x), float(y), float(radius), 0.0, _HEIGHT_M, "cylinder")
            for x, y, radius in self.cylinders
        )
        return Home(self.name, (), _BOUNDS_M, START, cylinders)


def load_worlds(data: Path) -> list[BarnWorld]:
    """All worlds of every `barn.npz` below a folder, in an order of which any beginning is mixed.

    Raises:
        InputError: A file is no set of BARN worlds.
    """
    worlds = [world for path in sorted(data.rglob("barn.npz")) for world in _read(path)]
    return sorted(worlds, key=lambda world: (world.identity * _GOLDEN % 1.0, world.identity))


def _read(path: Path) -> list[BarnWorld]:
    with np.load(path) as file:
        missing = [name for name in _FIELDS if name not in file]
        if missing:
            raise InputError(path, "arrays", ", ".join(missing) + " missing", ", ".join(_FIELDS))
        identities, cylinders, offsets, lengths_m = (file[name] for name in _FIELDS)
    if len(offsets) != len(identities) + 1 or len(lengths_m) != len(identities):
        raise InputError(path, "offsets", len(offsets), "one more than world_id has")
    return [
        BarnWorld(
            int(identities[i]),
            cylinders[offsets[i] : offsets[i + 1]].astype(np.float64),
            float(lengths_m[i]),
        )
        for i in range(len(identities))
    ]
