"""The queue of tasks: taken on once, refused with a reason, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behaviours.config import TaskQueueConfig
from behaviours.task import TRANSITIONS, IllegalTransitionError, Task
from behaviours.task_queue import QueueState, TaskQueue
from behaviours.task_types import task_types
from homebody.errors import MessageError
from homebody.messages import default_body
from homebody.payloads import FINAL_STATES, TaskEvent, TaskRequest
from navigation.exploration.explorer import next_viewpoint
from skills.config import SkillsConfig

TYPES = task_types(default_body(), next_viewpoint, SkillsConfig())
NOW = 1000.0


def queue(**config: int) -> TaskQueue:
    return TaskQueue(TYPES, TaskQueueConfig(**config))


def request(task_id: str, task_type: str = "explore", ts: float = NOW, **args: Any) -> TaskRequest:
    return TaskRequest(v=1, id=task_id, type=task_type, args=args, ts=ts, ttl_s=30.0)


def states(events: list[TaskEvent]) -> list[tuple[str, str]]:
    return [(event.id, event.state) for event in events]


def test_one_runs_the_others_wait_in_order() -> None:
    q = queue()
    assert states(q.submit(request("a"), False, NOW)) == [("a", "accepted")]
    assert states(q.submit(request("b"), False, NOW)) == [("b", "accepted"), ("b", "queued")]
    assert states(q.start(NOW)) == [("a", "running")]
    assert q.active is not None
    assert [task.id for task in q.waiting] == ["b"]
    assert states(q.finish("succeeded", NOW, "done")) == [("a", "succeeded")]
    assert q.active is None
    assert q.current is not None
    assert q.current.id == "b"
    assert [task.id for task in q.recent] == ["a"]


def test_the_same_id_again_changes_nothing_and_is_told_its_state() -> None:
    q = queue()
    q.submit(request("a"), False, NOW)
    q.start(NOW, "looking about")
    before = q.state()
    again = q.submit(request("a", "go_to", room="kitchen"), False, NOW + 5.0)
    assert states(again) == [("a", "running")]
    assert again[0].ts == NOW + 5.0
    assert states(q.submit(request("a"), True, NOW)) == [("a", "running")]
    assert q.state() == before
    q.finish("failed", NOW, "the door is shut")
    (event,) = q.submit(request("a"), False, NOW + 9.0)
    assert (event.state, event.reason, event.ts) == ("failed", "the door is shut", NOW + 9.0)
    assert q.current is None


def test_retained_and_expired_requests_are_refused_and_forgotten() -> None:
    q = queue()
    (event,) = q.submit(request("a"), True, NOW)
    assert event.state == "rejected"
    assert "retain" in event.reason
    (event,) = q.submit(request("a", ts=NOW - 31.0), False, NOW)
    assert event.state == "expired"
    assert event.reason == "it is 31.0 s old; allowed: ttl_s = 30 s"
    assert states(q.submit(request("a", ts=NOW - 30.0), False, NOW)) == [("a", "accepted")]


@pytest.mark.parametrize(
    ("task_type", "args", "words"),
    [
        ("dance", {}, ["type is 'dance'", "one of dock, explore, go_to"]),
        ("explore", {"x": 1}, ["args: x is 1", "no such field exists here"]),
        ("go_to", {}, ["either x and y (and yaw), or room"]),
        ("go_to", {"x": 1.0}, ["either x and y"]),
        ("go_to", {"yaw": 1.0}, ["either x and y"]),
        ("go_to", {"x": 1.0, "y": 2.0, "room": "hall"}, ["either x and y"]),
        ("go_to", {"room": "hall", "yaw": 1.0}, ["either x and y"]),
        ("go_to", {"x": "far", "y": 2.0}, ["x is 'far'", "valid number"]),
        ("go_to", {"x": 1e9, "y": 2.0}, ["x is 1000000000.0", "less than or equal to 1000"]),
        ("go_to", {"x": float("nan"), "y": 2.0}, ["x is nan", "finite"]),
        ("go_to", {"room": " "}, ["room is ' '", "at least 1 character"]),
        ("go_to", {"room": 7}, ["room is 7", "valid string"]),
    ],
)
def test_bad_requests_name_field_value_and_allowed(
    task_type: str, args: dict[str, Any], words: list[str]
) -> None:
    q = queue()
    (event,) = q.submit(request("a", task_type, **args), False, NOW)
    assert event.state == "rejected"
    for word in words:
        assert word in event.reason
    assert q.state() == QueueState()


def test_go_to_takes_a_point_a_pose_or_a_room() -> None:
    q = queue()
    q.submit(request("a", "go_to", x=1, y=2), False, NOW)
    q.submit(request("b", "go_to", x=1.0, y=2.0, yaw=3.0), False, NOW)
    q.submit(request("c", "go_to", room=" kitchen "), False, NOW)
    assert [task.args for task in q.waiting] == [
        {"x": 1.0, "y": 2.0},
        {"x": 1.0, "y": 2.0, "yaw": 3.0},
        {"room": "kitchen"},
    ]


def test_too_many_are_refused_and_the_id_may_be_used_later() -> None:
    q = queue(max_queue=2)
    for name in "ab":
        q.submit(request(name), False, NOW)
    q.start(NOW)
    q.submit(request("c"), False, NOW)
    (event,) = q.submit(request("d"), False, NOW)
    assert event.state == "rejected"
    assert "waiting tasks is 2; allowed: 2" in event.reason
    q.finish("succeeded", NOW, "")
    q.start(NOW)
    assert states(q.submit(request("d"), False, NOW))[0] == ("d", "accepted")


def test_stop_ends_all_that_is_open() -> None:
    q = queue()
    for name in "abc":
        q.submit(request(name), False, NOW)
    q.start(NOW)
    assert states(q.stop(NOW)) == [("a", "cancelled"), ("b", "cancelled"), ("c", "cancelled")]
    assert q.current is None
    assert q.stop(NOW) == []
    assert [task.id for task in q.recent] == ["c", "b", "a"]


def test_pause_and_go_on() -> None:
    q = queue()
    q.submit(request("a"), False, NOW)
    q.start(NOW)
    assert q.start(NOW) == []
    assert states(q.pause(NOW, "the battery is low")) == [("a", "paused")]
    assert q.active is not None
    assert states(q.start(NOW)) == [("a", "running")]


def test_illegal_steps_raise() -> None:
    q = queue()
    with pytest.raises(IndexError):
        q.start(NOW)
    q.submit(request("a"), False, NOW)
    with pytest.raises(IllegalTransitionError, match="'accepted', asked for 'succeeded'"):
        q.finish("succeeded", NOW, "")
    with pytest.raises(IllegalTransitionError, match="none, it is over"):
        Task("a", "explore", state="failed").moved_to("running")


def test_notes_are_no_events_but_are_seen() -> None:
    q = queue()
    q.submit(request("a"), False, NOW)
    q.start(NOW)
    q.note("on the way", 0.4, 25.0)
    assert q.active is not None
    payload = q.active.payload()
    assert (payload.state, payload.reason, payload.progress) == ("running", "on the way", 0.4)
    assert payload.time_left_s == 25.0
    q.pause(NOW, "the battery comes first")
    assert q.active.payload().time_left_s is None


@pytest.mark.parametrize(
    ("payload", "task_id"),
    [
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"[1, 2]", ""),
        (b'{"id": "a-1", "type": 3}', "a-1"),
        (b'{"id": "bad id!"}', ""),
        (b'{"id": 7}', ""),
        (b"[" * 90_000, ""),
    ],
)
def test_malformed_requests_get_an_answer(payload: bytes, task_id: str) -> None:
    problem = MessageError("task/set", "type", 3, "a string")
    event = queue().reject_malformed(payload, problem, NOW)
    assert (event.id, event.state, event.ts) == (task_id, "rejected", NOW)
    assert event.reason == "task/set: type is 3; allowed: a string"


def test_a_reason_of_any_length_fits_its_event() -> None:
    event = queue().reject_malformed(b"{}", "x" * 2000, NOW)
    assert len(event.reason) == 500


def test_what_is_remembered_is_bounded() -> None:
    q = queue(max_known_ids=10, max_recent=3)
    for n in range(30):
        q.submit(request(f"t{n}"), False, NOW)
        q.start(NOW)
        q.finish("succeeded", NOW, "")
    assert len(q.state().ended) == 10
    assert [task.id for task in q.recent] == ["t29", "t28", "t27"]
    assert states(q.submit(request("t29"), False, NOW)) == [("t29", "succeeded")]
    assert states(q.submit(request("t1"), False, NOW)) == [("t1", "accepted")]


def test_a_restart_loses_no_task_and_runs_none_twice() -> None:
    q = queue()
    for name in "abc":
        q.submit(request(name, "go_to", x=1.0, y=2.0), False, NOW)
    q.start(NOW)
    q.finish("succeeded", NOW, "arrived")
    q.start(NOW)
    stored = QueueState.model_validate_json(q.state().model_dump_json())
    again = queue()
    assert states(again.resume(stored, NOW + 60.0)) == [("b", "paused"), ("c", "queued")]
    assert again.active is not None
    assert again.active.reason == "interrupted by a restart"
    assert [task.id for task in again.waiting] == ["c"]
    assert states(again.submit(request("a"), False, NOW)) == [("a", "succeeded")]
    (event,) = again.start(NOW, "on the way")
    assert (event.id, event.state) == ("b", "running")
    assert event.reason == "goes on after a restart: on the way"
    again.finish("succeeded", NOW, "arrived")
    assert again.start(NOW, "on the way")[0].reason == "on the way"


def test_a_second_restart_in_a_row_changes_nothing() -> None:
    q = queue()
    q.submit(request("a"), False, NOW)
    q.submit(request("b"), False, NOW)
    q.start(NOW)
    once, twice = queue(), queue()
    once.resume(q.state(), NOW)
    twice.resume(once.state(), NOW)
    assert twice.state() == once.state()
    assert twice.start(NOW, "")[0].reason.startswith("goes on after a restart")


def test_a_stored_task_of_a_kind_that_is_gone_fails_with_the_reason() -> None:
    q = queue()
    q.submit(request("a", "dock"), False, NOW)
    q.submit(request("b"), False, NOW)
    types = {name: kind for name, kind in TYPES.items() if name != "dock"}
    again = TaskQueue(types)
    assert states(again.resume(q.state(), NOW)) == [("a", "failed"), ("b", "queued")]
    assert [task.id for task in again.waiting] == ["b"]
    assert again.recent[0].state == "failed"
    assert "type is 'dock'" in again.recent[0].reason


ACTIONS = st.lists(
    st.sampled_from(["submit", "again", "start", "pause", "succeed", "fail", "stop", "restart"]),
    max_size=60,
)


@given(ACTIONS)
def test_whatever_happens_the_events_tell_a_legal_story(actions: list[str]) -> None:
    """Every id goes through legal states only, ends once, and at most one task is active."""
    q, story, n = queue(max_queue=4), dict[str, str](), 0
    for action in actions:
        events: list[TaskEvent] = []
        if action == "submit":
            events, n = q.submit(request(f"t{n}"), False, NOW), n + 1
        elif action == "again" and n:
            assert all(e.state == story[e.id] for e in q.submit(request("t0"), False, NOW))
        elif action == "start" and q.current:
            events = q.start(NOW)
        elif action == "stop":
            events = q.stop(NOW)
        elif action == "restart":
            stored, q = q.state(), queue(max_queue=4)
            resumed = q.resume(stored, NOW)
            events = [event for event in resumed if event.state != story[event.id]]
        elif q.active and q.active.state == "running":
            if action == "pause":
                events = q.pause(NOW, "")
            elif action in ("succeed", "fail"):
                events = q.finish("succeeded" if action == "succeed" else "failed", NOW, "")
        for event in events:
            before = story.get(event.id)
            if before is not None:
                assert event.state in TRANSITIONS[before]
            story[event.id] = event.state
        open_ids = {task_id for task_id, state in story.items() if state not in FINAL_STATES}
        assert open_ids == {t.id for t in q.waiting} | ({q.active.id} if q.active else set())
