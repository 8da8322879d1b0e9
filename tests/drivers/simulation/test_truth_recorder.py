import numpy as np
import pytest
from simulation_toys import drive, room, world

from drivers.simulation.homes.home import Box
from drivers.simulation.truth import TruthRecorder
from homebody.geometry import SE2
from homebody.grid import GridSpec


def recorder_of(w, **more):
    return TruthRecorder(w, w.home, w.description, **more)


def test_open_room_is_covered_from_one_place():
    w = world(room(4.0, 3.0, SE2(2.0, 1.5, 0.0)))
    recorder = recorder_of(w)
    assert recorder.coverage == 0.0
    drive(w, 0.5, 0.0, 0.0, recorder.step)
    assert recorder.coverage > 0.97


def test_what_hides_behind_a_wall_is_not_covered():
    # The wall leaves a passage at the top; the right half is 3 x 4 m of 6 x 4 m.
    wall = Box(3.0, 1.6, 0.05, 1.6)
    w = world(room(start=SE2(1.0, 1.0, 0.0), boxes=[wall]))
    recorder = recorder_of(w)
    drive(w, 0.4, 0.0, 0.0, recorder.step)
    assert 0.45 < recorder.coverage < 0.65


def test_nothing_is_seen_beyond_five_metres():
    w = world(room(14.0, 2.0, SE2(1.0, 1.0, 0.0)))
    recorder = recorder_of(w)
    drive(w, 0.4, 0.0, 0.0, recorder.step)
    spec, seen = recorder.cells().spec, recorder.cells().seen
    columns = np.flatnonzero(seen.any(axis=0))
    right = spec.centres_m(np.array([0, columns.max()]))[0]
    assert right == pytest.approx(6.0, abs=0.1)
    # Far away the beams are 9 cm apart, so some cells of 5 cm lie between them.
    assert recorder.coverage == pytest.approx(6.0 / 14.0, abs=0.06)


def test_marked_cells_equal_points_sampled_along_the_beams():
    """The arrays against the obvious way: many points along each true beam."""
    w = world(room(start=SE2(2.0, 2.0, 0.3), boxes=[Box(3.5, 2.2, 0.2, 0.4, 0.5)]))
    recorder = recorder_of(w)
    drive(w, 0.2, 0.0, 0.0, recorder.step)
    spec, seen = recorder.cells().spec, recorder.cells().seen
    turn = w.true_turn()
    slow = np.zeros(spec.shape, dtype=bool)
    angles = w.description.lidar.beam_angles_rad()
    for distance, (x, y, yaw), angle in zip(turn.ranges_m, turn.xyt_home, angles, strict=True):
        along = np.arange(0.0, min(distance, 5.0), 0.01)[:, None]
        points = (x, y) + along * (np.cos(yaw + angle), np.sin(yaw + angle))
        cells = spec.cells_rc(points)
        slow[cells[:, 0], cells[:, 1]] = True
    assert (seen & slow).sum() / (seen | slow).sum() > 0.97


def test_path_length_and_clearance():
    w = world(room(start=SE2(1.0, 2.0, 0.0)))
    recorder = recorder_of(w)
    drive(w, 3.0, 0.5, 0.0, recorder.step)
    drive(w, 0.5, 0.0, 0.0, recorder.step)
    assert recorder.path_length_m == pytest.approx(1.5, abs=0.02)
    assert recorder.min_clearance_m == pytest.approx(1.0 - 0.21, abs=1e-3)
    assert recorder.collisions == 0


def test_being_carried_is_no_path():
    w = world()
    recorder = recorder_of(w)
    drive(w, 0.2, 0.0, 0.0, recorder.step)
    w.relocate(SE2(5.0, 1.0, 1.0))
    drive(w, 0.2, 0.0, 0.0, recorder.step)
    assert recorder.path_length_m < 1e-6


def test_a_push_against_the_wall_is_one_collision_caused():
    w = world(room(start=SE2(5.0, 2.0, 0.0)))
    recorder = recorder_of(w)
    drive(w, 3.0, 0.4, 0.0, recorder.step)
    assert (recorder.collisions, recorder.collisions_caused) == (1, 1)
    drive(w, 1.0, -0.3, 0.0, recorder.step)
    drive(w, 2.5, 0.3, 0.0, recorder.step)
    assert (recorder.collisions, recorder.collisions_caused) == (2, 2)
    assert recorder.min_clearance_m == 0.0


