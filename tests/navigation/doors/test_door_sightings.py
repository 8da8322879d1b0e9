"""What a scan says of a doorway, with beams cast in a flat world."""

import json
import math

import numpy as np
import pytest

from homebody.errors import InputError
from homebody.geometry import SE2
from homebody.grid import GridSpec
from navigation.doors.book import DoorBook
from navigation.doors.config import DoorConfig
from navigation.doors.observation import Sight, look_at
from navigation.mapping.beams import Beams
from navigation.rooms.doorway_identity import KnownDoorway
from navigation.types import FREE, MapSnapshot

SPEC = GridSpec(-5.0, -5.0, 0.05, 200, 200)
EMPTY = MapSnapshot(SPEC, np.full(SPEC.shape, FREE, dtype=np.uint8), 1, np.zeros(SPEC.shape, bool))
DOORWAY = KnownDoorway(7, ("hall", "kitchen"), np.array([0.0, -0.45]), np.array([0.0, 0.45]))
WALLS = [((0.0, -4.0), (0.0, -0.45)), ((0.0, 0.45), (0.0, 4.0)), ((4.0, -4.0), (4.0, 4.0))]
NOBODY = np.zeros((0, 2))
HINGE = np.array([0.03, 0.45])


def leaf(angle_deg):
    """A leaf of 0.9 m, shut at 0 degrees, that opens into the room behind."""
    angle = math.radians(angle_deg - 90.0)
    end = HINGE + 0.9 * np.array([math.cos(angle), math.sin(angle)])
    return (tuple(HINGE), tuple(end))


def cast(origin, walls, n=360, range_m=8.0):
    origin = np.array(origin)
    angles = np.linspace(-math.pi, math.pi, n, endpoint=False) + 0.003
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    reach = np.full(n, range_m)
    for a, b in walls:
        edge = np.subtract(b, a)
        cross = directions[:, 0] * edge[1] - directions[:, 1] * edge[0]
        away = np.subtract(a, origin)
        safe = np.where(np.abs(cross) < 1e-9, np.nan, cross)
        t = (away[0] * edge[1] - away[1] * edge[0]) / safe
        u = (away[0] * directions[:, 1] - away[1] * directions[:, 0]) / safe
        is_met = (t > 0) & (u >= 0) & (u <= 1)
        reach = np.where(is_met & (t < reach), t, reach)
    ends = origin + reach[:, None] * directions
    return Beams.from_ends(np.repeat(origin[None], n, axis=0), ends, reach < range_m)


def sight(origin, walls, snapshot=EMPTY, people=NOBODY):
    return look_at(DOORWAY, cast(origin, walls), snapshot, 0.29, people, 4.0)


@pytest.mark.parametrize("origin", [(-1.0, 0.0), (-2.5, 0.8), (-0.6, -0.9), (1.5, 0.2), (0.0, 0.0)])
def test_without_a_leaf_or_with_it_at_the_wall_it_is_open(origin):
    assert sight(origin, WALLS) is Sight.OPEN
    assert sight(origin, [*WALLS, leaf(175)]) is Sight.OPEN


@pytest.mark.parametrize("origin", [(-1.0, 0.0), (-2.5, 0.8), (-1.0, -0.9), (1.5, 0.2)])
def test_a_leaf_across_it_shuts_it(origin):
    assert sight(origin, [*WALLS, leaf(0)]) is Sight.SHUT
    assert sight(origin, [*WALLS, leaf(3)]) is Sight.SHUT


