import math

import numpy as np
import pytest
from simulation_toys import drive, room, world

from drivers.simulation.homes.home import Box, Door, PersonRoute
from drivers.simulation.people import Walker
from drivers.simulation.scenario import Scenario, load_scenario
from homebody.errors import ExitCode, ScenarioError
from homebody.geometry import SE2

DOOR = Door("kitchen", (3.0, 1.6), (3.0, 2.4), open_angle_rad=math.pi / 2)
WALLS = [Box(3.0, 0.8, 0.05, 0.8), Box(3.0, 3.2, 0.05, 0.8)]

FULL = """
seed = 4
battery = 0.5
start = { x_m = 1.0, y_m = 1.0, yaw_rad = 0.5 }

[[doors]]
name = "kitchen"
action = "shut"
at_s = 1.0

[[people]]
name = "ann"
waypoints_m = [[1.0, 3.0], [2.0, 3.0]]
is_looping = true

[[objects]]
name = "chair"
size_m = [0.5, 0.5, 0.9]
poses = [{ at_s = 1.0, x_m = 2.0, y_m = 2.0 }, { at_s = 2.0, x_m = 4.0, y_m = 2.0, yaw_rad = 1.0 }]
vanish_at_s = 9.0

[[relocations]]
at_s = 5.0
x_m = 4.0
y_m = 1.0

[[sensor_faults]]
sensor = "lidar"
kind = "dropout"
share = 0.3
from_s = 2.0
to_s = 3.0

[[process_faults]]
process = "brain"
action = "kill"
at_s = 4.0

[[wheel_slip]]
std = 0.05
from_s = 1.0
"""


def written(tmp_path, text):
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    return path


def test_reads_a_whole_file(tmp_path):
    scenario = load_scenario(written(tmp_path, FULL))
    assert scenario.seed == 4
    assert scenario.start.se2() == SE2(1.0, 1.0, 0.5)
    assert scenario.process_faults[0].process == "brain"
    assert scenario.sensor_faults[0].share == 0.3
    scenario.check_against(room(doors=(DOOR,)))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("seeds = 1", "seeds"),
        ("battery = 1.5", "battery"),
        ('[[doors]]\nname="a"\naction="slam"\nat_s=1', "doors.0.action"),
        ('[[doors]]\nname="a"\naction="shut"\nat_s=-1', "doors.0.at_s"),
        ('[[people]]\nname="a"\nwaypoints_m=[]', "people.0.waypoints_m"),
        ('[[objects]]\nname="a"\nsize_m=[0,1,1]\nposes=[{at_s=1,x_m=1,y_m=1}]', "objects.0"),
        ('[[sensor_faults]]\nsensor="bump"\nkind="nan"', "sensor_faults.0"),
        ('[[sensor_faults]]\nsensor="lidar"\nkind="nan"\nfrom_s=3\nto_s=2', "sensor_faults.0"),
        ('[[process_faults]]\nprocess="cat"\naction="kill"\nat_s=1', "process_faults.0.process"),
        ("seed = ", "the file"),
    ],
)
def test_a_bad_value_is_named(tmp_path, text, field):
    path = written(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    assert caught.value.field == field
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == ExitCode.BAD_REQUEST


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ScenarioError, match="readable"):
        load_scenario(tmp_path / "none.toml")


def test_unknown_door_and_place_outside_are_named():
    scenario = Scenario(doors=({"name": "attic", "action": "shut", "at_s": 1},))
    with pytest.raises(ScenarioError, match=r"doors\.0\.name.*attic.*kitchen"):
        scenario.check_against(room(doors=(DOOR,)), "x.toml")
    scenario = Scenario(people=({"name": "ann", "waypoints_m": [[1, 1], [9, 1]]},))
    with pytest.raises(ScenarioError, match=r"people\.0\.waypoints_m\.1"):
        world(room(), scenario)


def test_routes_replace_the_homes_own():
    home = room(people=(PersonRoute("ann", ((1.0, 1.0),)), PersonRoute("bob", ((2.0, 2.0),))))
    plans = ({"name": "bob", "waypoints_m": [[3, 3]]}, {"name": "cy", "waypoints_m": [[1, 3]]})
    routes = Scenario(people=plans).routes(home)
    assert [r.name for r in routes] == ["ann", "bob", "cy"]
    assert routes[1].waypoints_m == ((3.0, 3.0),)


