import dataclasses

import numpy as np

from homebody.geometry import SE2, FloatArray
from homebody.messages import DepthFrame, Odometry, default_body
from navigation.reactive_config import ReactiveConfig
from navigation.reactive_depth import DepthMemory
from navigation.reactive_sweep import Kind
from navigation.reactive_track import OdometryTrack

BODY = default_body()
assert BODY.depth is not None
DEPTH = BODY.depth
FRAME_S = 1.0 / 30.0


def see_boxes(pose: SE2, boxes: list[tuple[float, ...]], floor_until_m: float = 99.0) -> FloatArray:
    """Ranges on a floor, which ends at an x, with boxes (x0, x1, y0, y1, height)."""
    camera = DEPTH.T_robot_depth.translation_m
    origin = np.array([*pose.apply(camera[:2]), camera[2]])
    rays = DEPTH.T_robot_depth.rotate(DEPTH.directions().reshape(-1, 3))
    rays[:, :2] = rays[:, :2] @ pose.rotation().T
    steps = np.arange(0.05, DEPTH.range_max_m, 0.005)
    at = origin + steps[:, None, None] * rays
    x, y, z = at[..., 0], at[..., 1], at[..., 2]
    hit = z <= np.where(x < floor_until_m, 0.0, -1.0)
    for x0, x1, y0, y1, height in boxes:
        hit |= (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) & (z <= height)
    first = np.argmax(hit, axis=0)
    ranges = np.where(hit.any(axis=0), steps[first], np.inf)
    return np.asarray(ranges.reshape(DEPTH.n_rows, DEPTH.n_cols))


class Bench:
    def __init__(self) -> None:
        self.memory = DepthMemory(DEPTH, BODY.height_m, 1.0, ReactiveConfig())
        self.track = OdometryTrack()
        self.now_s = 0.0

    def see(self, ranges: FloatArray, pose: SE2 | None = None, n_frames: int = 2) -> str:
        fault = ""
        for _ in range(n_frames):
            self.now_s += FRAME_S
            self.track.extend([Odometry(self.now_s, pose or SE2.identity(), 0.0, 0.0)])
            fault = self.memory.update(DepthFrame(self.now_s, ranges), self.track, self.now_s)
        return fault

    def points(self) -> FloatArray:
        return self.memory.points_m(self.now_s)[0]


def test_a_low_box_becomes_points_at_its_place() -> None:
    bench = Bench()
    bench.see(see_boxes(SE2.identity(), [(0.7, 0.8, -0.1, 0.1, 0.08)]))
    points = bench.points()
    assert len(points) > 3
    assert np.all((points > (0.68, -0.12)) & (points < (0.82, 0.12)))


def test_the_floor_with_noise_is_nothing() -> None:
    bench = Bench()
    rng = np.random.default_rng(3)
    floor = see_boxes(SE2.identity(), [])
    for _ in range(90):
        bench.see(floor + 0.01 * rng.standard_normal(floor.shape), n_frames=1)
        assert len(bench.points()) == 0


def test_what_is_higher_than_the_body_is_nothing() -> None:
    bench = Bench()
    ranges = see_boxes(SE2.identity(), [])
    upper = DEPTH.T_robot_depth.rotate(DEPTH.directions())[..., 2]
    ranges[upper > 0.0] = 0.9  # only rays that go up hit anything: above 0.34 m
    bench.see(np.where(0.34 + 0.9 * upper > 0.44, ranges, see_boxes(SE2.identity(), [])))
    assert len(bench.points()) == 0


def test_a_missing_floor_is_a_drop_at_its_edge() -> None:
    bench = Bench()
    bench.see(see_boxes(SE2.identity(), [], floor_until_m=0.8))
    points, kinds = bench.memory.points_m(bench.now_s)
    assert len(points) > 3
    assert np.all(kinds == Kind.DROP)
    assert 0.78 < points[:, 0].min() < 0.95


def test_a_box_in_the_blind_spot_is_remembered_and_then_forgotten() -> None:
    bench = Bench()
    box = [(0.7, 0.8, -0.1, 0.1, 0.06)]
    bench.see(see_boxes(SE2.identity(), box))
    near = SE2(0.42, 0.0, 0.0)  # the box is 7 cm before the front now: the camera sees over it
    bench.see(see_boxes(near, box), near, n_frames=30)
    assert len(bench.points()) > 0
    bench.see(see_boxes(near, box), near, n_frames=20)
    assert len(bench.points()) == 0


def test_a_box_seen_gone_is_forgotten_soon() -> None:
    bench = Bench()
    bench.see(see_boxes(SE2.identity(), [(0.7, 0.8, -0.1, 0.1, 0.2)]))
    bench.see(see_boxes(SE2.identity(), []), n_frames=12)
    assert len(bench.points()) == 0


def test_frames_of_the_wrong_size_are_named() -> None:
    bench = Bench()
    assert "wrong size" in bench.see(np.ones((3, 4)), n_frames=1)


def test_all_nan_frames_are_no_sight() -> None:
    bench = Bench()
    bench.see(np.full((24, 32), np.nan))
    assert bench.memory.newest_valid_s == -np.inf


def test_memory_follows_the_robot_without_ghosts() -> None:
    bench = Bench()
    posts = [(p + 0.3, p + 0.36, 0.2, 0.26, 0.3) for p in range(5)]
    for k in range(15):  # 3 m along a row of posts, 20 cm a frame
        pose = SE2(0.2 * k, 0.0, 0.0)
        bench.see(see_boxes(pose, posts), pose, n_frames=2)
    points = bench.points()
    assert np.all((points[:, 1] > 0.18) & (points[:, 1] < 0.28))


def test_a_narrow_field_of_view_works_too() -> None:
    depth = dataclasses.replace(DEPTH, n_rows=6, n_cols=4, horizontal_fov_rad=0.4)
    memory = DepthMemory(depth, BODY.height_m, 1.0, ReactiveConfig())
    track = OdometryTrack()
    track.extend([Odometry(0.0, SE2.identity(), 0.0, 0.0)])
    assert memory.update(DepthFrame(0.0, np.full((6, 4), 0.3)), track, 0.0) == ""