def test_localization_error_is_taken_at_the_estimates_own_time():
    w = world()
    recorder = recorder_of(w)
    drive(w, 1.0, 0.5, 0.0, recorder.step)
    then_s, then = w.time_s, w.truth.T_home_robot
    drive(w, 1.0, 0.5, 0.0, recorder.step)
    recorder.add_estimate(then_s, SE2(then.x_m + 0.03, then.y_m + 0.04, 0.1))
    drive(w, 0.02, 0.5, 0.0, recorder.step)
    assert recorder.localization_error_max_m == pytest.approx(0.05, abs=1e-6)
    assert recorder.localization_error_rms_m == pytest.approx(0.05, abs=1e-6)
    assert recorder.yaw_error_max_rad == pytest.approx(0.1, abs=1e-6)


def test_estimates_between_two_steps_are_interpolated():
    w = world()
    recorder = recorder_of(w)
    drive(w, 1.0, 0.5, 0.0, recorder.step)
    pose = w.truth.T_home_robot
    recorder.add_estimate(w.time_s - 0.01, SE2(pose.x_m - 0.005, pose.y_m, 0.0))
    recorder.step(w.time_s + 0.02)
    assert recorder.localization_error_max_m < 1e-3


def test_estimates_in_a_shifted_map_frame():
    start = SE2(1.0, 2.0, 0.0)
    w = world()
    recorder = recorder_of(w, T_home_map=start)
    recorder.add_estimate(0.0, SE2.identity())
    drive(w, 0.1, 0.0, 0.0, recorder.step)
    assert recorder.localization_error_max_m < 1e-9


def test_map_iou_of_perfect_half_and_leaking_maps():
    # A shelf along the wall hides a closed box of free space: truth-free but out of reach.
    closed = [Box(5.0, 3.0, 1.0, 0.05), Box(4.0, 3.5, 0.05, 0.5)]
    w = world(room(boxes=closed))
    recorder = recorder_of(w)
    spec, reachable = recorder.cells().spec, recorder.cells().reachable
    assert recorder.map_iou(spec, reachable) == 1.0
    half = reachable.copy()
    half[: spec.n_rows // 2] = False
    assert recorder.map_iou(spec, half) == pytest.approx(half.sum() / reachable.sum())
    with_hidden = reachable.copy()
    rows, cols = np.indices(spec.shape)
    centres = spec.centres_m(np.stack([rows, cols], axis=-1))
    hidden = (centres[..., 0] > 4.2) & (centres[..., 0] < 5.9)
    hidden &= (centres[..., 1] > 3.2) & (centres[..., 1] < 3.9)
    assert not (hidden & reachable).any()
    assert recorder.map_iou(spec, with_hidden | hidden) == 1.0
    everything = np.ones(spec.shape, dtype=bool)
    assert recorder.map_iou(spec, everything) < 0.95


def test_map_iou_on_another_grid():
    w = world(room(4.0, 3.0, SE2(2.0, 1.5, 0.0)))
    recorder = recorder_of(w)
    spec = GridSpec(-1.0, -1.0, 0.05, 100, 120)
    rows, cols = np.indices(spec.shape)
    x, y = np.moveaxis(spec.centres_m(np.stack([rows, cols], axis=-1)), -1, 0)
    free = (x > 0) & (x < 4) & (y > 0) & (y < 3)
    # The corners of the room, which the inscribed circle cannot sweep, are out of reach: left out.
    assert recorder.map_iou(spec, free) > 0.99
    assert recorder.map_iou(spec, np.zeros(spec.shape, dtype=bool)) == 0.0


def test_shortest_path_goes_around():
    wall = Box(3.0, 1.6, 0.05, 1.6)
    w = world(room(boxes=[wall]))
    recorder = recorder_of(w)
    direct = recorder.shortest_path_m((1.0, 1.0), (1.0, 3.0))
    around = recorder.shortest_path_m((2.0, 1.0), (4.0, 1.0))
    assert direct == pytest.approx(2.0, abs=0.1)
    corner = np.hypot(1.0, 2.3)
    assert 2 * corner < around < 2 * corner + 0.4


def test_smooth_drive_has_little_jerk():
    w = world()
    recorder = recorder_of(w)
    drive(w, 1.0, 0.3, 0.0)
    drive(w, 2.0, 0.3, 0.0, recorder.step)
    assert recorder.jerk_rms_m_s3 < 0.05