def ahead_m(frames):
    """Range straight ahead in the last packet that holds it."""
    return [p for f in frames for p in f.lidar if p.first_beam == 180][-1].ranges_m[0]


def test_a_door_shuts_and_opens():
    events = [
        {"name": "kitchen", "action": "shut", "at_s": 0.4},
        {"name": "kitchen", "action": "open", "at_s": 4.0},
    ]
    w = world(room(boxes=WALLS, doors=(DOOR,)), Scenario.model_validate({"doors": events}))
    assert ahead_m(drive(w, 0.3, 0.0, 0.0)) == pytest.approx(5.0, abs=0.05)
    assert ahead_m(drive(w, 3.6, 0.0, 0.0)) == pytest.approx(2.0 - 0.02, abs=0.05)
    assert w.truth.doors_rad[0] == pytest.approx(0.0, abs=0.02)
    assert ahead_m(drive(w, 3.6, 0.0, 0.0)) == pytest.approx(5.0, abs=0.05)


def test_a_door_does_not_crush_the_robot():
    event = {"name": "kitchen", "action": "shut", "at_s": 0.1}
    w = world(
        room(boxes=WALLS, doors=(DOOR,), start=SE2(3.0, 2.0, 0.0)),
        Scenario.model_validate({"doors": [event]}),
    )
    drive(w, 4.0, 0.0, 0.0)
    assert w.truth.touch_count >= 1
    assert w.truth.T_home_robot.distance_m(SE2(3.0, 2.0, 0.0)) < 0.3
    assert abs(w.truth.doors_rad[0]) > 0.2


def test_a_shut_door_stops_the_robot_unless_it_pushes():
    from dataclasses import replace

    w = world(room(boxes=WALLS, doors=(replace(DOOR, is_open=False),)))
    assert w.truth.doors_rad == (0.0,)
    drive(w, 1.0, 0.0, 0.0)
    assert w.truth.doors_rad[0] == pytest.approx(0.0, abs=1e-6)


def test_objects_appear_move_and_vanish():
    plan = {
        "name": "box",
        "size_m": [0.4, 0.4, 0.5],
        "poses": [
            {"at_s": 0.4, "x_m": 3.0, "y_m": 2.0},
            {"at_s": 0.8, "x_m": 4.0, "y_m": 2.0},
        ],
        "vanish_at_s": 1.2,
    }
    w = world(scenario=Scenario.model_validate({"objects": [plan]}))
    ranges = [ahead_m(drive(w, duration_s, 0.0, 0.0)) for duration_s in (0.3, 0.4, 0.4, 0.4)]
    np.testing.assert_allclose(ranges, [5.0, 1.8, 2.8, 5.0], atol=0.05)


def test_slip_only_while_the_floor_is_another():
    floor = {"std": 0.2, "from_s": 0.0, "to_s": 0.5}
    w = world(scenario=Scenario.model_validate({"wheel_slip": [floor]}))
    drive(w, 0.6, 0.4, 0.0)
    bent = w.truth.T_home_robot.yaw_rad
    drive(w, 1.0, 0.4, 0.0)
    assert abs(bent) > 1e-3
    assert w.truth.T_home_robot.yaw_rad == pytest.approx(bent, abs=5e-3)


def test_walker_goes_there_and_back_with_pauses():
    route = PersonRoute("ann", ((0.0, 0.0), (2.0, 0.0), (2.0, 1.0)), 1.0, 1.0, True, 0.5)
    walker = Walker(route)
    assert (walker.at(0.5).x_m, walker.at(0.5).speed_m_s) == (0.0, 0.0)
    middle = walker.at(2.0)
    assert (middle.x_m, middle.yaw_rad, middle.speed_m_s) == (1.0, 0.0, 1.0)
    assert walker.at(3.2).speed_m_s == 0.0  # pauses from 3.0 to 3.5
    assert walker.at(4.0).y_m == pytest.approx(0.5)
    back = walker.at(1.0 + 2.0 + 0.5 + 1.0 + 0.5 + 0.25)
    assert (back.y_m, back.yaw_rad) == (pytest.approx(0.75), pytest.approx(-math.pi / 2))
    # A whole round: 3 m there, 3 m back, four pauses.
    later = walker.at(2.0 + 6.0 + 4 * 0.5)
    assert (later.x_m, later.y_m) == (pytest.approx(1.0), pytest.approx(0.0))


