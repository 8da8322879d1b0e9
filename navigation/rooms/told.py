"""Rooms that a household told of beforehand: a name and roughly where; they lend found rooms names.

A name stays bound to its place: each plan's rooms are matched anew to the outlines that were told
(one to one, the most common area), and a room that has the name keeps it in a near tie.
Cost: 1 ms a told room at 240 x 240 cells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from navigation.global_planner.ground import BoolArray
from navigation.rooms.basins import LabelArray
from navigation.rooms.plan import RoomPlan
from navigation.rooms.room import Room

_COMMON_SHARE_MIN = 0.5  # of the smaller of the two
_HELD_GAIN = 1.25


def told_names(
    plan: RoomPlan, told: Sequence[Room], held: Mapping[int, str] | None = None
) -> dict[int, str]:
    """Names for labels of a plan; a told room that none matches is left out.

    Args:
        held: Label to the name that the room had until now.
    """
    held = held or {}
    common = np.zeros((len(told), len(plan.rooms)))
    gain = np.ones_like(common)
    label_cells = np.bincount(plan.labels.ravel(), minlength=len(plan.rooms) + 1)[1:]
    for row, room in enumerate(told):
        inside = _inside(room, plan)
        common[row] = np.bincount(plan.labels[inside], minlength=len(plan.rooms) + 1)[1:]
        smaller = np.minimum(label_cells, inside.sum())
        common[row][common[row] < _COMMON_SHARE_MIN * smaller] = 0.0
        gain[row] = [_HELD_GAIN if held.get(area.label) == room.name else 1.0
                     for area in plan.rooms]  # fmt: skip
    rows, cols = linear_sum_assignment(common * gain, maximize=True)
    return {
        plan.rooms[col].label: told[row].name
        for row, col in zip(rows.tolist(), cols.tolist(), strict=True)
        if common[row, col] > 0.0
    }


def _inside(room: Room, plan: RoomPlan) -> BoolArray:
    corners = plan.spec.cells_rc(room.outline_m)[:, ::-1].astype(np.int32)
    mask: LabelArray = np.zeros(plan.spec.shape, np.int32)
    cv2.fillPoly(mask, [corners], 1)
    return np.asarray(mask > 0)
