"""The inner loops over cells, compiled: evidence, classes, low things and the local window.

Their NumPy forms, which say the same more slowly, are kept in the tests as references. Arrays are
C-contiguous, floats are float64 unless said otherwise; nothing is checked here.
Cost: 10 to 100 us each; the first call ever compiles for about a second, then a cache is read.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.compiled import compiled
from navigation.types import FREE, OCCUPIED, UNKNOWN

BoolArray = NDArray[np.bool_]
_GAP_MAX_RAD = 0.12  # wider gaps between neighbouring beams see nothing


@compiled
def class_of(evidence: int, low: int, occupied_from: int, low_from: int) -> int:
    """OCCUPIED from enough evidence on, of either kind; FREE below zero."""
    if evidence >= occupied_from or low >= low_from:
        return OCCUPIED
    return FREE if evidence < 0 else UNKNOWN


@compiled
def add_evidence(
    evidence: NDArray[np.int16],
    values: NDArray[np.float32],
    has_any: NDArray[np.uint8],
    carved: NDArray[np.uint8],
    corner_rc: tuple[int, int],
    hit_flat: NDArray[np.intp],
    hit_miss: tuple[int, int],
    limits: tuple[int, int],
) -> None:
    """Raise the cells that were hit, lower the carved others; what is empty has no surface.

    Args:
        evidence: Shape (H, W), changed.
        values: Of the surfaces, shape (3, 4, H, W), and `has_any` (H, W); changed.
        carved: The box of cells, from `corner_rc` on, that beams may have passed.
        hit_flat: Flat indices, each cell once.
        limits: Least and most evidence.
    """
    flat_evidence = evidence.reshape(-1)
    raised = np.empty(len(hit_flat), dtype=np.int16)
    for k in range(len(hit_flat)):
        raised[k] = min(flat_evidence[hit_flat[k]] + hit_miss[0], limits[1])
    row, col = corner_rc
    n_rows, n_cols = carved.shape
    for i in range(n_rows):
        of_row, is_carved = evidence[row + i, col : col + n_cols], carved[i]
        for j in range(n_cols):
            if is_carved[j]:
                of_row[j] = max(of_row[j] - hit_miss[1], limits[0])
    for k in range(len(hit_flat)):
        flat_evidence[hit_flat[k]] = raised[k]
    for r in range(row, row + n_rows):
        of_row, has_row = evidence[r, col : col + n_cols], has_any[r, col : col + n_cols]
        for j in range(n_cols):
            if has_row[j] != 0 and of_row[j] <= 0:
                has_row[j] = 0
                for k in range(values.shape[0]):
                    for side in range(values.shape[1]):
                        values[k, side, r, col + j] = 0.0


@compiled
def classify(
    cells: NDArray[np.uint8],
    evidence: NDArray[np.int16],
    low: NDArray[np.int16],
    box: tuple[int, int, int, int],
    flat: NDArray[np.intp],
    occupied_from: int,
    low_from: int,
) -> bool:
    """Bring the classes (H, W) in a box and of some other cells up to date; whether any changed.

    Args:
        box: First row, end row, first column, end column.
        flat: Flat indices.
    """
    n_changed, n_cols = 0, cells.shape[1]
    for r in range(box[0], box[1]):
        cells_row, evidence_row = cells[r, box[2] : box[3]], evidence[r, box[2] : box[3]]
        low_row = low[r, box[2] : box[3]]
        for j in range(box[3] - box[2]):
            new = class_of(evidence_row[j], low_row[j], occupied_from, low_from)
            n_changed += cells_row[j] != new
            cells_row[j] = new
    for k in range(len(flat)):
        r, c = flat[k] // n_cols, flat[k] % n_cols
        new = class_of(evidence[r, c], low[r, c], occupied_from, low_from)
        if cells[r, c] != new:
            cells[r, c] = new
            n_changed += 1
    return n_changed > 0


@compiled
def add_low(
    low: NDArray[np.int16],
    evidence: NDArray[np.int16],
    flat: NDArray[np.intp],
    heights_m: FloatArray,
    bounds_m: tuple[float, float, float],
    known_from: int,
    steps: tuple[int, int, int],
) -> NDArray[np.intp]:
    """Add one depth frame to the low evidence (H, W); returns the cells touched, flat.

    Args:
        evidence: Of the lidar; cells beside one of `known_from` or more are no low obstacle.
        flat: Cell of each point, (N,); `heights_m` (N,).
        bounds_m: Lowest obstacle, body's height, depth of a drop.
        steps: Added for a hit, added for floor, most.
    """
    n_cols, known = low.shape[1], evidence.reshape(-1)
    flat_low = low.reshape(-1)
    state = np.zeros(len(flat_low), dtype=np.uint8)  # 1: hit, 2: beside something known, 3: floor
    touched = np.empty(2 * len(flat), dtype=np.intp)
    n = 0
    for i in range(len(flat)):
        z, cell = heights_m[i], flat[i]
        is_obstacle = (z > bounds_m[0] and z < bounds_m[1]) or z < -bounds_m[2]
        if not is_obstacle or state[cell]:
            continue
        state[cell] = 1
        for step in range(9):
            beside = cell + (step // 3 - 1) * n_cols + step % 3 - 1
            if known[min(max(beside, 0), len(known) - 1)] >= known_from:
                state[cell] = 2
        if state[cell] == 1:
            flat_low[cell] = min(flat_low[cell] + steps[0], steps[2])
            touched[n] = cell
            n += 1
    for i in range(len(flat)):
        z, cell = heights_m[i], flat[i]
        is_floor = z <= bounds_m[0] and not z < -bounds_m[2]
        if is_floor and state[cell] != 1 and state[cell] != 3:
            state[cell] = 3
            flat_low[cell] = max(flat_low[cell] + steps[1], 0)
            touched[n] = cell
            n += 1
    return touched[:n]


@compiled
def clear_ranges(bearing_rad: FloatArray, reach_m: FloatArray, n_next: int) -> FloatArray:
    """How far all beams next to each gap between sorted bearings reach (N,), 0 in wide gaps."""
    n = len(bearing_rad)
    clear_m = np.zeros(n)
    for i in range(n):
        span = bearing_rad[(i + n_next - 1) % n] - bearing_rad[(i - n_next) % n]
        if span % (2.0 * math.pi) < _GAP_MAX_RAD:
            shortest = reach_m[(i - n_next) % n]
            for k in range(i - n_next + 1, i + n_next):
                shortest = min(shortest, reach_m[k % n])
            clear_m[i] = shortest
    return clear_m


@compiled
def fill_window(
    cells: NDArray[np.uint8],
    is_low: BoolArray,
    wall_kind: NDArray[np.uint8],
    corner_rc: tuple[int, int],
    ratio: int,
    lidar_until_s: FloatArray,
    depth_until_s: FloatArray,
    now_never_s: tuple[float, float],
    beam_bearing_rad: FloatArray,
    beam_clear_m: FloatArray,
    see: tuple[float, float, float, float, float],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Occupied and unknown cells of the window, from the map, the memory and what is seen through.

    Without short cuts in the loops over a row, so that the processor does many cells at once.

    Args:
        cells: Classes of the map, shape (H, W), with `is_low`.
        wall_kind: Walls of the map in the window's cells, nonzero, shape (n, n).
        corner_rc: The map's cell at the window's corner; `ratio` window cells make one.
        lidar_until_s: Until when a hit is kept, of the window; cleared where seen through.
        beam_bearing_rad: Sorted, (N,), with how far it is clear there; empty to see nothing.
        see: Corner minus the beams' origin x, y, cell size, range, margin [m].
    """
    n_rows, n_cols = lidar_until_s.shape
    occupied = np.empty((n_rows, n_cols), dtype=np.uint8)
    unknown = np.empty((n_rows, n_cols), dtype=np.uint8)
    solid = np.empty(n_cols, dtype=np.uint8)
    low = np.empty(n_cols, dtype=np.uint8)
    dark = np.empty(n_cols, dtype=np.uint8)
    now_s, never_s = now_never_s
    columns = np.empty(n_cols, dtype=np.intp)
    for c in range(n_cols):
        columns[c] = corner_rc[1] + c // ratio
    range_squared = see[3] * see[3] if len(beam_bearing_rad) else -1.0
    for r in range(n_rows):
        map_row = corner_rc[0] + r // ratio
        lidar_row, depth_row, occupied_row = lidar_until_s[r], depth_until_s[r], occupied[r]
        if r % ratio == 0:
            for c in range(n_cols):
                map_col = columns[c]
                kind, is_thing = UNKNOWN, False
                if 0 <= map_row < cells.shape[0] and 0 <= map_col < cells.shape[1]:
                    kind, is_thing = int(cells[map_row, map_col]), bool(is_low[map_row, map_col])
                low[c] = is_thing
                dark[c] = kind == UNKNOWN and not is_thing
        for c in range(n_cols):
            unknown[r, c] = dark[c]
            solid[c] = np.uint8(wall_kind[r, c] != 0) | np.uint8(lidar_row[c] >= now_s)
            occupied_row[c] = low[c] | np.uint8(depth_row[c] >= now_s)
        y = see[1] + (r + 0.5) * see[2]
        if y * y < range_squared:
            for c in range(n_cols):
                x = see[0] + (c + 0.5) * see[2]
                if solid[c] and x * x + y * y < range_squared:
                    beam = beam_after(beam_bearing_rad, math.atan2(y, x))
                    if beam_clear_m[beam] > math.sqrt(x * x + y * y) + see[4]:
                        solid[c] = 0
                        lidar_row[c] = never_s
        for c in range(n_cols):
            occupied_row[c] |= solid[c]
    return occupied, unknown


@compiled
def beam_after(bearing_rad: FloatArray, at_rad: float) -> int:
    """The first of the sorted bearings (N,) that is not less than one; 0 after the last.

    Bearings are nearly even, so that a proportional guess is a few steps away at most.
    """
    n = len(bearing_rad)
    i = min(max(int((at_rad + math.pi) * (n / (2.0 * math.pi))), 0), n)
    while i < n and bearing_rad[i] < at_rad:
        i += 1
    while i > 0 and bearing_rad[i - 1] >= at_rad:
        i -= 1
    return i % n


@compiled
def extent(points_m: FloatArray) -> tuple[float, float, float, float]:
    """Least x and y, greatest x and y of points (N, 2 or more); N is at least 1."""
    low_x, low_y = points_m[0, 0], points_m[0, 1]
    high_x, high_y = low_x, low_y
    for i in range(1, len(points_m)):
        x, y = points_m[i, 0], points_m[i, 1]
        low_x, high_x = min(low_x, x), max(high_x, x)
        low_y, high_y = min(low_y, y), max(high_y, y)
    return low_x, low_y, high_x, high_y
