"""Draws how the default home is explored: Homebody's way beside that of the nearest frontier.

    python examples/exploration_picture.py docs/pictures/exploration.png [HOME]

HOME is any file that the simulator loads. Both ways are of real runs in lock step with seed 1; they
are drawn to where 99 % of the reachable area has been seen, over what is seen then.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.config import load_config
from app.setting import make_setting
from benchmarks.exploration import NEAREST, OWN, STRATEGIES
from benchmarks.exploration_run import ExplorationRun, explore
from drivers.simulation.homes.load import default_home_path
from drivers.simulation.truth import TrueCells
from navigation.exploration.explorer import next_viewpoint

SEED = 1
SCALE = 3
BORDER = 44
WALL_BGR, SEEN_BGR, UNSEEN_BGR = (60, 45, 40), (255, 255, 255), (190, 190, 190)
WAY_BGR, START_BGR, END_BGR = (190, 110, 30), (90, 170, 60), (50, 50, 210)

Picture = NDArray[np.uint8]


def main(picture: Path, home: Path) -> None:
    """Explore with both strategies and draw them side by side."""
    config = load_config()
    setting = make_setting(config, home, None, None, SEED)
    drawn = []
    for name in (OWN, NEAREST):
        decide = partial(next_viewpoint, choose=STRATEGIES[name])
        run, robot = explore(setting, config, decide, is_to_the_end=False)
        drawn.append(draw(run, robot.truth.cells(), name.replace("_", " ")))
    cv2.imwrite(str(picture), np.hstack(drawn), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def draw(run: ExplorationRun, cells: TrueCells, name: str) -> Picture:
    """The home, what has been seen of it, and the way, with a line of words."""
    colours = np.full((*cells.spec.shape, 3), UNSEEN_BGR, dtype=np.uint8)
    colours[cells.seen] = SEEN_BGR
    colours[cells.solid] = WALL_BGR
    floor = cv2.resize(
        np.ascontiguousarray(colours[::-1]),
        None,
        fx=SCALE,
        fy=SCALE,
        interpolation=cv2.INTER_NEAREST,
    )
    along = (run.track_m - (cells.spec.origin_x_m, cells.spec.origin_y_m)) / cells.spec.resolution_m
    along[:, 1] = cells.spec.n_rows - along[:, 1]
    pixels = np.rint(along * SCALE).astype(np.int32)
    cv2.polylines(floor, [pixels], False, WAY_BGR, 2, cv2.LINE_AA)
    for pixel, colour in ((pixels[0], START_BGR), (pixels[-1], END_BGR)):
        cv2.circle(floor, (int(pixel[0]), int(pixel[1])), 7, colour, -1, cv2.LINE_AA)
    out = cv2.copyMakeBorder(floor, BORDER, 4, 4, 4, cv2.BORDER_CONSTANT, value=SEEN_BGR)
    ways = ", ".join(f"{r.distance_m:.0f} m" for r in run.reached)
    words = f"{name}: 90, 95, 99 % after {ways}"
    cv2.putText(out, words, (8, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.55, WALL_BGR, 1, cv2.LINE_AA)
    return np.asarray(out, dtype=np.uint8)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else default_home_path())
