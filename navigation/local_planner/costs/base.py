"""The two kinds of terms: hazards, which shorten what can be hoped for, and plain costs.

Each term's arithmetic is one compiled pass over the candidates without temporaries. Where each
element stands alone the arrays are taken as flat: rows of 31 numbers leave most of a vector unused.
"""

from __future__ import annotations

from typing import Protocol

from navigation.local_planner.scene import Batch, Scene
from navigation.types import Float32Array


class HazardTerm(Protocol):
    """Something that may do harm."""

    def rate(self, batch: Batch, scene: Scene, shift_m: float) -> Float32Array | None:
        """Hazard rate [1/s], shape (K, T + 1); None where there is none.

        Args:
            shift_m: The robot is this much nearer to the map's obstacles than it believes.
        """
        ...


class CostTerm(Protocol):
    """Something that is disliked."""

    def cost(self, batch: Batch, scene: Scene) -> Float32Array | None:
        """Cost in seconds of travel time, shape (K,); None where there is none."""
        ...
