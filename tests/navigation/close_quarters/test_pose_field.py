"""Ways for a footprint that is longer than wide: found where there are some, beside slow forms."""

import heapq
import math

import cv2
import numpy as np
import pytest

from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import default_body
from navigation.close_quarters.config import CloseQuartersConfig
from navigation.close_quarters.kernels import (
    HEADINGS_RAD,
    STEPS,
    pose_clearance,
    read_poses,
    times_to_go,
)
from navigation.close_quarters.pose_field import (
    PoseFieldRequest,
    cropped,
    footprint_in_cells,
    pose_field,
    time_from,
    without_gaps,
)
from navigation.goals import PointGoal, PoseGoal
from navigation.types import FREE, NO_SURFACES, OCCUPIED, UNKNOWN, LocalMap, MapSnapshot

BODY = default_body()
CONFIG = CloseQuartersConfig()


def test_steps_lie_along_their_headings() -> None:
    angle = np.arctan2(STEPS[:, 1], STEPS[:, 0])
    astray = np.angle(np.exp(1j * (angle - HEADINGS_RAD)))
    assert np.abs(astray).max() < math.radians(4.0)
    assert len(np.unique(STEPS, axis=0)) == len(STEPS)


def snapshot_of(rows: list[str], scale: int = 1) -> MapSnapshot:
    """A drawing of cells of 5 cm times `scale`, the top row on top: # occupied, ? unknown."""
    kinds = {"#": OCCUPIED, "?": UNKNOWN}
    drawn = np.array([[kinds.get(c, FREE) for c in row] for row in rows[::-1]], dtype=np.uint8)
    cells = drawn.repeat(scale, axis=0).repeat(scale, axis=1)
    return MapSnapshot(GridSpec(0.0, 0.0, 0.05, *cells.shape), cells, 1)


def request(snapshot: MapSnapshot, start: SE2, goal: PointGoal | PoseGoal) -> PoseFieldRequest:
    spec = GridSpec(0.0, 0.0, 0.025, 4, 4)
    nothing = np.zeros((4, 4), dtype=bool)
    far = np.full((4, 4), 9.0, dtype=np.float32)
    window = LocalMap(spec, nothing, nothing, far)
    return PoseFieldRequest(snapshot, NO_SURFACES, window, start, goal, BODY.footprint_m, CONFIG)


def room_with_gap(gap_cells: int) -> MapSnapshot:
    """2 x 1.5 m, parted by a wall with a gap."""
    cells = np.full((30, 40), FREE, dtype=np.uint8)
    cells[[0, -1]] = OCCUPIED
    cells[:, [0, -1]] = OCCUPIED
    cells[:, 20] = OCCUPIED
    cells[14 : 14 + gap_cells, 20] = FREE
    return MapSnapshot(GridSpec(0.0, 0.0, 0.05, 30, 40), cells, 1)


@pytest.mark.parametrize(("gap_cells", "has_way"), [(4, False), (5, False), (6, True), (8, True)])
def test_it_goes_through_gaps_that_it_fits_and_no_others(gap_cells: int, has_way: bool) -> None:
    """The body is 25 cm wide and is to keep 1 cm on each side; cells are 5 cm."""
    asked = request(room_with_gap(gap_cells), SE2(0.5, 0.5, 1.0), PointGoal(1.5, 0.7))
    found = pose_field(cropped(asked))
    assert found.has_way == has_way
    finite = without_gaps(found)
    assert np.isfinite(finite.time_s).all()
    assert time_from(finite, asked.T_map_robot) > 2.0


