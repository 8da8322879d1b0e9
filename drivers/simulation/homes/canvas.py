"""A picture in metres: shapes are given in the home frame and land anti-aliased on pixels.

Cost: 0.1 ms a shape.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.geometry import FloatArray
from homebody.grid import GridSpec

Colour = tuple[int, int, int]
Picture = NDArray[np.uint8]

_SHIFT = 4
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Canvas:
    """Blue-green-red pixels, and where the home lies on them.

    Attributes:
        pixels: Shape (H, W, 3).
        origin_m: The home's (x, y) at the lower left corner of the drawing.
        corner_px: That corner on the picture (column, row).
        px_per_m: Scale.
        labels_px: Rectangles (x0, y0, x1, y1) that text has taken.
    """

    pixels: Picture
    origin_m: tuple[float, float]
    corner_px: tuple[float, float]
    px_per_m: float
    labels_px: list[tuple[int, int, int, int]] = field(default_factory=list)

    def to_px(self, points_m: FloatArray) -> FloatArray:
        """Pixels (column, row), shape (..., 2), of points (..., 2)."""
        offset = (np.asarray(points_m, dtype=np.float64) - self.origin_m) * self.px_per_m
        return np.asarray(self.corner_px + offset * (1.0, -1.0))

    def fill(self, outline_m: FloatArray, colour: Colour, opacity: float = 1.0) -> None:
        """Fill an outline (P, 2)."""
        target = self.pixels if opacity >= 1.0 else self.pixels.copy()
        cv2.fillPoly(target, [self._fixed(outline_m)], colour, cv2.LINE_AA, _SHIFT)
        if opacity < 1.0:
            cv2.addWeighted(target, opacity, self.pixels, 1.0 - opacity, 0.0, self.pixels)

    def line(
        self, points_m: FloatArray, colour: Colour, width_px: int = 1, *, is_closed: bool = False
    ) -> None:
        """Draw a line through points (P, 2)."""
        fixed = [self._fixed(points_m)]
        cv2.polylines(self.pixels, fixed, is_closed, colour, width_px, cv2.LINE_AA, _SHIFT)

    def dashes(self, points_m: FloatArray, colour: Colour, width_px: int = 1) -> None:
        """Draw a dashed line through points (P, 2)."""
        steps = np.linalg.norm(np.diff(points_m, axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        dash_m = 7.0 / self.px_per_m
        starts = np.arange(0.0, along[-1], 2.0 * dash_m)
        ends = np.minimum(starts + dash_m, along[-1])
        at = np.stack([starts, ends], axis=-1)
        xy = np.stack([np.interp(at, along, points_m[:, axis]) for axis in (0, 1)], axis=-1)
        for piece in xy:
            self.line(piece, colour, width_px)

    def disc(self, center_m: tuple[float, float], radius_m: float, colour: Colour) -> None:
        """Fill a circle."""
        self.fill(circle_m(center_m, radius_m), colour)

    def shade(
        self, spec: GridSpec, cells: NDArray[np.bool_], colour: Colour, opacity: float
    ) -> None:
        """Tint the pixels over true cells (H, W)."""
        height, width = self.pixels.shape[:2]
        cols = (np.arange(width) + 0.5 - self.corner_px[0]) / self.px_per_m + self.origin_m[0]
        rows = (self.corner_px[1] - np.arange(height) - 0.5) / self.px_per_m + self.origin_m[1]
        c = np.floor((cols - spec.origin_x_m) / spec.resolution_m).astype(np.intp)
        r = np.floor((rows - spec.origin_y_m) / spec.resolution_m).astype(np.intp)
        is_on = ((r >= 0) & (r < spec.n_rows))[:, None] & ((c >= 0) & (c < spec.n_cols))[None, :]
        r, c = np.clip(r, 0, spec.n_rows - 1), np.clip(c, 0, spec.n_cols - 1)
        chosen = is_on & cells[np.ix_(r, c)]
        flat = np.full_like(self.pixels, colour)
        tinted = cv2.addWeighted(flat, opacity, self.pixels, 1.0 - opacity, 0.0)
        cv2.copyTo(tinted, chosen.astype(np.uint8), self.pixels)

    def arrow(
        self, tail_m: tuple[float, float], yaw_rad: float, length_m: float, colour: Colour
    ) -> None:
        """An arrow with a filled head."""
        direction = np.array([math.cos(yaw_rad), math.sin(yaw_rad)])
        side = np.array([-direction[1], direction[0]])
        tail = np.array(tail_m)
        tip, neck = tail + direction * length_m, tail + direction * length_m * 0.55
        self.line(np.stack([tail, neck]), colour, max(2, round(0.03 * self.px_per_m)))
        half = 0.28 * length_m
        self.fill(np.stack([tip, neck + side * half, neck - side * half]), colour)

    def label(
        self,
        text: str,
        at_m: tuple[float, float],
        colour: Colour,
        size: float,
        *,
        halo: Colour | None = None,
    ) -> None:
        """Centred text, moved down until it covers no earlier label."""
        (width, height), base = cv2.getTextSize(plain(text), _FONT, size, 1)
        x, y = self.to_px(np.array(at_m))
        x0, y0 = round(x - width / 2), round(y - height / 2)
        taken = (x0 - 3, y0 - 3, x0 + width + 3, y0 + height + base + 3)
        while any(_overlap(taken, other) for other in self.labels_px):
            y0 += 4
            taken = (taken[0], taken[1] + 4, taken[2], taken[3] + 4)
        self.labels_px.append(taken)
        self.text(text, (x0, y0 + height), colour, size, halo=halo)

    def keep_clear(self, outline_m: FloatArray) -> None:
        """Let no later label cover this outline (P, 2)."""
        outline_px = self.to_px(outline_m)
        (x0, y0), (x1, y1) = outline_px.min(axis=0), outline_px.max(axis=0)
        self.labels_px.append((int(x0), int(y0), int(x1), int(y1)))

    def text(
        self,
        text: str,
        corner_px: tuple[int, int],
        colour: Colour,
        size: float,
        *,
        halo: Colour | None = None,
    ) -> None:
        """Text whose lower left corner is at a pixel; letters without an ASCII form become '?'."""
        words = plain(text)
        if halo is not None:
            cv2.putText(self.pixels, words, corner_px, _FONT, size, halo, 4, cv2.LINE_AA)
        cv2.putText(self.pixels, words, corner_px, _FONT, size, colour, 1, cv2.LINE_AA)

    def _fixed(self, points_m: FloatArray) -> NDArray[np.int32]:
        return np.rint((self.to_px(points_m) - 0.5) * (1 << _SHIFT)).astype(np.int32)


def text_width_px(text: str, size: float) -> int:
    """How wide a text will be."""
    return int(cv2.getTextSize(plain(text), _FONT, size, 1)[0][0])


def circle_m(center_m: tuple[float, float], radius_m: float, n_points: int = 48) -> FloatArray:
    """Outline of a circle, shape (n_points, 2)."""
    angle = np.linspace(0.0, 2.0 * np.pi, n_points, endpoint=False)
    return np.stack(
        [center_m[0] + radius_m * np.cos(angle), center_m[1] + radius_m * np.sin(angle)], axis=-1
    )


def plain(text: str) -> str:
    """Text in ASCII, for OpenCV's letters have no others: marks above letters are dropped."""
    parts = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode("ascii")


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
