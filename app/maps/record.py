"""What is kept of a home: derived data only, no image and no scan.

The names of the sections and of their arrays are a closed list: whatever else somebody hands over
is refused, so that raw sensor data cannot slip into a file by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from navigation.mapping.occupancy import MapState

# What a section may hold besides plain facts: the names of its arrays.
SECTIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "rooms": frozenset({"labels"}),
        "doors": frozenset(),
        "zones": frozenset(),
        "landmarks": frozenset({"points_m", "covariances", "descriptors", "seen"}),
        "place": frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a map beside its cells.

    Attributes:
        facts: Plain values as JSON has them.
        arrays: By the names that `SECTIONS` allows.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapRecord:
    """One home or floor.

    Attributes:
        name: The user's word for it.
        sections: By the names that `SECTIONS` allows.

    Raises:
        ValueError: A section, or an array in one, has a name that is not allowed.
    """

    name: str
    occupancy: MapState
    sections: Mapping[str, Section] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, section in self.sections.items():
            if name not in SECTIONS:
                raise ValueError(f"map section {name!r}; allowed: {sorted(SECTIONS)}")
            unknown = set(section.arrays) - SECTIONS[name]
            if unknown:
                raise ValueError(
                    f"map section {name!r}: arrays {sorted(unknown)};"
                    f" allowed: {sorted(SECTIONS[name])}"
                )
