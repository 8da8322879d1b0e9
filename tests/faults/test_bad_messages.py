"""Malformed, oversized and retained messages: each gets a reason, the good ones are served."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.faults_messages import parser_row
from homebody.errors import MessageError
from homebody.payloads import EstopRequest, TaskRequest, request_id_in
from homebody.room_payloads import RoomRequest
from homebody.settings import Settings, parse_json
from homebody.zone_payloads import ZoneRequest

MODELS = (TaskRequest, EstopRequest, ZoneRequest, RoomRequest)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


def test_spoilt_messages_are_refused_with_a_reason_and_the_others_served() -> None:
    row = parser_row(4000, seed=5)
    assert row["crashes"] == 0, row["words"]
    assert row["unanswered"] == 0
    assert row["good_served"] == row["good"] > 0
    assert row["growth_mb"] < 20.0


def refusal(model: type[Settings], payload: bytes) -> str:
    """Why a payload is no such request; empty where it is one."""
    try:
        parse_json(model, payload, "topic", MessageError)
    except MessageError as problem:
        return str(problem)
    return ""


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_a_request_or_refused_with_what_is_allowed(payload: bytes) -> None:
    for model in MODELS:
        reason = refusal(model, payload)
        assert reason == "" or "allowed" in reason
    assert isinstance(request_id_in(payload), str)


@pytest.mark.parametrize("depth", [500, 40_000])
def test_deep_nesting_is_refused_and_has_no_id(depth: int) -> None:
    payload = b'{"id":' + b"[" * depth + b"]" * depth + b"}"
    assert all(refusal(model, payload) for model in MODELS)
    assert request_id_in(payload) == ""
