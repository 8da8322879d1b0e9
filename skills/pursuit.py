"""Follows one goal through navigation's answers, and never believes an answer to an older asking.

Goals are values: asking twice for the same place looks the same to navigation, which would repeat
its old verdict. So a goal that navigation still holds is first let go for one tick, then asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from navigation.goals import Goal, NavigationState, NavigationStatus


@dataclass(slots=True)
class Pursuit:
    """One asking for one goal."""

    goal: Goal
    _is_asked: bool = False

    def step(self, navigation: NavigationStatus) -> NavigationStatus:
        """What became of this asking; the goal to send on is the `goal` of the answer."""
        if not self._is_asked:
            if navigation.goal == self.goal:
                return NavigationStatus(None, NavigationState.IDLE, "starting afresh")
            self._is_asked = True
        if navigation.goal != self.goal:
            return NavigationStatus(self.goal, NavigationState.PLANNING, "looking for a way")
        return navigation
