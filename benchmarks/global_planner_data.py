"""What the global planner is measured on: public grid maps with problems, and homes at 5 cm.

A grid map of the Moving AI Lab keeps its rows, the first at the top: lengths do not care. A home is
what a robot would know of it: floor that it can reach, and what stands around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.simulation.homes.load import default_home_path, load_home
from drivers.simulation.homes.raster import reachable_free_area, solid_grid
from homebody.errors import HomeError
from homebody.messages import default_body
from navigation.rooms.segmentation import segment
from navigation.types import FREE, OCCUPIED, UNKNOWN, MapSnapshot

BoolGrid = NDArray[np.bool_]
Cell = tuple[int, int]

GRID, HOME = "grid", "home"
_PASSABLE = ".GS"
_SEEN_CELLS = 2  # how deep into a wall the map goes
_FOLDERS = (
    ("valetudo", ("*.json",)),
    ("ros_maps", ("*map.yaml", "*house.yaml", "*world.yaml")),
    ("houseexpo", ("*.json", "*.png")),
)


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    kind: str
    path: Path
    seed: int


@dataclass(frozen=True, slots=True)
class Problem:
    """From a cell to a cell (row, column), with the length published for it [cells]."""

    start_rc: Cell
    goal_rc: Cell
    optimum: float


def find_cases(data: Path | None, seed: int) -> list[Case]:
    """Grid maps and homes below a folder, and the default home, in turns."""
    scenarios = sorted(data.rglob("*.scen")) if data else []
    grids = [Case(f"{p.parent.name}/{p.name}"[:40], GRID, p, seed) for p in scenarios]
    homes = [default_home_path()]
    for folder, patterns in _FOLDERS if data else ():
        assert data is not None
        found = {p for pattern in patterns for p in data.rglob(pattern) if folder in p.parts}
        homes += sorted(p for p in found if not p.name.endswith(".roomseg.json"))
    cases = [Case(f"{p.parent.name}/{p.stem}"[:40], HOME, p, seed) for p in homes]
    n = max(len(grids), len(cases))
    return [case for i in range(n) for case in (*grids[i : i + 1], *cases[i : i + 1])]


def load_grid(scenario: Path) -> tuple[BoolGrid, list[Problem]]:
    """Where a point may be, shape (H, W), and the problems that have a way of some length."""
    lines = scenario.with_suffix("").read_text().splitlines()
    first = lines.index("map") + 1
    is_open = np.array([[c in _PASSABLE for c in line.strip()] for line in lines[first:] if line])
    problems = []
    for line in scenario.read_text().splitlines()[1:]:
        if line.strip():
            x0, y0, x1, y1, optimum = line.split("\t")[4:9]
            problem = Problem((int(y0), int(x0)), (int(y1), int(x1)), float(optimum))
            problems += [problem] if problem.optimum > 0.0 else []
    if not problems:
        raise HomeError(scenario, "problems", 0, "at least one with a length above 0")
    return is_open, problems


def load_map(path: Path) -> MapSnapshot:
    """The map of a home as the robot would make it: reachable floor, its borders, else UNKNOWN."""
    home = load_home(path)
    spec, solid = solid_grid(home)
    floor = reachable_free_area(spec, solid, home.start, default_body().inscribed_radius_m)
    size = 2 * _SEEN_CELLS + 1
    seen = cv2.dilate(floor.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    cells = np.full(spec.shape, UNKNOWN, dtype=np.uint8)
    cells[solid & seen] = OCCUPIED
    cells[floor] = FREE
    return MapSnapshot(spec, cells, 1)


def room_cells(
    snapshot: MapSnapshot, is_allowed: BoolGrid, rng: np.random.Generator, n_least: int
) -> list[Cell]:
    """A random allowed cell of each room, and of the whole where there are too few rooms."""
    labels = segment(snapshot).labels
    rooms = [np.argwhere(is_allowed & (labels == n)) for n in range(1, int(labels.max()) + 1)]
    rooms = [cells for cells in rooms if len(cells)]
    if rooms and len(rooms) < n_least:
        rooms += [np.argwhere(is_allowed)] * (n_least - len(rooms))
    chosen = [cells[rng.integers(len(cells))] for cells in rooms]
    return [(int(row), int(col)) for row, col in chosen]
