"""Least travel times after a change of the map, from those before it: only what changed is redone.

What was reached through a cell that has become slower is forgotten, with all that was reached
through that, and searched again from the rim of what is left (after Ramalingam and Reps 1996). The
times are equal to those of a new search, bit for bit: both are the least fixed point of the same
sums, and what has become faster brings that down from where it was.
Cost: 0.15 us a forgotten cell; 0.1 ms to compare the grids at 240 x 240 cells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import IntArray
from navigation.compiled import compiled
from navigation.global_planner.search import (
    _COLS,
    _ROWS,
    DOWNSTREAM,
    NO_WAY,
    UPSTREAM,
    spread,
)

_FORGOTTEN = -3


@compiled
def repair(
    before: FloatArray,
    slowness: FloatArray,
    n_cols: int,
    span: tuple[float, float],
    gates: NDArray[np.int8],
    most_share: float,
    time: FloatArray,
    came: NDArray[np.int8],
) -> bool:
    """Bring times over 16 neighbours up to date; False where too much was to be forgotten.

    Args:
        before, slowness: Flattened, with their border, as it was and as it is now.
        span: Least and greatest finite value of `slowness`.
        most_share: Of the cells that had a time, to forget at most; past it nothing is right and
            all must be done anew.
        time, came: As `search.spread` left them; both are changed.
    """
    changed = np.flatnonzero(before != slowness)
    if len(changed) == 0:
        return True
    steps = _ROWS * n_cols + _COLS
    around = _around(n_cols)
    n_most = int(most_share * (came != NO_WAY).sum())
    forgotten = np.empty(len(slowness), dtype=np.int32)
    n = _forget_raised(changed, before, slowness, steps, around, came, forgotten)
    n, beside = _forget_children(n, n_most, steps, came, forgotten)
    if n > n_most:
        return False
    for cell in forgotten[:n]:
        time[cell] = np.inf
        came[cell] = NO_WAY
    seeds = _known(changed, around, beside, time)
    if len(seeds) > 0:
        spread(slowness, n_cols, seeds, -1, True, span, 0.0, gates, time, came)
    return True


@compiled
def _around(n_cols: int) -> IntArray:
    """Offsets of the cells that a move can reach or touch, the cell itself among them, (25,)."""
    around = np.empty(25, dtype=np.intp)
    for i in range(25):
        around[i] = (i // 5 - 2) * n_cols + i % 5 - 2
    return around


@compiled
def _forget_raised(
    changed: IntArray,
    before: FloatArray,
    slowness: FloatArray,
    steps: IntArray,
    around: IntArray,
    came: NDArray[np.int8],
    forgotten: NDArray[np.int32],
) -> int:
    """Forget what was reached by a move that has become slower; returns how many cells."""
    is_raised = np.zeros(len(slowness), dtype=np.bool_)
    for cell in changed:
        is_raised[cell] = slowness[cell] > before[cell]
    n = 0
    for cell in changed:
        if not is_raised[cell]:
            continue
        for offset in around:
            near = cell + offset
            if came[near] < 0:
                continue
            if is_raised[near] or _is_touched(near, came[near], steps, is_raised):
                came[near] = _FORGOTTEN
                forgotten[n] = near
                n += 1
    return n


@compiled
def _forget_children(
    n: int, n_most: int, steps: IntArray, came: NDArray[np.int8], forgotten: NDArray[np.int32]
) -> tuple[int, NDArray[np.int32]]:
    """Add all that was reached through what is forgotten; stops past `n_most`.

    Returns:
        How many there are, and the cells that were seen beside them, some of them forgotten since.
    """
    beside = np.empty(len(came), dtype=np.int32)
    is_beside = np.zeros(len(came), dtype=np.bool_)
    n_beside, done = 0, 0
    while done < n <= n_most:
        cell = forgotten[done]
        done += 1
        for move in range(16):
            child = cell + steps[move]
            if came[child] == move:
                came[child] = _FORGOTTEN
                forgotten[n] = child
                n += 1
            elif came[child] > NO_WAY and not is_beside[child]:
                is_beside[child] = True
                beside[n_beside] = child
                n_beside += 1
    return n, beside[:n_beside]


@compiled
def _known(
    changed: IntArray, around: IntArray, beside: NDArray[np.int32], time: FloatArray
) -> IntArray:
    """The cells with times that lie beside what is forgotten or around what has changed."""
    known = np.empty(len(beside) + len(changed) * len(around), dtype=np.intp)
    n = 0
    for cell in beside:
        if time[cell] < np.inf:
            known[n] = cell
            n += 1
    for cell in changed:
        for offset in around:
            if time[cell + offset] < np.inf:
                known[n] = cell + offset
                n += 1
    return np.unique(known[:n])


@compiled
def _is_touched(cell: int, move: int, steps: IntArray, is_raised: NDArray[np.bool_]) -> bool:
    """Whether the move that led to a cell begins at or passes beside one of these."""
    parent = cell - steps[move]
    if is_raised[parent]:
        return True
    if move >= 8:
        first, second = move - 8, (move - 7) & 7
    elif move % 2:
        first, second = move - 1, (move + 1) & 7
    else:
        return False
    return bool(is_raised[parent + steps[first]] or is_raised[parent + steps[second]])


@compiled
def way_down(
    slowness: FloatArray, time: FloatArray, n_cols: int, gates: NDArray[np.int8], cell: int
) -> IntArray:
    """Cells (N,) of the fastest way from one with a finite time to the source, from times alone.

    Of several equally fast ways it is always the same, whatever order the times were found in.
    """
    steps = _ROWS * n_cols + _COLS
    way = np.empty(256, dtype=np.intp)
    way[0], n = cell, 1
    while time[cell] > 0.0:
        best, least = -1, np.inf
        for move in range(16):
            before = cell - steps[move]
            if not time[before] < time[cell]:
                continue
            if len(gates) and gates[before] == UPSTREAM and gates[cell] == DOWNSTREAM:
                continue
            if _is_barred(before, move, steps, slowness):
                continue
            length = np.sqrt(float(_ROWS[move] ** 2 + _COLS[move] ** 2))
            t = time[before] + 0.5 * length * (slowness[before] + slowness[cell])
            if t < least * (1.0 - 1e-12):
                best, least = before, t
        if best < 0:
            break
        cell = best
        if n == len(way):
            way = np.append(way, np.empty_like(way))
        way[n] = cell
        n += 1
    return way[:n]


@compiled
def _is_barred(before: int, move: int, steps: IntArray, slowness: FloatArray) -> bool:
    """Whether a move from a cell touches a shut one beside it."""
    if move >= 8:
        first, second = move - 8, (move - 7) & 7
    elif move % 2:
        first, second = move - 1, (move + 1) & 7
    else:
        return False
    return bool(
        slowness[before + steps[first]] == np.inf or slowness[before + steps[second]] == np.inf
    )
