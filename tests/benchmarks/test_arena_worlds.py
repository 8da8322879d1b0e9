import json

import numpy as np
import pytest

from benchmarks import barn, dynabarn
from benchmarks.arena_bench import parse_arena
from benchmarks.barn_data import load_worlds
from benchmarks.dynabarn_data import load_worlds as load_moving
from homebody.errors import InputError


def write_barn(folder, **changes):
    """Walls on both sides as in every BARN world, and one across with a gap of 1.2 m."""
    across = [(x, 5.5) for x in np.arange(-4.4, 0.0, 0.15) if abs(x + 2.6) > 0.6]
    sides = [(x, y) for x in (-4.4, -0.1) for y in np.arange(0.1, 9.6, 0.15)]
    x, y = np.array(across + sides).T
    cylinders = np.stack([x, y, np.full(len(x), 0.075)], axis=1)
    arrays = {
        "world_id": np.array([4]),
        "cylinders": cylinders.astype(np.float32),
        "offsets": np.array([0, len(x)]),
        "path_length_m": np.array([10.5], dtype=np.float32),
    }
    np.savez(folder / "barn.npz", **{k: v for k, v in (arrays | changes).items() if v is not None})


def write_moving(folder, obstacle="ball"):
    file = {
        "robot_start": [11, 0, 3.14],
        "robot_goal_relative": [-20, 0],
        "obstacle_radius_m": 0.5,
        "worlds": {"7": {"obstacles": [obstacle], "radius": ["0.5"], "static_models": []}},
        "trajectories": {"ball": {"duration": 9.0, "keyframes": [[0, -9, -9], [9, 9, -9]]}},
    }
    (folder / "dynabarn.json").write_text(json.dumps(file))


def test_worlds_are_read_and_bad_files_are_refused(tmp_path):
    write_barn(tmp_path)
    (world,) = load_worlds(tmp_path)
    assert world.name == "barn-004"
    assert world.reference_m == pytest.approx(10.5)
    assert len(world.home().cylinders) == len(world.cylinders)
    write_barn(tmp_path, offsets=None)
    with pytest.raises(InputError, match="offsets"):
        load_worlds(tmp_path)


def test_moving_worlds_are_read_and_bad_files_are_refused(tmp_path):
    write_moving(tmp_path)
    (world,) = load_moving(tmp_path)
    assert world.goal_xy_m == (-9.0, 0.0)
    assert world.reference_m == 20.0
    assert world.scenario.cylinders[0].way().at(4.5) == pytest.approx((0.0, -9.0))
    write_moving(tmp_path, "cube")
    with pytest.raises(InputError, match="cube"):
        load_moving(tmp_path)


@pytest.mark.parametrize("extra", [["--planners", "rrt"], ["--seeds", "0"], ["--setting", "hard"]])
def test_bad_use_exits_with_two(tmp_path, extra):
    with pytest.raises(SystemExit) as exited:
        parse_arena("x", ["--data", str(tmp_path), *extra])
    assert exited.value.code == 2
    assert barn.run(parse_arena("x", ["--data", str(tmp_path)])) == 2


def test_the_robot_goes_through_a_gap_at_the_full_score(tmp_path):
    write_barn(tmp_path)
    result, picture = tmp_path / "barn.json", tmp_path / "barn.png"
    options = ["--data", str(tmp_path), "--setting", "fair", "--planners", "homebody", "--seeds",
               "1", "--json", str(result), "--picture", str(picture)]  # fmt: skip
    assert barn.run(parse_arena("x", options)) == 0
    told = json.loads(result.read_text())
    assert told["summary"]["fair/homebody/score"] == 0.5
    assert told["cases"][0]["runs"][0]["clearance_m"] > 0.1
    assert picture.stat().st_size > 500


def test_dwa_crosses_an_arena_with_nothing_in_its_way(tmp_path):
    write_moving(tmp_path)
    result = tmp_path / "dynabarn.json"
    data = tmp_path / "data"
    data.mkdir()
    write_moving(data)
    options = ["--data", str(data), "--planners", "dwa 1.0", "--seeds", "1", "--json", str(result)]
    assert dynabarn.run(parse_arena("x", options, setting="fair")) == 0
    row = json.loads(result.read_text())["cases"][0]["runs"][0]
    assert row["outcome"] == "success"
    # 20 m less the metre at the goal and the tenth at the start, at 1 m/s at most
    assert 18.9 <= row["time_s"] <= 21.0
