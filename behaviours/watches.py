"""Conditions with a memory, so that the robot does not change its mind at a threshold.

Each is told every tick and answers with the reason why it holds, or with an empty text.
"""

from __future__ import annotations

from behaviours.config import BatteryConfig, LostConfig
from skills.base import SkillContext


class LostWatch:
    """Localization has been poor for a while, and not yet good for a while."""

    def __init__(self, config: LostConfig) -> None:
        self._config = config
        self._is_lost = False
        self._since_s: float | None = None

    def step(self, context: SkillContext) -> str:
        quality, config = context.localization_quality, self._config
        is_doubtful = quality < (config.found_above if self._is_lost else config.lost_below)
        if is_doubtful == self._is_lost:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = context.now_s
        patience_s = config.found_after_s if self._is_lost else config.lost_after_s
        if self._since_s is not None and context.now_s - self._since_s >= patience_s:
            self._is_lost, self._since_s = is_doubtful, None
        return f"I am not sure where I am (quality {quality:.2f})" if self._is_lost else ""


class BatteryWatch:
    """The battery is low and a dock is known; holds until it is full enough or docking is vain."""

    def __init__(self, config: BatteryConfig) -> None:
        self._config = config
        self._is_low = False
        self._n_failures = 0

    def step(self, context: SkillContext) -> str:
        if context.battery is None:
            return ""
        charge = context.battery.charge
        self._is_low = charge < (self._config.full if self._is_low else self._config.low)
        if not self._is_low or context.is_docked:
            self._n_failures = 0
        is_vain = self._n_failures >= self._config.max_dock_failures
        if not self._is_low or context.T_map_dock is None or is_vain:
            return ""
        return f"the battery is low ({charge:.0%})"

    def note_failure(self) -> None:
        """The robot could not get onto its dock, and nobody it asked has helped."""
        self._n_failures += 1
