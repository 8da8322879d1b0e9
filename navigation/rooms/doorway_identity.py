"""Doorways that stay who they are while the map grows, as rooms do."""

from __future__ import annotations

from dataclasses import dataclass

from homebody.geometry import FloatArray


@dataclass(frozen=True, slots=True)
class KnownDoorway:
    """An opening between two rooms, with an identity that no other doorway ever had.

    Attributes:
        rooms: Names of the two rooms that it joins.
        a_map_m, b_map_m: The faces of the walls at its sides, shape (2,) each.
    """

    identity: int
    rooms: tuple[str, str]
    a_map_m: FloatArray
    b_map_m: FloatArray