def test_out_of_a_narrow_dead_end_it_backs() -> None:
    """A slot of 35 cm: facing its end, backing out is faster than being turned round in there."""
    rows = ["#" * 60] * 12 + ["#" + "." * 58 + "#"] * 7 + ["#" * 30 + "." * 29 + "#"] * 12
    rows += ["#" * 60]
    snapshot = snapshot_of(rows)
    inside, end_m = SE2(0.6, 0.82, math.pi), 2.5
    found = pose_field(cropped(request(snapshot, inside, PointGoal(end_m, 0.4))))
    assert found.has_way
    out_s = time_from(without_gaps(found), inside)
    straight_m = end_m - inside.x_m - 0.14  # to the rim of what counts as the goal
    backward_s = straight_m * (1.0 + CONFIG.reverse_price) / CONFIG.speed_m_s
    assert out_s > straight_m / CONFIG.speed_m_s
    # turning in the slot is impossible: whoever faces out of it is shut off from facing in
    assert time_from(without_gaps(found), SE2(0.6, 0.82, 0.0)) < out_s
    assert out_s < 3.0 * backward_s
    turning = without_gaps(found).time_s
    row, col = found.spec.cell_rc(0.6, 0.82)
    assert not np.isfinite(found.time_s[6, row, col])  # across the slot there is no room
    assert np.isfinite(turning[6, row, col])


def test_a_pose_goal_is_reached_facing_its_way() -> None:
    snapshot = snapshot_of(["." * 60] * 60)
    goal = PoseGoal(SE2(2.0, 1.5, math.pi / 2.0), 0.08, 0.15)
    found = without_gaps(pose_field(cropped(request(snapshot, SE2(1.0, 1.5, 0.0), goal))))
    assert time_from(found, goal.T_map_goal) < 0.2
    facing_away = SE2(2.0, 1.5, -math.pi / 2.0)
    assert time_from(found, facing_away) == pytest.approx(math.pi / CONFIG.turn_rad_s, rel=0.1)
    drive_s = 1.0 / CONFIG.speed_m_s + 0.5 * math.pi / CONFIG.turn_rad_s
    assert time_from(found, SE2(1.0, 1.5, 0.0)) == pytest.approx(drive_s, rel=0.15)


def test_what_stands_there_now_counts_over_the_map() -> None:
    snapshot = room_with_gap(8)
    asked = request(snapshot, SE2(0.5, 0.9, 0.0), PointGoal(1.5, 0.9))
    spec = GridSpec(0.5, 0.4, 0.025, 40, 40)
    occupied = np.zeros(spec.shape, dtype=bool)
    occupied[:, 20:22] = True  # somebody in the gap
    away = cv2.distanceTransform((~occupied).astype(np.uint8), cv2.DIST_L2, 5) * 0.025
    window = LocalMap(spec, occupied, occupied, away.astype(np.float32))
    shut = PoseFieldRequest(
        snapshot, NO_SURFACES, window, asked.T_map_robot, asked.goal, BODY.footprint_m, CONFIG
    )
    assert pose_field(cropped(asked)).has_way
    assert not pose_field(cropped(shut)).has_way


def slow_times(price, seed_s, straight_s, turn_s):
    """The same with the library's heap and dictionaries."""
    n_headings, n_rows, n_cols = price.shape
    best = {}
    heap = [
        (float(seed_s[p]), tuple(int(i) for i in p))
        for p in np.argwhere(np.isfinite(seed_s) & np.isfinite(price))
        for p in [tuple(p)]
    ]
    heapq.heapify(heap)
    while heap:
        key, pose = heapq.heappop(heap)
        if pose in best:
            continue
        best[pose] = key
        h, r, c = pose
        dc, dr = STEPS[h]
        right, left = (h - 1) % n_headings, (h + 1) % n_headings
        for other, cost in (
            ((h, int(r - dr), int(c - dc)), straight_s[0, h]),
            ((h, int(r + dr), int(c + dc)), straight_s[1, h]),
            ((left, r, c), turn_s[h]),
            ((right, r, c), turn_s[right]),
        ):
            if 0 <= other[1] < n_rows and 0 <= other[2] < n_cols and np.isfinite(price[other]):
                new = key + 0.5 * (price[pose] + price[other]) * cost
                heapq.heappush(heap, (new, other))
    times = np.full(price.shape, np.inf)
    for pose, key in best.items():
        times[pose] = key
    return times


