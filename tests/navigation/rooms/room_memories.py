"""Surveys of made maps, for the tests of what is remembered of rooms."""

import numpy as np

from navigation.rooms.config import RoomSegmentationConfig
from navigation.rooms.memory import Survey

RADIUS_M = 0.125


def survey(made, robot=(3.0, 3.0)):
    snapshot = made.snapshot() if hasattr(made, "snapshot") else made
    return Survey(snapshot, np.array(robot), RADIUS_M, RoomSegmentationConfig())


def named_at(memory, x_m, y_m):
    """Name of the room at a place, by its cells."""
    label = memory.plan.label_at(x_m, y_m)
    return next((room.name for room in memory.rooms if room.area.label == label), None)