@pytest.mark.parametrize("y", [-2.0, -1.0, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("angle_deg", [70, 90, 110])
def test_a_leaf_that_stands_open_is_never_a_shut_door(y, angle_deg):
    assert sight((-1.2, y), [*WALLS, leaf(angle_deg)]) is not Sight.SHUT


VIEWS = [(-1.0, 0.0), (-2.5, 0.8), (-2.5, -0.8), (-1.0, 0.9), (-1.0, -0.9), (1.5, 0.2), (2.5, 0.5)]


def noisy(origin, walls, seed, std_m=0.01):
    beams = cast(origin, walls)
    rng = np.random.default_rng(seed)
    way = beams.ends_m - beams.origins_m
    reach_m = np.linalg.norm(way, axis=1, keepdims=True)
    ends = beams.origins_m + way * (1.0 + rng.normal(0.0, std_m, reach_m.shape) / reach_m)
    return Beams.from_ends(beams.origins_m, ends, beams.is_hit)


@pytest.mark.parametrize("origin", VIEWS)
@pytest.mark.parametrize("seed", [0, 1])
def test_half_open_is_what_the_robot_fits_through(origin, seed):
    """The gap between the leaf's end and the other post is 2 x 0.9 m x sin(angle / 2)."""
    for angle_deg in (6, 10, 14, 16, 28, 40, 55, 70, 85):
        gap_m = 2.0 * 0.9 * math.sin(math.radians(angle_deg) / 2.0)
        beams = noisy(origin, [*WALLS, leaf(angle_deg)], seed)
        seen = look_at(DOORWAY, beams, EMPTY, 0.29, NOBODY, 4.0)
        assert seen is not (Sight.OPEN if gap_m < 0.29 else Sight.SHUT), (angle_deg, gap_m)


@pytest.mark.parametrize(("angle_deg", "said"), [(14, Sight.SHUT), (35, Sight.OPEN)])
def test_from_where_the_robot_comes_a_half_open_door_is_told(angle_deg, said):
    for origin in ((-1.0, 0.0), (-2.5, 0.8), (-2.5, -0.8), (-3.5, 0.0)):
        assert sight(origin, [*WALLS, leaf(angle_deg)]) is said, origin


def test_a_door_ajar_goes_into_the_history_as_shut_and_half_open_as_open():
    doors = book()
    for i, angle_deg in enumerate((14, 40, 14)):
        beams = cast((-1.5, 0.0), [*WALLS, leaf(angle_deg)])
        for j in range(8):
            doors.step(beams, EMPTY, NOBODY, 100.0 * i + 0.1 * j)
        assert doors.is_open(7) is (angle_deg == 40)


def test_a_door_that_is_far_away_or_hidden_is_not_seen():
    assert sight((-4.5, 0.0), WALLS) is Sight.UNSEEN
    screen = ((-0.5, -1.0), (-0.5, 1.0))
    assert sight((-1.5, 0.0), [*WALLS, screen]) is Sight.UNSEEN


def test_a_person_in_the_doorway_is_no_door():
    person = np.array([[0.0, 0.0]])
    body = [((-0.2, -0.25), (-0.2, 0.25))]
    assert sight((-1.2, 0.0), [*WALLS, *body], people=person) is not Sight.SHUT


def test_a_low_gate_that_the_lidar_looks_over_shuts_it():
    low = np.zeros(SPEC.shape, bool)
    row = SPEC.cell_rc(0.0, -0.45)[0]
    low[row : row + 19, SPEC.cell_rc(0.0, 0.0)[1]] = True
    gated = MapSnapshot(SPEC, EMPTY.cells, 1, low)
    assert sight((-1.0, 0.0), WALLS, gated) is Sight.SHUT


def book():
    made = DoorBook(DoorConfig(confirm_s=0.25), 0.27)
    made.know([DOORWAY])
    return made


def test_a_change_is_news_once_and_after_a_moment():
    doors, open_now, shut_now = (
        book(),
        cast((-1.0, 0.0), WALLS),
        cast((-1.0, 0.0), [*WALLS, leaf(0)]),
    )
    news = [doors.step(open_now, EMPTY, NOBODY, 100.0 + 0.1 * i) for i in range(6)]
    assert [n.is_open for step in news for n in step] == [True]
    news = [doors.step(shut_now, EMPTY, NOBODY, 200.0 + 0.1 * i) for i in range(30)]
    (only,) = [n for step in news for n in step]
    assert (only.is_open, only.words) == (False, "the door between hall and kitchen")
    assert not news[0]
    assert not news[1]


def test_one_odd_scan_changes_nothing():
    doors = book()
    for i in range(10):
        doors.step(cast((-1.0, 0.0), WALLS), EMPTY, NOBODY, 0.1 * i)
    assert not doors.step(cast((-1.0, 0.0), [*WALLS, leaf(0)]), EMPTY, NOBODY, 1.0)
    assert not doors.step(cast((-1.0, 0.0), WALLS), EMPTY, NOBODY, 1.1)
    assert doors.is_open(7)


def test_the_outlook_of_a_door_just_seen_shut_is_shut_and_softens_with_time():
    doors = book()
    for i in range(8):
        doors.step(cast((-1.0, 0.0), [*WALLS, leaf(0)]), EMPTY, NOBODY, 0.1 * i)
    (now,) = doors.outlook(SE2(-1.0, 0.0, 0.0), 0.8)
    assert now.is_shut
    (soon,) = doors.outlook(SE2(-1.0, 0.0, 0.0), 60.0)
    (late,) = doors.outlook(SE2(-1.0, 0.0, 0.0), 2 * 86400.0)
    assert soon.is_shut
    assert not late.is_shut
    assert now.p_open < soon.p_open < late.p_open


def test_histories_survive_a_store_and_a_doorway_that_is_gone_for_a_while():
    doors = book()
    for i in range(8):
        doors.step(cast((-1.0, 0.0), [*WALLS, leaf(0)]), EMPTY, NOBODY, 0.1 * i)
    other = book()
    other.restore(json.loads(json.dumps(doors.state())))
    assert other.history(7).p_open(50.0) == doors.history(7).p_open(50.0)
    doors.know([])
    doors.know([DOORWAY])
    assert doors.is_open(7) is False
    with pytest.raises(InputError, match="identity"):
        doors.history(8)
    with pytest.raises(InputError):
        doors.restore({"x": {}})