def test_times_are_those_of_the_slow_search() -> None:
    rng = np.random.default_rng(4)
    shape = (len(STEPS), 9, 11)
    price = rng.uniform(1.0, 5.0, shape).astype(np.float32)
    price[rng.random(shape) < 0.3] = np.inf
    seed_s = np.full(shape, np.inf, dtype=np.float32)
    seed_s[:, 2, 3], seed_s[5, 7, 8] = 0.0, 1.5
    straight_s, turn_s = rng.uniform(0.1, 0.3, (2, 24)), rng.uniform(0.1, 0.5, 24)
    fast = times_to_go(price, seed_s, STEPS, straight_s, turn_s, (-1, 1.0))
    slow = slow_times(price, seed_s, straight_s, turn_s)
    assert np.array_equal(np.isfinite(fast), np.isfinite(slow))
    assert fast[np.isfinite(fast)] == pytest.approx(slow[np.isfinite(slow)], rel=1e-4)

    here = int(np.argmax(np.where(np.isfinite(slow), slow, -1.0) > 1.0))
    cut = times_to_go(price, seed_s, STEPS, straight_s, turn_s, (here, 0.2))
    end_s = slow.flat[here] + 0.2
    expected = np.where(np.isfinite(price), np.minimum(slow, end_s), np.inf)
    known = np.isfinite(expected)
    assert cut[known] == pytest.approx(expected[known], rel=1e-3, abs=1e-3)


def test_clearance_is_that_of_the_polygon() -> None:
    rng = np.random.default_rng(5)
    fine = GridSpec(0.0, 0.0, 0.025, 80, 80)
    things = rng.uniform(0.2, 1.8, (6, 2))
    centres = fine.centres_m(np.argwhere(np.ones(fine.shape)))
    away = np.linalg.norm(centres[:, None] - things, axis=2).min(axis=1)
    distance_m = away.reshape(fine.shape).astype(np.float32)
    polygon = BODY.footprint_m
    got = pose_clearance(
        distance_m, 2, (40, 40), HEADINGS_RAD, *footprint_in_cells(polygon, 0.025), (0.0, 0.2)
    )
    coarse = GridSpec(0.0, 0.0, 0.05, 40, 40)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    for h, r, c in rng.integers((0, 8, 8), (24, 32, 32), (200, 3)):
        here = SE2(*(float(v) for v in coarse.centres_m(np.array((r, c)))), HEADINGS_RAD[h])
        aside_m = np.array([[0.0, 0.025], [0.0, 0.0], [0.0, -0.025]])
        local = here.inverse().apply(things) + aside_m[:, None]
        outside = np.maximum(np.maximum(low - local, local - high), 0.0)
        clear_m = np.linalg.norm(outside, axis=-1).min(axis=1)
        # the places beside count where the one in the middle is close to something
        possible = [] if clear_m[1] < 0.018 else [min(clear_m[1], 0.2)]
        if clear_m[1] < 0.042:
            possible.append(clear_m.max())
        assert min(abs(got[h, r, c] - p) for p in possible) < 0.012


def test_reading_goes_between_cells_and_headings() -> None:
    heading, row, col = np.meshgrid(np.arange(24), np.arange(6), np.arange(7), indexing="ij")
    time_s = (2.0 * row + 3.0 * col + 0.1 * heading).astype(np.float32)
    x, y = np.array([[0.11, 0.2]], np.float32), np.array([[0.12, 0.07]], np.float32)
    yaw = np.array([[HEADINGS_RAD[3] + 0.05, HEADINGS_RAD[20] - 4.0 * np.pi]], np.float32)
    got = read_poses(time_s, x, y, yaw, (20.0, -0.5, -0.5))
    expected = 2.0 * (20.0 * y - 0.5) + 3.0 * (20.0 * x - 0.5)
    expected = expected + 0.1 * np.array([[3.0 + 0.05 / HEADINGS_RAD[1], 20.0]])
    assert got == pytest.approx(expected, abs=1e-4)