def test_walker_stands_at_the_end_and_single_points_stand_always():
    end = Walker(PersonRoute("ann", ((0.0, 0.0), (2.0, 0.0)), 1.0)).at(50.0)
    assert (end.x_m, end.speed_m_s) == (2.0, 0.0)
    still = Walker(PersonRoute("bob", ((1.0, 1.0),), is_looping=True)).at(5.0)
    assert (still.x_m, still.speed_m_s) == (1.0, 0.0)


def test_legs_swing_about_the_middle():
    walker = Walker(PersonRoute("ann", ((0.0, 0.0), (9.0, 0.0)), 1.0))
    spread = []
    for t in np.arange(0.5, 5.0, 0.05):
        person = walker.at(t)
        legs = np.array(person.legs_m)
        np.testing.assert_allclose(legs.mean(axis=0), (person.x_m, person.y_m), atol=1e-9)
        spread.append(legs[0, 0] - legs[1, 0])
    assert max(spread) == pytest.approx(0.44, abs=0.02)
    assert min(spread) == pytest.approx(-0.44, abs=0.02)


def person_world(x, y, pan=0.0, boxes=(), duration_s=2.0):
    plan = {"name": "ann", "waypoints_m": [[x, y], [x, y + 0.01]]}
    w = world(room(boxes=boxes), Scenario.model_validate({"people": [plan]}))
    return w, drive(w, duration_s, 0.0, 0.0, pan=pan)


def seen(frames):
    return [d for f in frames if f.people is not None for d in f.people.people]


def test_a_person_ahead_is_detected_with_honest_covariance():
    _, frames = person_world(4.0, 2.5, duration_s=5.0)
    found = seen(frames)
    assert len(found) >= 48
    errors = np.array([d.position_robot_m for d in found]) - (3.0, 0.5)
    whitened = [e @ np.linalg.solve(d.covariance_m2, e) for d, e in zip(found, errors, strict=True)]
    assert np.mean(whitened) == pytest.approx(2.0, abs=1.0)  # chi-square of two


def test_a_person_behind_is_not_detected_until_the_head_turns():
    assert not seen(person_world(1.0, 3.5)[1])
    assert seen(person_world(1.0, 3.5, pan=1.4)[1])


def test_a_person_behind_a_wall_is_not_detected():
    assert not seen(person_world(4.0, 2.0, boxes=[Box(3.0, 2.0, 0.05, 1.0)])[1])


def test_the_lidar_sees_the_legs():
    _, frames = person_world(2.5, 2.0)
    assert ahead_m(frames) == pytest.approx(2.4 - 0.07 - 1.0, abs=0.04)


def test_a_walking_person_who_bumps_into_it_moves_it_aside():
    plan = {"name": "ann", "waypoints_m": [[3.0, 2.1], [1.0, 2.1]], "speed_m_s": 0.8}
    w = world(scenario=Scenario.model_validate({"people": [plan]}))
    drive(w, 3.0, 0.0, 0.0)
    assert w.truth.touch_count >= 1
    assert w.truth.T_home_robot.distance_m(SE2(1.0, 2.0, 0.0)) > 0.02


def test_detected_facing_is_in_the_robot_frame():
    plan = {"name": "ann", "waypoints_m": [[3.0, 1.0], [3.0, 3.5]], "speed_m_s": 0.5}
    w = world(scenario=Scenario.model_validate({"people": [plan]}))
    found = seen(drive(w, 3.0, 0.0, 0.0))
    assert np.mean([d.facing_robot_rad for d in found]) == pytest.approx(math.pi / 2, abs=0.15)
