"""A made home for the panel: map, rooms, robot, people, plan and tree that look like real ones."""

from __future__ import annotations

import base64
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from homebody.payloads import (
    BodyPayload,
    CandidatePayload,
    MapPayload,
    PersonPayload,
    PlanPayload,
    PosePayload,
    RobotState,
    TaskPayload,
    TreeNodePayload,
    TreePayload,
)
from homebody.room_payloads import DoorwayPayload, RoomPayload, RoomsPayload

RESOLUTION_M = 0.05
ORIGIN_M = (-1.0, -1.0)
SIZE_M = (13.0, 10.0)
OCCUPIED, UNKNOWN, FREE = 0, 128, 255

ROOMS = {
    "living room": (0.0, 0.0, 6.0, 4.4),
    "kitchen": (6.1, 0.0, 10.8, 4.4),
    "hall": (0.0, 4.5, 10.8, 5.7),
    "bedroom": (0.0, 5.8, 4.3, 8.6),
    "bathroom": (4.4, 5.8, 6.9, 8.6),
    "study": (7.0, 5.8, 10.8, 8.6),
}
PASSAGES = [
    (2.6, 4.3, 3.6, 4.6),
    (6.0, 1.2, 6.2, 2.1),
    (8.0, 4.3, 8.9, 4.6),
    (1.6, 5.6, 2.5, 5.9),
    (5.2, 5.6, 6.0, 5.9),
    (8.6, 5.6, 9.5, 5.9),
]
DOORWAYS = [
    (("hall", "living room"), (2.6, 4.45), (3.6, 4.45)),
    (("kitchen", "living room"), (6.05, 1.2), (6.05, 2.1)),
    (("hall", "kitchen"), (8.0, 4.45), (8.9, 4.45)),
    (("bedroom", "hall"), (1.6, 5.75), (2.5, 5.75)),
    (("bathroom", "hall"), (5.2, 5.75), (6.0, 5.75)),
    (("hall", "study"), (8.6, 5.75), (9.5, 5.75)),
]
FURNITURE = [
    (0.3, 3.4, 2.3, 4.2),
    (0.6, 1.6, 1.7, 2.3),
    (4.2, 0.2, 5.8, 0.6),
    (6.3, 0.0, 10.8, 0.6),
    (8.2, 1.6, 9.6, 2.4),
    (0.2, 6.6, 2.2, 8.4),
    (3.6, 7.4, 4.3, 8.6),
    (4.5, 7.7, 6.2, 8.6),
    (7.2, 7.8, 9.2, 8.5),
    (10.4, 6.0, 10.8, 7.4),
]
ROBOT = (3.25, 2.35, 1.25)  # x [m], y [m], yaw [rad]
GOAL_M = (9.35, 6.6)
PATH_M = [
    (3.25, 2.35),
    (3.3, 3.2),
    (3.15, 4.0),
    (3.2, 4.7),
    (3.7, 5.1),
    (5.0, 5.15),
    (7.0, 5.1),
    (8.5, 5.2),
    (9.0, 5.55),
    (9.1, 6.1),
    GOAL_M,
]
FOOTPRINT_M = [(0.21, 0.125), (-0.21, 0.125), (-0.21, -0.125), (0.21, -0.125)]


def made_picture() -> NDArray[np.uint8]:
    """Grey picture, row 0 at the highest y, shape (H, W)."""
    n_cols, n_rows = (round(size / RESOLUTION_M) for size in SIZE_M)
    grid = np.full((n_rows, n_cols), UNKNOWN, dtype=np.uint8)
    for box in ROOMS.values():
        _fill(grid, _grown(box, 0.1), OCCUPIED)
    for box in [*ROOMS.values(), *PASSAGES]:
        _fill(grid, box, FREE)
    for box in FURNITURE:
        _fill(grid, box, OCCUPIED)
        _fill(grid, _grown(box, -0.05), UNKNOWN)
    _fill(grid, (9.9, 7.5, 10.9, 8.7), UNKNOWN)  # a corner not seen yet
    return np.ascontiguousarray(grid[::-1])


def made_map(revision: int = 1) -> MapPayload:
    picture = made_picture()
    ok, png = cv2.imencode(".png", picture)
    assert ok
    return MapPayload(
        ts=0.0,
        revision=revision,
        origin_x_m=ORIGIN_M[0],
        origin_y_m=ORIGIN_M[1],
        resolution_m=RESOLUTION_M,
        n_rows=picture.shape[0],
        n_cols=picture.shape[1],
        png_base64=base64.b64encode(png.tobytes()).decode(),
    )


def made_state(**changes: object) -> RobotState:
    task = TaskPayload(
        id="t4",
        type="go_to",
        args={"room": "study"},
        state="running",
        progress=0.28,
        time_left_s=48.0,
        reason="driving, 8.4 m to go",
    )
    fields: dict[str, object] = {
        "ts": 0.0,
        "pose": PosePayload(x_m=ROBOT[0], y_m=ROBOT[1], yaw_rad=ROBOT[2]),
        "localization_quality": 0.93,
        "speed_m_s": 0.62,
        "yaw_rate_rad_s": 0.21,
        "pan_rad": 0.5,
        "tilt_rad": 0.1,
        "face": "happy",
        "activity": "going to the study: letting Anna pass first at the door of the hall",
        "task": task,
        "queue": [TaskPayload(id="t5", type="dock", state="queued", reason="after the study")],
        "recent": [
            TaskPayload(id="t3", type="explore", state="succeeded", reason="98 % of the home seen"),
            TaskPayload(
                id="t2",
                type="go_to",
                args={"room": "garage"},
                state="rejected",
                reason="there is no room named garage; known: living room, kitchen, hall, study",
            ),
            TaskPayload(
                id="t1", type="go_to", args={"x": 3.2, "y": 1.5}, state="cancelled", reason="stop"
            ),
        ],
        "estop": False,
        "battery": 0.76,
        "is_charging": False,
        "is_docked": False,
        "people": [
            PersonPayload(id=1, x_m=4.6, y_m=5.2, vx_m_s=-0.8, vy_m_s=0.05, facing_rad=3.1),
            PersonPayload(id=2, x_m=7.6, y_m=2.0, vx_m_s=0.0, vy_m_s=0.0, facing_rad=0.0),
        ],
        "rooms": list(ROOMS),
        "room": "living room",
        "plan_ms_p50": 4.2,
        "plan_ms_p99": 9.1,
        "footprint_m": FOOTPRINT_M,
    }
    return RobotState.model_validate(fields | changes)


