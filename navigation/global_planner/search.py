"""Least travel times over a grid: one compiled search for the whole field and for a single way.

Dijkstra's search with a ring of buckets for a queue (Dial 1969; Denardo and Fox 1979), led by the
metric of the empty grid to a goal where there is one (A*). A cell that gets a better time is put in
again, and the older entry is passed over: the times are exact whatever the buckets' width.
Moves go to 8 neighbours or, with knight's moves, 16; none touches a shut cell, not even its corner.
Cost: 0.1 us a reached cell.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.compiled import compiled

BORDER_CELLS = 2  # shut, so that no move leaves the grid
NO_GATES: NDArray[np.int8] = np.zeros((0, 0), dtype=np.int8)
UPSTREAM, DOWNSTREAM = 1, 2  # sides of a one-way passage; as in `navigation.zones.raster`

NO_WAY = -2  # as the move that led to a cell: none did; -1: the search began there

_SQRT2, _SQRT5 = float(np.sqrt(2.0)), float(np.sqrt(5.0))
_HALF_STEP, _HALF_DIAGONAL, _HALF_LEAP = 0.5, 0.5 * _SQRT2, 0.5 * _SQRT5
# The 8 neighbours, counter-clockwise, then 8 knight's moves: number 8 + i passes between neighbours
# i and i + 1, half a cell through each.
_NEAR_RC = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)])
_ROWS, _COLS = np.vstack([_NEAR_RC, _NEAR_RC + np.roll(_NEAR_RC, -1, axis=0)]).T.copy()
_ENTRIES = 4096  # queue entries to begin with
_BUCKETS_MOST = 1 << 14


@compiled
def bordered(slowness_s_m: FloatArray) -> FloatArray:
    """The same within a shut border, shape (H + 4, W + 4)."""
    n_rows, n_cols = slowness_s_m.shape
    out = np.full((n_rows + 2 * BORDER_CELLS, n_cols + 2 * BORDER_CELLS), np.inf)
    for row in range(n_rows):
        for col in range(n_cols):
            out[row + BORDER_CELLS, col + BORDER_CELLS] = slowness_s_m[row, col]
    return out


@compiled
def extremes(slowness_s_m: FloatArray) -> tuple[float, float]:
    """Least and greatest of the finite values, `inf` and 0 where there are none."""
    low, high = np.inf, 0.0
    for value in slowness_s_m.ravel():
        low = min(low, value)
        high = max(high, value if value < np.inf else 0.0)
    return low, high


@compiled
def grid_distance(rows: int, cols: int, has_leaps: bool) -> float:
    """Length of the shortest way over an empty grid [cells]."""
    long, short = max(abs(rows), abs(cols)), min(abs(rows), abs(cols))
    if not has_leaps:
        return long - short + _SQRT2 * short
    if 2 * short <= long:
        return long - 2 * short + _SQRT5 * short
    return _SQRT2 * (2 * short - long) + _SQRT5 * (long - short)


@compiled
def better_moves(
    cell: int,
    here_t: float,
    slowness: FloatArray,
    time: FloatArray,
    steps: IntArray,
    has_leaps: bool,
    better: FloatArray,
    moves: IntArray,
) -> int:
    """Find the moves from a cell that bring a better time; returns how many there are.

    A move costs the mean of its ends times its length.

    Args:
        better, moves: Filled with the times and the numbers of the moves, shape (16,).
    """
    n = 0
    own = slowness[cell]
    for i in range(0, 8, 2):
        after = cell + steps[i]
        straight = slowness[after]
        if straight == np.inf:
            continue  # the diagonals and knight's moves beside it would touch it, too
        after_t = here_t + _HALF_STEP * (own + straight)
        if after_t < time[after]:
            better[n], moves[n] = after_t, i
            n += 1
        after = cell + steps[i + 1]
        diagonal = slowness[after]
        if diagonal < np.inf:
            if slowness[cell + steps[(i + 2) & 7]] < np.inf:
                after_t = here_t + _HALF_DIAGONAL * (own + diagonal)
                if after_t < time[after]:
                    better[n], moves[n] = after_t, i + 1
                    n += 1
            if has_leaps:
                after = cell + steps[8 + i]
                after_t = here_t + _HALF_LEAP * (own + slowness[after])
                if after_t < time[after]:
                    better[n], moves[n] = after_t, 8 + i
                    n += 1
        before = (i - 1) & 7
        if has_leaps and slowness[cell + steps[before]] < np.inf:
            after = cell + steps[8 + before]
            after_t = here_t + _HALF_LEAP * (own + slowness[after])
            if after_t < time[after]:
                better[n], moves[n] = after_t, 8 + before
                n += 1
    return n


@compiled
def _buckets(low: float, high: float, ahead: float, has_goal: bool) -> tuple[int, float]:
    """How many buckets hold all that can be waiting at once, a power of 2, and their width.

    What waits lies within the longest move, or within `ahead` of what is first at the beginning.

    A bucket no wider than the shortest move is final when its turn comes; toward a goal narrower
    ones keep more order. A wide range of prices gets wide buckets rather than many.
    """
    longest = max(2.0 * _SQRT5 * high, ahead)
    width = max(0.25 * low if has_goal else low, longest / (_BUCKETS_MOST - 4))
    n_buckets = 64
    while n_buckets * width < longest + 2.0 * width:
        n_buckets *= 2
    return n_buckets, width


@compiled
def spread(  # noqa: PLR0912, PLR0915  (the queue's arrays grow, so they cannot leave this function)
    slowness: FloatArray,
    n_cols: int,
    seeds: IntArray,
    goal: int,
    has_leaps: bool,
    span: tuple[float, float],
    late: float,
    gates: NDArray[np.int8],
    time: FloatArray,
    came: NDArray[np.int8],
) -> None:
    """Bring times down to the least that ways from `seeds` take, and note the last moves of these.

    Times are in slowness times cells, `late` subtracted. Where they stay below 0, fresh zeros do
    for "no way yet", and they cost nothing where the search does not come.

    Args:
        slowness: Flattened, with a shut border of 2 cells.
        seeds: Cells whose times are known, at least one; where there is a goal, one alone.
        goal: The search ends when the time to this cell is known; -1: never. Then the times of
            other cells are upper bounds.
        span: Least and greatest finite value of `slowness`.
        late: What is subtracted from all times.
        gates: Sides of one-way passages, flattened; empty for none. The search runs against the
            way that is driven, so from upstream to downstream is shut to it.
        time: Changed, as long as `slowness`; `inf`, or zeros if no way takes as long as `late`.
        came: Changed where `time` is.
    """
    steps = _ROWS * n_cols + _COLS
    better, moves = np.empty(16), np.empty(16, dtype=np.intp)
    low, high = span
    has_gates = len(gates) > 0
    goal_row, goal_col = goal // n_cols, goal % n_cols
    first_t, last_t = time[seeds].min(), time[seeds].max()
    n_buckets, width = _buckets(low, high, last_t - first_t, has_goal=goal >= 0)
    mask, per_t = n_buckets - 1, 1.0 / width

    # Each bucket is a queue of its own: last in, first out would search plateaus depth first and
    # correct them over and over.
    head = np.full(n_buckets, -1, dtype=np.int32)
    tail = np.full(n_buckets, -1, dtype=np.int32)
    n_room, top, spare, n_waiting = max(_ENTRIES, len(seeds)), len(seeds), -1, len(seeds)
    entry_cell, entry_next = np.empty(n_room, dtype=np.int32), np.empty(n_room, dtype=np.int32)
    entry_t = np.empty(n_room)
    to_go, rows, cols = 0.0, 0, 0
    if goal >= 0:
        rows, cols = goal_row - seeds[0] // n_cols, goal_col - seeds[0] % n_cols
        to_go = low * grid_distance(rows, cols, has_leaps)
    bucket = int((first_t + late + to_go) * per_t)
    for entry in range(len(seeds)):
        entry_cell[entry], entry_t[entry] = seeds[entry], time[seeds[entry]]
        slot = int((entry_t[entry] + late + to_go) * per_t) & mask
        entry_next[entry], head[slot] = head[slot], entry
        tail[slot] = entry if entry_next[entry] < 0 else tail[slot]
    while n_waiting:
        while head[bucket & mask] < 0:
            bucket += 1
        if goal >= 0 and (time[goal] + late) * per_t < bucket:
            break
        entry = head[bucket & mask]
        cell, here_t = entry_cell[entry], entry_t[entry]
        head[bucket & mask] = entry_next[entry]
        entry_next[entry], spare = spare, entry
        n_waiting -= 1
        if here_t > time[cell]:
            continue
        if goal >= 0:
            row = cell // n_cols
            rows, cols = goal_row - row, goal_col - (cell - row * n_cols)
        n = better_moves(cell, here_t, slowness, time, steps, has_leaps, better, moves)
        for i in range(n):
            after, after_t = cell + steps[moves[i]], better[i]
            if has_gates and gates[cell] == UPSTREAM and gates[after] == DOWNSTREAM:
                continue
            time[after], came[after] = after_t, moves[i]
            if goal >= 0:
                r, c = rows - _ROWS[moves[i]], cols - _COLS[moves[i]]
                to_go = low * grid_distance(r, c, has_leaps)
            if spare >= 0:
                entry, spare = spare, entry_next[spare]
            else:
                if top == n_room:
                    entry_cell = np.append(entry_cell, np.empty_like(entry_cell))
                    entry_next = np.append(entry_next, np.empty_like(entry_next))
                    entry_t = np.append(entry_t, np.empty_like(entry_t))
                    n_room *= 2
                entry, top = top, top + 1
            slot = max(int((after_t + late + to_go) * per_t), bucket) & mask
            entry_cell[entry], entry_t[entry], entry_next[entry] = after, after_t, -1
            if head[slot] < 0:
                head[slot] = entry
            else:
                entry_next[tail[slot]] = entry
            tail[slot] = entry
            n_waiting += 1


@compiled
def way_back(came: NDArray[np.int8], n_cols: int, cell: int) -> IntArray:
    """Cells (N,) of the fastest way from one with a finite time back to the source."""
    steps = _ROWS * n_cols + _COLS
    way = np.empty(256, dtype=np.intp)
    way[0], n = cell, 1
    while came[cell] >= 0:
        cell -= steps[came[cell]]
        if n == len(way):
            way = np.append(way, np.empty_like(way))
        way[n] = cell
        n += 1
    return way[:n]
