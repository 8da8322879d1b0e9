"""The whole robot in lock step: it does its tasks, repeats itself, and explains what it cannot."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.report import TIMING_FIELDS
from homebody.errors import InputError


def simulate(report: Path, *options: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(app, ["simulate", "--report", str(report), *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(report.read_text())


def test_two_runs_of_one_seed_write_the_same_report(tmp_path: Path) -> None:
    options = ("--task", "go-to 2.5,4.7", "--task", "go-to 1.5,4.7", "--seed", "3")
    code, first = simulate(tmp_path / "a.json", *options)
    _, second = simulate(tmp_path / "b.json", *options)
    assert code == 0
    assert first["collisions"] == 0
    assert {k: v for k, v in first.items() if k not in TIMING_FIELDS} == {
        k: v for k, v in second.items() if k not in TIMING_FIELDS
    }


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    _, first = simulate(tmp_path / "a.json", "--task", "go-to 1.5,4.7", "--seed", "1")
    _, second = simulate(tmp_path / "b.json", "--task", "go-to 1.5,4.7", "--seed", "2")
    assert first["localization_error_m"] != second["localization_error_m"]


def test_a_goal_that_cannot_be_reached_fails_with_a_reason(tmp_path: Path) -> None:
    code, report = simulate(tmp_path / "a.json", "--task", "go-to 3.0,8.0")
    (task,) = report["tasks"]
    assert code == 1
    assert not task["success"]
    assert task["reason"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--task", "dance"), "dance"),
        (("--task", "explore", "--start", "1,2,north"), "yaw"),
        (("--task", "explore", "--start", "50,50"), "start"),
        (("--task", "explore", "--home", "nowhere.json"), "nowhere.json"),
        (("--task", "explore", "--scenario", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_a_users_mistake_is_an_input_error(options: tuple[str, ...], named: str) -> None:
    result = CliRunner().invoke(app, ["simulate", *options])
    assert isinstance(result.exception, InputError)
    assert named in str(result.exception)
