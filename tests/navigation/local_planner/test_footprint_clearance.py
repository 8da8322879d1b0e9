import numpy as np
import pytest
from planner_worlds import BODY, FINE_M, distance_m, exact_clearance_m

from homebody.geometry import SE2
from homebody.grid import GridSpec
from homebody.messages import rectangle_footprint
from navigation.local_planner.fields import Field, filled_cost_to_go, signed_distance_m
from navigation.local_planner.footprint import Footprint, boundary_points
from navigation.local_planner.people import Forecast, gap_m
from navigation.local_planner.trajectory_space import Rollout
from navigation.types import CostToGo, LocalMap

SPEC = GridSpec(-3.0, -3.0, FINE_M, 240, 240)


def at_poses(x, y, yaw) -> Rollout:
    x, y, yaw = (np.asarray(a, dtype=np.float32) for a in (x, y, yaw))
    zero = np.zeros_like(x)
    return Rollout(np.arange(x.shape[1]) * 0.1, zero, zero, x, y, yaw, np.cos(yaw), np.sin(yaw))


def random_map(rng: np.random.Generator) -> LocalMap:
    """Single cells and small blocks: the hardest case for a sampled boundary."""
    occupied = np.zeros(SPEC.shape, dtype=bool)
    for r, c in rng.integers(5, 235, size=(60, 2)):
        size = rng.integers(1, 5)
        occupied[r : r + size, c : c + size] = True
    return LocalMap(SPEC, occupied, np.zeros_like(occupied), distance_m(occupied, FINE_M))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_contact_is_missed_and_the_bound_is_tight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    local_map = random_map(rng)
    footprint = Footprint(BODY.footprint_m, 0.07, 0.35)
    x, y = rng.uniform(-2.0, 2.0, (2, 40, 8))
    yaw = rng.uniform(-np.pi, np.pi, (40, 8))
    field = Field.around(SPEC, local_map.distance_m, 0.0, 0.0)
    ours = footprint.clearance_m(at_poses(x, y, yaw), field)
    exact = np.array(
        [
            [exact_clearance_m(SE2(*p), local_map) for p in zip(*row, strict=True)]
            for row in zip(x, y, yaw, strict=True)
        ]
    )
    true = np.minimum(exact - 0.6 * FINE_M, 0.35)  # from the cell's centre to its edge
    bilinear = 0.5 * FINE_M  # a linear read between cell centres may be this far off
    shallow = true > -0.02  # deeper than this any negative number will do
    assert (ours <= true + bilinear)[shallow].all()
    assert (ours[exact < 0.0] < 0.0).all(), "a contact was missed"
    clear = true > 0.1
    assert (true - ours)[clear].max() < 0.03
    assert np.isfinite(ours).all()


def test_clearance_has_no_jump_along_a_motion() -> None:
    local_map = random_map(np.random.default_rng(4))
    footprint = Footprint(BODY.footprint_m, 0.07, 0.35)
    field = Field.around(SPEC, local_map.distance_m, 0.0, 0.0)
    s = np.linspace(0.0, 1.0, 4001)[None, :]
    ours = footprint.clearance_m(at_poses(-2 + 4 * s, 0.3 * s, 2 * s), field)
    assert np.abs(np.diff(ours[0])).max() < 0.02  # 1 mm of motion; steep only in contact
    calm = np.minimum(ours[0, 1:], ours[0, :-1]) > 0.06
    assert np.abs(np.diff(ours[0]))[calm].max() < 0.004


def test_signed_distance_leads_out() -> None:
    occupied = np.zeros((40, 40), dtype=bool)
    occupied[10:30, 10:30] = True
    signed = signed_distance_m(distance_m(occupied, FINE_M), occupied, FINE_M)
    assert signed[20, 20] < signed[20, 12] < 0.0 < signed[20, 5]


def test_boundary_points_hold_the_vertices_and_keep_the_spacing() -> None:
    polygon = rectangle_footprint(0.42, 0.25)
    points = boundary_points(polygon, 0.07)
    assert len(points) == 2 * (6 + 4)
    gaps = np.linalg.norm(points - np.roll(points, -1, axis=0), axis=1)
    assert gaps.max() <= 0.07 + 1e-12
    for vertex in polygon:
        assert np.linalg.norm(points - vertex, axis=1).min() < 1e-12


def test_blocked_cells_are_filled_from_the_nearest_open_one() -> None:
    times = np.full((20, 20), np.inf, dtype=np.float32)
    times[:, 10:] = np.arange(10, dtype=np.float32)
    filled = filled_cost_to_go(CostToGo(GridSpec(0, 0, 0.05, 20, 20), times))
    assert filled is not None
    np.testing.assert_array_equal(filled[:, 10:], times[:, 10:])
    # five cells of 5 cm from the edge, at 2 s per metre
    assert filled[5, 5] == pytest.approx(0.0 + 5 * 0.05 * 2.0, abs=0.02)
    assert filled_cost_to_go(CostToGo(GridSpec(0, 0, 0.05, 2, 2), times[:2, :2])) is None


def test_gaps_to_people_are_exact_beside_the_edges_and_never_too_large() -> None:
    footprint = Footprint(BODY.footprint_m, 0.07, 0.35)
    rng = np.random.default_rng(5)
    person = rng.uniform(-1, 1, (2, 200)).astype(np.float32)
    still = at_poses(np.zeros((1, 200)), np.zeros((1, 200)), np.full((1, 200), 0.4))
    quarter, none = np.full(1, 0.25, dtype=np.float32), np.zeros(1, dtype=np.float32)
    std = np.full((1, 200), 0.1, dtype=np.float32)
    people = Forecast(person[:1], person[1:], std, quarter, none, 1)
    gaps = gap_m(still, people, footprint)[0, 0]
    local = SE2(0, 0, 0.4).inverse().apply(person.T)
    outside = np.maximum(np.abs(local) - (0.21, 0.125), 0.0)
    distance = np.linalg.norm(outside, axis=1) - 0.25
    free = outside.any(axis=1)
    assert (gaps[free] <= distance[free] + 1e-5).all()
    beside = free & (outside.min(axis=1) == 0.0)
    np.testing.assert_allclose(gaps[beside], distance[beside], atol=1e-5)
