"""What can be seen from many places at once: rays as one table of cell offsets.

Every ray is a row of offsets into the flattened, bordered grid, so that all rays from all places
are one gather and a running "or". Cost: 0.15 ms per place with 96 rays of 4.5 m at 5 cm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from homebody.grid import IntArray
from navigation.global_planner.ground import BoolArray

KNOWN, WANTED, UNSEEN, WALL = 0, 1, 2, 3
"""Codes of a view grid: seen and free, unseen and wanted, unseen but of no use, occupied."""


@dataclass(frozen=True, slots=True)
class ViewGrid:
    """Codes with a border of walls wider than any ray, so that no ray leaves the array."""

    codes: NDArray[np.uint8]
    border: int

    @classmethod
    def of(cls, codes: NDArray[np.uint8], range_cells: int) -> ViewGrid:
        border = range_cells + 1
        return cls(np.pad(_sealed(codes), border, constant_values=WALL), border)

    def cells_on_rays(self, from_rc: IntArray, n_rays: int, range_cells: int) -> IntArray:
        """Flat indices under the rays from cells (C, 2), shape (C, n_rays, range_cells)."""
        width = self.codes.shape[1]
        rows, cols = _ray_offsets(n_rays, range_cells)
        start = (from_rc[:, 0] + self.border) * width + from_rc[:, 1] + self.border
        return np.asarray(start[:, None, None] + (rows * width + cols))

    def unflatten(self, flat: IntArray) -> IntArray:
        """Cells (..., 2) of the grid without border."""
        width = self.codes.shape[1]
        return np.stack([flat // width, flat % width], axis=-1) - self.border


@dataclass(frozen=True, slots=True)
class Views:
    """Unseen area that looks from C cells would show.

    Attributes:
        gain_cells: Expected newly seen cells, shape (C,).
        first_rc: For each look a wanted cell seen in its best direction, shape (C, 2).
        part_view, part_flat, part_cells: What the gains are made of, shape (P,) each: the look, the
            flat, bordered index of the cell, and how much it adds.
    """

    gain_cells: NDArray[np.float32]
    first_rc: IntArray
    part_view: IntArray
    part_flat: IntArray
    part_cells: NDArray[np.float32]

    def distinct(self, n_most: int, is_allowed: BoolArray) -> tuple[IntArray, NDArray[np.float32]]:
        """Greedy set cover: the looks that show most which those before them do not show.

        Args:
            is_allowed: Which looks may be taken, shape (C,).

        Returns:
            At most `n_most` looks, shape (S,), and what each adds [cells], shape (S,).
        """
        weight = np.where(is_allowed[self.part_view], self.part_cells, 0.0)
        cells, part = np.unique(self.part_flat, return_inverse=True)
        is_left = np.ones(len(cells), dtype=np.bool_)
        chosen, added = [], []
        for _ in range(n_most):
            gain = np.bincount(self.part_view, weight * is_left[part], len(self.gain_cells))
            best = int(np.argmax(gain))
            if gain[best] <= 0.0:
                break
            chosen.append(best)
            added.append(gain[best])
            is_left[part[self.part_view == best]] = False
        return np.array(chosen, dtype=np.intp), np.array(added, dtype=np.float32)


def look(
    grid: ViewGrid, from_rc: IntArray, n_rays: int, range_cells: int, see_through_cells: float
) -> Views:
    """Expected gain of a look around from each of the cells (C, 2).

    A ray counts each wanted cell by the area it stands for and by the chance of seeing so far:
    exp(-(unseen cells on the way) / see_through_cells).
    """
    flat = grid.cells_on_rays(from_rc, n_rays, range_cells)
    codes = grid.codes.ravel()[flat]
    is_hidden = np.logical_or.accumulate(codes == WALL, axis=2)
    is_unseen = ((codes == WANTED) | (codes == UNSEEN)) & ~is_hidden
    depth = np.add.accumulate(is_unseen, axis=2, dtype=np.uint8)
    chance = np.exp(-np.arange(256) / see_through_cells).astype(np.float32)
    area = (2.0 * math.pi / n_rays * (np.arange(range_cells) + 1.0)).astype(np.float32)
    is_gain = (codes == WANTED) & ~is_hidden
    view, ray, step = np.nonzero(is_gain)
    added = chance[depth[view, ray, step]] * area[step]
    n_views = len(from_rc)
    gain = np.bincount(view * n_rays + ray, added, n_views * n_rays).reshape(n_views, n_rays)
    best_ray = np.argmax(gain, axis=1)
    here = np.arange(n_views)
    first = np.argmax(is_gain[here, best_ray], axis=1)
    return Views(
        gain.sum(axis=1).astype(np.float32),
        grid.unflatten(flat[here, best_ray, first]),
        view,
        flat[view, ray, step],
        added,
    )


def seen_from(
    grid: ViewGrid, from_rc: IntArray, n_rays: int, range_cells: int
) -> tuple[IntArray, BoolArray]:
    """Which known free cells are seen from cells (C, 2).

    Returns:
        Flat, bordered indices (C, n_rays, range_cells) by growing range, and which are seen.
    """
    flat = grid.cells_on_rays(from_rc, n_rays, range_cells)
    is_hidden = np.logical_or.accumulate(grid.codes.ravel()[flat] != KNOWN, axis=2)
    return flat, ~is_hidden


def _sealed(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Fill the corners of walls that touch only diagonally: a ray must not slip through."""
    wall: BoolArray = codes == WALL
    sealed = codes.copy()
    sealed[:-1, 1:][wall[:-1, :-1] & wall[1:, 1:]] = WALL
    sealed[:-1, :-1][wall[:-1, 1:] & wall[1:, :-1]] = WALL
    return sealed


@lru_cache(maxsize=8)
def _ray_offsets(n_rays: int, range_cells: int) -> tuple[IntArray, IntArray]:
    """Row and column offsets of the cells on each ray, one per cell of range."""
    angle = 2.0 * np.pi * np.arange(n_rays)[:, None] / n_rays
    reach = np.arange(range_cells) + 1.0
    rows = np.rint(np.sin(angle) * reach).astype(np.intp)
    cols = np.rint(np.cos(angle) * reach).astype(np.intp)
    return rows, cols