def made_rooms() -> RoomsPayload:
    doorways = [
        DoorwayPayload(id=i, rooms=rooms, a_m=a, b_m=b)
        for i, (rooms, a, b) in enumerate(DOORWAYS, 1)
    ]
    return RoomsPayload(
        ts=0.0, rooms=[_room(name, box) for name, box in ROOMS.items()], doorways=doorways
    )


def made_plan(n_candidates: int = 48) -> PlanPayload:
    """A fan of arcs from the robot on; those nearest to the path rank best."""
    bends = np.linspace(-1.3, 1.3, n_candidates)
    speeds = 0.45 + 0.4 * np.abs(np.sin(7.0 * np.arange(n_candidates)))
    ranks = np.abs(bends - 0.16) / 1.5
    candidates = [
        CandidatePayload(points_m=_arc(float(speed), float(bend)), rank=float(rank))
        for speed, bend, rank in zip(speeds, bends, ranks, strict=True)
    ]
    return PlanPayload(
        ts=0.0,
        goal=PosePayload(x_m=GOAL_M[0], y_m=GOAL_M[1], yaw_rad=0.0),
        path_m=PATH_M,
        chosen_m=_arc(0.8, 0.16),
        candidates=candidates,
    )


def made_tree(tick: int = 4182) -> TreePayload:
    def node(
        name: str, kind: str, status: str, *children: TreeNodePayload, reason: str = ""
    ) -> TreeNodePayload:
        identity = name.replace(" ", "-")
        return TreeNodePayload.model_validate(
            {
                "id": identity,
                "name": name,
                "kind": kind,
                "status": status,
                "reason": reason,
                "children": children,
            }
        )

    safety = node(
        "safety",
        "sequence",
        "failure",
        node("emergency stop?", "leaf", "failure", reason="not engaged"),
        node("stand still", "leaf", "invalid"),
    )
    battery = node(
        "battery low",
        "sequence",
        "failure",
        node("battery below 20 %?", "leaf", "failure", reason="76 %"),
        node("dock now", "leaf", "invalid"),
    )
    go_to = node(
        "go to",
        "sequence",
        "running",
        node("find the room", "leaf", "success", reason="study, 9.35, 6.60"),
        node("drive there", "leaf", "running", reason="8.4 m to go; letting Anna pass"),
        node("recover", "leaf", "invalid"),
    )
    tasks = node("task", "selector", "running", go_to)
    idle = node("idle", "leaf", "invalid")
    express = node("express", "leaf", "running", reason="looks where it turns")
    root = node(
        "robot",
        "parallel",
        "running",
        node("what to do", "selector", "running", safety, battery, tasks, idle),
        express,
    )
    return TreePayload(ts=0.0, tick=tick, root=root)


def made_body(**changes: object) -> BodyPayload:
    fields: dict[str, object] = {
        "ts": 0.0,
        "estop": False,
        "command_age_s": 0.064,
        "period_p99_ms": 20.6,
        "missed_deadlines": 0,
    }
    return BodyPayload.model_validate(fields | changes)


def _fill(grid: NDArray[np.uint8], box: tuple[float, float, float, float], value: int) -> None:
    x0, y0, x1, y1 = box
    cols = [round((x - ORIGIN_M[0]) / RESOLUTION_M) for x in (x0, x1)]
    rows = [round((y - ORIGIN_M[1]) / RESOLUTION_M) for y in (y0, y1)]
    grid[rows[0] : rows[1], cols[0] : cols[1]] = value


def _grown(
    box: tuple[float, float, float, float], by_m: float
) -> tuple[float, float, float, float]:
    return box[0] - by_m, box[1] - by_m, box[2] + by_m, box[3] + by_m


def _room(name: str, box: tuple[float, float, float, float]) -> RoomPayload:
    x0, y0, x1, y1 = box
    outline = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    return RoomPayload(
        name=name,
        kind="corridor" if name == "hall" else "room",
        area_m2=(x1 - x0) * (y1 - y0),
        outline_m=outline,
        label_x_m=(x0 + x1) / 2,
        label_y_m=(y0 + y1) / 2,
    )


def _arc(speed_m_s: float, yaw_rate_rad_s: float) -> list[tuple[float, float]]:
    """Three seconds of constant twist from the robot's pose on."""
    time_s = np.linspace(0.0, 3.0, 16)
    yaw = ROBOT[2] + yaw_rate_rad_s * time_s
    radius = speed_m_s / yaw_rate_rad_s
    x = ROBOT[0] + radius * (np.sin(yaw) - math.sin(ROBOT[2]))
    y = ROBOT[1] - radius * (np.cos(yaw) - math.cos(ROBOT[2]))
    return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
