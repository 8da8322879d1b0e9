"""All doorways with their histories: looks at those in sight, and foretells each.

Cost: 30 us a doorway in range per scan, 0.1 ms a doorway for the outlook.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from homebody.errors import InputError
from homebody.geometry import SE2, FloatArray
from navigation.doors.config import DoorConfig
from navigation.doors.history import DoorHistory
from navigation.doors.observation import Sight, look_at
from navigation.doors.outlook import DoorAhead, DoorPrices
from navigation.mapping.beams import Beams
from navigation.rooms.doorway_identity import KnownDoorway
from navigation.types import MapSnapshot

_FRESH_S = 5.0  # a door seen shut so lately is shut, whatever the history says
_NOTE_PERIOD_S = 1.0  # sightings that follow faster say nothing new
_GAP_MARGIN_M = 0.02  # beside the robot, for a gap that it goes through
_OUTLOOK_PERIOD_S = 1.0
_PACE_M_S = 0.5  # as the crow flies, for when it could be there


@dataclass(frozen=True, slots=True)
class DoorNews:
    """A door was found to be other than it was, or seen for the first time."""

    identity: int
    words: str
    is_open: bool


@dataclass(slots=True)
class _Glance:
    """What a door looks like now, until it has been so for long enough."""

    is_open: bool
    since_s: float


class DoorBook:
    """Histories outlive their doorways: one that comes back under its identity is remembered.

    Args:
        needed_m: The robot goes through a gap as wide as this.
    """

    def __init__(self, config: DoorConfig, needed_m: float) -> None:
        self._config = config
        self._needed_m = needed_m + _GAP_MARGIN_M
        self._doorways: tuple[KnownDoorway, ...] = ()
        self._histories: dict[int, DoorHistory] = {}
        self._glances: dict[int, _Glance] = {}
        self._outlook: tuple[DoorAhead, ...] = ()
        self._outlook_key = (-1, 0)
        self.revision = 0

    @property
    def doorways(self) -> tuple[KnownDoorway, ...]:
        return self._doorways

    @property
    def prices(self) -> DoorPrices:
        """What planners are to go by."""
        config = self._config
        return DoorPrices(config.sure_above, config.no_way_round_s, config.wait_max_s)

    def know(self, doorways: Sequence[KnownDoorway]) -> None:
        """Take the doorways of the newest room plan in place of those before."""
        self._doorways = tuple(doorways)
        for doorway in self._doorways:
            self._histories.setdefault(doorway.identity, DoorHistory(self._config))
        self.revision += 1

    def history(self, identity: int) -> DoorHistory:
        """The history of a doorway that was known once.

        Raises:
            InputError: None of that identity ever was.
        """
        found = self._histories.get(identity)
        if found is None:
            raise InputError("doors", "identity", identity, f"one of {sorted(self._histories)}")
        return found

    def step(
        self,
        beams_map: Beams | None,
        snapshot: MapSnapshot,
        people_map_m: FloatArray,
        wall_s: float,
    ) -> tuple[DoorNews, ...]:
        """Look at all doorways in sight; news is a door that is other than it was."""
        if beams_map is None:
            return ()
        news = []
        for doorway in self._doorways:
            sight = look_at(
                doorway,
                beams_map,
                snapshot,
                self._needed_m,
                people_map_m,
                self._config.see_range_m,
            )
            if sight is Sight.UNSEEN:
                self._glances.pop(doorway.identity, None)
            elif self._note(doorway.identity, sight is Sight.OPEN, wall_s):
                is_open = sight is Sight.OPEN
                news.append(DoorNews(doorway.identity, words_for(doorway), is_open))
        self.revision += bool(news)
        return tuple(news)

    def outlook(self, T_map_robot: SE2, wall_s: float) -> tuple[DoorAhead, ...]:
        """Every door at about the time when the robot could be there; renewed every second."""
        key = (self.revision, math.floor(wall_s / _OUTLOOK_PERIOD_S))
        if key != self._outlook_key:
            here = T_map_robot.translation()
            self._outlook_key = key
            self._outlook = tuple(self._ahead(d, here, wall_s) for d in self._doorways)
        return self._outlook

    def is_open(self, identity: int) -> bool | None:
        """What a door was when it was seen last, None for never."""
        history = self._histories.get(identity)
        return None if history is None or history.seen_s is None else history.was_open

    def state(self) -> dict[str, Any]:
        """All histories, in plain numbers for a store."""
        return {str(i): history.state() for i, history in sorted(self._histories.items())}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take up the histories that `state` gave.

        Raises:
            InputError: It is not what `state` gives; nothing is changed.
        """
        histories = {}
        for key, value in state.items():
            if not key.isdigit() or not isinstance(value, Mapping):
                raise InputError("door histories", key, value, "a number and what was saved for it")
            histories[int(key)] = DoorHistory.from_state(value, self._config)
        self._histories.update(histories)
        self.revision += 1

    def _note(self, identity: int, is_open: bool, wall_s: float) -> bool:
        """Write a sighting down once it is sure; whether it is news."""
        history = self._histories[identity]
        glance = self._glances.get(identity)
        if glance is None or glance.is_open is not is_open:
            glance = self._glances[identity] = _Glance(is_open, wall_s)
        is_news = history.seen_s is None or history.was_open is not is_open
        since_s = glance.since_s if is_news else (history.seen_s or 0.0)
        if wall_s - since_s < (self._config.confirm_s if is_news else _NOTE_PERIOD_S):
            return False
        history.sight(is_open, wall_s)
        return is_news

    def _ahead(self, doorway: KnownDoorway, here_m: FloatArray, wall_s: float) -> DoorAhead:
        history = self._histories[doorway.identity]
        middle = 0.5 * (doorway.a_map_m + doorway.b_map_m)
        away_s = float(np.hypot(*(middle - here_m))) / _PACE_M_S
        p_open = history.p_open(wall_s + away_s)
        is_fresh = history.seen_s is not None and wall_s - history.seen_s < _FRESH_S
        is_shut = p_open < self._config.shut_below or (is_fresh and not history.was_open)
        weights, rates = history.opening(wall_s)
        return DoorAhead(
            doorway.identity,
            words_for(doorway),
            doorway.a_map_m,
            doorway.b_map_m,
            1.0 if is_fresh and history.was_open else p_open,
            is_shut,
            history.seen_s is not None and not is_shut,
            weights,
            rates,
        )


def words_for(doorway: KnownDoorway) -> str:
    """As in "the door between hall and kitchen"."""
    first, second = doorway.rooms
    return f"the door between {first} and {second}"


def shut_words(doors: Iterable[DoorAhead]) -> str:
    """As in "the door between hall and kitchen is shut"; for several, the first."""
    return next((f"{door.words} is shut" for door in doors), "")
