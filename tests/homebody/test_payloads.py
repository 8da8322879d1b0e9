import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from homebody.errors import ConfigError, ExitCode, InputError, MessageError
from homebody.payloads import (
    FINAL_STATES,
    EstopRequest,
    PosePayload,
    RobotState,
    TaskEvent,
    TaskRequest,
    Topics,
    TreeNodePayload,
    TreePayload,
)
from homebody.settings import Settings, parse, parse_json

GOOD: dict[str, Any] = {"v": 1, "id": "a-1", "type": "go_to", "args": {"room": "hall"}, "ts": 1.5}


def test_topics_lie_under_one_root() -> None:
    topics = vars(Topics("r2"))
    leaves = (
        "task/set task/event state stop estop estop/event map plan tree availability body delays"
    )
    leaves += " rooms rooms/set rooms/event zones zone/set zone/event doors"
    assert set(topics.values()) == {f"homebody/r2/{leaf}" for leaf in leaves.split()}


def test_a_request_has_defaults() -> None:
    request = parse(TaskRequest, GOOD, "test")
    assert (request.ttl_s, request.source) == (30.0, "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"v": 2}, "v"),
        ({"id": ""}, "id"),
        ({"id": "a b"}, "id"),
        ({"id": "x" * 65}, "id"),
        ({"type": "../etc"}, "type"),
        ({"ts": -1.0}, "ts"),
        ({"ts": math.nan}, "ts"),
        ({"ttl_s": 0.0}, "ttl_s"),
        ({"ttl_s": math.inf}, "ttl_s"),
        ({"args": [1]}, "args"),
        ({"extra": 1}, "extra"),
        ({"source": "s" * 65}, "source"),
    ],
)
def test_a_bad_request_names_the_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse(TaskRequest, GOOD | change, "task/set", MessageError)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"task/set: {field} is ")
    assert caught.value.exit_code == ExitCode.BAD_REQUEST


def test_a_missing_field_is_named() -> None:
    with pytest.raises(InputError, match="test: type is "):
        parse(TaskRequest, {k: v for k, v in GOOD.items() if k != "type"}, "test")


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused_in_words(data: bytes) -> None:
    with pytest.raises(MessageError):
        parse_json(TaskRequest, data, "task/set")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["v", "id", "type", "args", "ts", "ttl_s", "x"]), json_values)
)
def test_any_json_is_parsed_or_refused_in_words(data: dict[str, Any]) -> None:
    try:
        request = parse_json(TaskRequest, json.dumps(data), "task/set")
    except MessageError:
        return
    assert parse_json(TaskRequest, request.model_dump_json(), "again") == request


def test_events_and_states_go_round() -> None:
    event = TaskEvent(id="", state="rejected", reason="no JSON", ts=3.0)
    assert parse_json(TaskEvent, event.model_dump_json(), "t") == event
    state = RobotState(
        ts=1.0,
        pose=PosePayload(x_m=1.0, y_m=2.0, yaw_rad=0.1),
        localization_quality=1.0,
        speed_m_s=0.0,
        yaw_rate_rad_s=0.0,
        pan_rad=0.0,
        tilt_rad=0.0,
        face="happy",
        activity="",
        estop=False,
    )
    assert parse_json(RobotState, state.model_dump_json(), "t") == state


def test_a_tree_holds_trees() -> None:
    leaf = TreeNodePayload(id="2", name="stop", kind="leaf", status="running")
    root = TreeNodePayload(id="1", name="root", kind="selector", status="running", children=[leaf])
    tree = TreePayload(ts=0.0, tick=1, root=root)
    assert parse_json(TreePayload, tree.model_dump_json(), "t").root.children[0].name == "stop"


def test_final_states_end_a_task() -> None:
    assert "running" not in FINAL_STATES
    assert {"rejected", "succeeded", "failed", "cancelled", "expired"} == FINAL_STATES


def test_an_estop_must_say_which_way() -> None:
    with pytest.raises(MessageError, match="estop: engaged"):
        parse_json(EstopRequest, "{}", "estop")


def test_settings_are_frozen_closed_and_finite() -> None:
    class Part(Settings):
        speed_m_s: float = 1.0

    part = Part()
    with pytest.raises(ValidationError):
        part.speed_m_s = 2.0  # type: ignore[misc]
    with pytest.raises(ConfigError, match=r"f.toml: sped_m_s is 1; allowed: no such field"):
        parse(Part, {"sped_m_s": 1}, "f.toml", ConfigError)
    with pytest.raises(ConfigError, match="speed_m_s"):
        parse(Part, {"speed_m_s": math.inf}, "f.toml", ConfigError)


def test_a_long_value_is_cut_short_in_the_text() -> None:
    problem = InputError("f", "x", "y" * 10_000, "less")
    assert len(str(problem)) < 200
