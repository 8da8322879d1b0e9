"""ORB keypoints of a camera frame with their depth; the frame itself is not kept.

ORB (Rublee et al. 2011) as OpenCV has it, spread over the image by a grid, for corners that all
sit on one poster say little. Depth is the median of a small patch; at an edge of depth it is not
believed. A stereo pair gives depth by matching along the rows instead.
Cost: 15 to 25 ms for 640 x 480.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from navigation.landmarks.config import KeypointConfig, MatchingConfig, PointNoiseConfig
from navigation.landmarks.descriptors import match, packed
from navigation.landmarks.observation import Band, Sighting

_PATCH = 1  # pixels each way
_ROW_SLACK_PX = 2.0


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A camera; optical frame, z ahead, x right, y down.

    Attributes:
        distortion: k1, k2, p1, p2, k3 as OpenCV has them.
    """

    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)

    def directions(self, pixels: FloatArray) -> FloatArray:
        """(x / z, y / z) of pixels (N, 2), shape (N, 2)."""
        if not len(pixels):
            return np.zeros((0, 2))
        matrix = np.array(
            [[self.fx_px, 0.0, self.cx_px], [0.0, self.fy_px, self.cy_px], [0.0, 0.0, 1.0]]
        )
        found = cv2.undistortPoints(pixels[:, None], matrix, np.array(self.distortion))
        return np.asarray(found, dtype=np.float64).reshape(-1, 2)


class KeypointFinder:
    """Finds landmarks in frames; holds no frame."""

    def __init__(self, camera: Pinhole, config: KeypointConfig, noise: PointNoiseConfig) -> None:
        self._camera, self._config, self._noise = camera, config, noise
        self._orb = cv2.ORB.create(
            nfeatures=config.n_found, scaleFactor=config.scale, nlevels=config.n_levels,
            fastThreshold=config.fast_threshold,
        )  # fmt: skip

    def with_depth(
        self, grey: NDArray[np.uint8], depth_m: FloatArray, band: Band = Band.VISIBLE
    ) -> Sighting:
        """Landmarks of an image (H, W) and its registered depth (H, W), 0 or nan where unknown."""
        pixels, descriptors = self._find(grey)
        depth = patch_depth(depth_m, pixels, self._config)
        return self._sighting(pixels, depth, descriptors, band)

    def with_stereo(
        self, left: NDArray[np.uint8], right: NDArray[np.uint8], baseline_m: float
    ) -> Sighting:
        """Landmarks of a rectified pair (H, W); the left camera is the frame."""
        pixels, descriptors = self._find(left)
        pixels_right, descriptors_right = self._find(right)
        rows = np.column_stack((np.zeros(len(pixels)), pixels[:, 1]))
        rows_right = np.column_stack((np.zeros(len(pixels_right)), pixels_right[:, 1]))
        pairs = match(
            packed(descriptors), packed(descriptors_right), MatchingConfig(),
            at_a=rows, at_b=rows_right, reach=_ROW_SLACK_PX,
        )  # fmt: skip
        a, b = pairs[:, 0], pairs[:, 1]
        disparity = np.maximum(pixels[a, 0] - pixels_right[b, 0], 1e-3)
        depth = self._camera.fx_px * baseline_m / disparity
        depth[depth > self._config.range_max_m] = np.nan
        return self._sighting(pixels[a], depth, descriptors[a], Band.VISIBLE)

    def _sighting(
        self, pixels: FloatArray, depth_m: FloatArray, descriptors: NDArray[np.uint8], band: Band
    ) -> Sighting:
        is_known = np.isfinite(depth_m)
        flat = self._camera.directions(pixels[is_known])
        points = np.column_stack((flat, np.ones(len(flat)))) * depth_m[is_known, None]
        return Sighting.of(points, descriptors[is_known], self._noise, band)

    def _find(self, grey: NDArray[np.uint8]) -> tuple[FloatArray, NDArray[np.uint8]]:
        """Pixels (N, 2) and descriptors (N, 32), the strongest of each cell of a grid."""
        found, descriptors = self._orb.detectAndCompute(grey, None)
        if descriptors is None or not len(found):
            return np.zeros((0, 2)), np.zeros((0, 32), dtype=np.uint8)
        pixels = np.array([point.pt for point in found], dtype=np.float64)
        strength = np.array([point.response for point in found])
        kept = spread_out(
            pixels, strength, grey.shape[1] / self._config.cells, self._config.n_wanted
        )
        return pixels[kept], np.asarray(descriptors, dtype=np.uint8)[kept]


def spread_out(
    pixels: FloatArray, strength: FloatArray, cell_px: float, n_wanted: int
) -> NDArray[np.intp]:
    """Indices of the strongest, taken in turns from the cells of a grid."""
    cell = np.floor(pixels / cell_px).astype(np.int64) @ np.array([1, 1 << 20])
    order = np.lexsort((-strength, cell))
    begins = np.flatnonzero(np.diff(cell[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
    return np.asarray(order[np.argsort(rank, kind="stable")][:n_wanted], dtype=np.intp)


def patch_depth(depth_m: FloatArray, pixels: FloatArray, config: KeypointConfig) -> FloatArray:
    """Median depth around each pixel (N, 2), nan where unknown, too far or at an edge, (N,)."""
    n_rows, n_cols = depth_m.shape
    cols = np.clip(pixels[:, 0].round().astype(np.intp), _PATCH, n_cols - 1 - _PATCH)
    rows = np.clip(pixels[:, 1].round().astype(np.intp), _PATCH, n_rows - 1 - _PATCH)
    step = np.arange(-_PATCH, _PATCH + 1)
    patch = depth_m[rows[:, None, None] + step[:, None], cols[:, None, None] + step]
    patch = patch.reshape(len(pixels), step.size**2).astype(np.float64)
    patch = np.sort(np.where(np.isfinite(patch) & (patch > 0.0), patch, np.inf), axis=1)
    n_good = np.isfinite(patch).sum(axis=1)
    middle = patch[np.arange(len(patch)), np.maximum(n_good - 1, 0) // 2]
    last = patch[np.arange(len(patch)), np.maximum(n_good - 1, 0)]
    is_flat = last < patch[:, 0] + config.depth_step * middle
    is_good = is_flat & (n_good > step.size**2 // 2) & (middle <= config.range_max_m)
    return np.where(is_good, middle, np.nan)
