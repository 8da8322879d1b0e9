"""The metric against a case worked by hand and the published formulae, and the readers of logs."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from benchmarks.slam_data import Log, find_logs, load_corrected, load_npz
from benchmarks.slam_graphs import dead_reckoned, load_graph, with_false_closures
from benchmarks.slam_metric import relation_errors
from homebody.errors import InputError
from homebody.geometry import SE2


def log_of(odom, relations, scan_line, time_s):
    n = len(scan_line)
    return Log(
        "made", np.full((n, 4), 1.0), np.zeros(4), 0.0, np.array(scan_line), np.array(odom),
        np.array(time_s), np.array(relations), True, np.ones(n, dtype=bool),
    )  # fmt: skip


def test_errors_of_a_case_worked_by_hand():
    # lines 0 and 2 are scans; line 1 is reached by odometry from line 0, 1 m ahead
    odom = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]]
    relations = [
        [0, 2, 2.0, 0.0, 0.0],  # the trajectory says (2.3, 0.4), 0.1 rad: off by 0.5 m
        [1, 2, 1.0, 0.0, 0.1],  # (1.3, 0.4), 0.1 rad: off by 0.5 m, turn right
    ]
    log = log_of(odom, relations, [0, 2], [0.0, 1.0, 25.0])
    errors = relation_errors(log, np.array([[0.0, 0.0, 0.0], [2.3, 0.4, 0.1]]))
    assert errors.translation_m == pytest.approx([0.5, 0.5])
    assert errors.rotation_deg == pytest.approx([np.degrees(0.1), 0.0])
    assert errors.is_loop.tolist() == [True, True]
    assert errors.is_at_scans.tolist() == [True, False]
    summary = errors.summary()
    assert summary["all_m_mean"] == pytest.approx(0.5)
    assert summary["all_m_std"] == pytest.approx(0.0, abs=1e-9)
    assert np.isnan(summary["local_m_mean"])
    assert summary["at_scans_deg_mean"] == pytest.approx(np.degrees(0.1))


def published_errors(log, poses):
    """Relation by relation, with transforms: the formulae of the data's own evaluator."""
    lines = log.scan_line

    def at(line):
        nearest = min(range(len(lines)), key=lambda k: (abs(lines[k] - line), k))
        by_odometry = SE2.from_array(log.odom[lines[nearest]]).inverse() @ SE2.from_array(
            log.odom[line]
        )
        return SE2.from_array(poses[nearest]) @ by_odometry

    found = []
    for first, second, x, y, yaw in log.relations:
        got = at(int(first)).inverse() @ at(int(second))
        off = (got.yaw_rad - yaw + np.pi) % (2 * np.pi) - np.pi
        found.append((np.hypot(got.x_m - x, got.y_m - y), abs(np.degrees(off))))
    return np.array(found)


def test_errors_are_those_of_the_published_formulae():
    rng = np.random.default_rng(4)
    scan_line = np.array([1, 4, 6, 11, 17])
    odom = np.cumsum(rng.normal(0.0, 0.7, (20, 3)), axis=0)
    relations = np.column_stack(
        (rng.integers(0, 20, 40), rng.integers(0, 20, 40), rng.normal(0.0, 2.0, (40, 3)))
    )
    log = log_of(odom, relations, scan_line, np.arange(20.0) * 3.0)
    poses = rng.normal(0.0, 3.0, (5, 3))
    errors = relation_errors(log, poses)
    expected = published_errors(log, poses)
    assert errors.translation_m == pytest.approx(expected[:, 0])
    assert errors.rotation_deg == pytest.approx(expected[:, 1])


def write_corrected(path: Path, lines):
    with gzip.open(path, "wt") as file:
        file.write("\n".join(lines) + "\n")


def flaser(pose, time_s, ranges=(1.0, 2.0, 81.0)):
    xyt = " ".join(str(v) for v in pose)
    values = " ".join(str(r) for r in ranges)
    return f"FLASER {len(ranges)} {values} {xyt} {xyt} {time_s} host {time_s}"


def odom(pose):
    return f"ODOM {pose[0]} {pose[1]} {pose[2]} 0 0 0 1 host 1"


def test_raw_odometry_is_had_back_from_a_corrected_log(tmp_path):
    path = tmp_path / "made-corrected.log.gz"
    write_corrected(
        path,
        [
            "# a comment",
            flaser((0, 0, 0), 1.0),
            odom((0, 0, 0)),
            odom((0.5, 0.0, 0.1)),  # the wheels say 0.5 m
            flaser((0.4, 0.0, 0.1), 2.0),  # the correction says 0.4 m
            odom((0.4, 0.0, 0.1)),
            flaser((0.4, 0.0, 1.5), 3.0),  # nothing in between
        ],
    )
    log = load_corrected(path)
    assert log.moved(1).as_array() == pytest.approx([0.5, 0.0, 0.1])
    assert log.moved(2) is None
    assert np.isinf(log.ranges_m[0, 2])
    first = log.relations[log.relations[:, 1] - log.relations[:, 0] == 1][0]
    assert first == pytest.approx([0, 1, 0.4, 0.0, 0.1])


def test_logs_are_found_and_bad_ones_refused_with_a_reason(tmp_path):
    good = {
        "ranges_cm": np.full((3, 5), 100, dtype=np.uint16), "scan_line": np.arange(3),
        "odom": np.arange(9.0).reshape(3, 3), "odom_t": np.arange(3.0),
        "relations": np.array([[0, 1, 1.0, 0.0, 0.0]]), "angle_min": -1.0, "angle_inc": 0.5,
        "laser_x": 0.1, "no_return_m": 80.0,
    }  # fmt: skip
    np.savez(tmp_path / "good.npz", **good)
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    np.savez(tmp_path / "bad.npz", **(good | {"scan_line": np.array([0, 1, 9])}))
    assert [p.name for p in find_logs(tmp_path)] == ["bad.npz", "good.npz"]
    log = load_npz(tmp_path / "good.npz")
    beams = log.beams(1)
    assert beams.origins_m[0] == pytest.approx([0.1, 0.0])
    assert beams.ends_m[2] == pytest.approx([1.1, 0.0])
    assert log.thinned(3, 0.5).ranges_m.shape == (3, 3)
    assert np.isinf(log.thinned(3, 0.5).ranges_m).all()
    assert log.without_odometry().moved(1) is None
    with pytest.raises(InputError, match="scan_line"):
        load_npz(tmp_path / "bad.npz")


def test_graphs_are_read_reckoned_and_spoilt_alike_for_a_seed(tmp_path):
    path = tmp_path / "made.g2o"
    information = "4 0 0 4 0 9"
    path.write_text(
        f"EDGE_SE2 0 1 1 0 1.5707963 {information}\nEDGE_SE2 1 2 1 0 0 {information}\n"
        f"EDGE_SE2 0 2 1 1 1.5707963 {information}\n"
    )
    guess, edges = load_graph(path)
    assert guess[2] == pytest.approx([1.0, 1.0, 1.5707963], abs=1e-6)
    assert edges[-1].first == 0
    assert edges[-1].information.diagonal() == pytest.approx([4.0, 4.0, 9.0])
    many = edges + [edges[-1]] * 29
    assert len(with_false_closures(many, 1)) == len(many) + 3
    again = [with_false_closures(many, 1)[-1].relative for _ in range(2)]
    assert (again[0] == again[1]).all()
    with pytest.raises(InputError, match="chain"):
        dead_reckoned(path, [e for e in edges if e.first != 1])
