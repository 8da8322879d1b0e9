"""Draws what the local planner weighs: candidates coloured by score over the robot's map.

    python examples/candidates_picture.py docs/pictures/candidates.png [x,y]

A real run in lock step in the default home; the picture is taken when the robot is in mid-way.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from app.config import load_config
from app.lockstep import LockStepRobot
from app.setting import make_setting
from app.task_words import parse_task
from homebody.payloads import TaskRequest
from navigation.types import FREE, OCCUPIED

SCALE = 12
DRIVE_S = 9.0
GREEN_BGR, RED_BGR = np.array([80, 160, 40]), np.array([60, 60, 215])


def main(picture: Path, place: str) -> None:
    """Drive for a while, then draw the next plan."""
    robot = LockStepRobot(make_setting(load_config(), None, None, None, 1), load_config())
    task = parse_task(f"go-to {place}")
    robot.brain.submit(
        TaskRequest(v=1, id="picture", type=task.type, args=task.args, ts=0.0), False, 0.0
    )
    output = None
    while robot.now_s < DRIVE_S or output is None:
        output = robot.step()
    snapshot, plan = output.seen.snapshot, output.plan
    grey = np.full(snapshot.cells.shape, 205, dtype=np.uint8)
    grey[snapshot.cells == FREE] = 255
    grey[snapshot.cells == OCCUPIED] = 50
    canvas = cv2.cvtColor(np.flipud(grey).copy(), cv2.COLOR_GRAY2BGR)
    canvas = cv2.resize(canvas, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)

    def pixels(points_m: np.ndarray) -> np.ndarray:
        spec = snapshot.spec
        cells = (points_m - (spec.origin_x_m, spec.origin_y_m)) / spec.resolution_m
        cells[:, 1] = spec.n_rows - cells[:, 1]
        return np.round(SCALE * cells).astype(np.int32)

    order = np.argsort(plan.candidate_cost)[::-1]
    for rank, index in enumerate(order):
        share = 1.0 - rank / max(1, len(order) - 1)
        colour = ((1.0 - share) * GREEN_BGR + share * RED_BGR).tolist()
        line = pixels(plan.candidates_xy_map_m[index].copy())
        cv2.polylines(canvas, [line], False, colour, 2, cv2.LINE_AA)
    chosen = pixels(plan.xyt_map[:, :2].copy())
    cv2.polylines(canvas, [chosen], False, (200, 90, 20), 5, cv2.LINE_AA)
    here = robot.world.truth.T_home_robot
    footprint = here.apply(robot.world.description.footprint_m)
    cv2.polylines(canvas, [pixels(footprint)], True, (30, 30, 30), 3, cv2.LINE_AA)
    x, y = pixels(here.translation()[None])[0]
    reach = 4 * SCALE * 20
    canvas = canvas[max(0, y - reach // 2) : y + reach // 2, max(0, x - reach) : x + reach]
    cv2.imwrite(str(picture), canvas)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "7.5,7.0")
