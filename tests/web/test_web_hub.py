"""The hub keeps the newest of each channel, and each browser is sent the newest only."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_fakes import FakeBus
from web_made_home import made_map, made_plan, made_state, made_tree

from homebody.clock import ManualClock
from homebody.payloads import Availability, ProcessesPayload, RobotState, TaskEvent
from web.config import WebConfig
from web.hub import CHANNELS, N_EVENTS_KEPT, Entry, Hub
from web.outgoing import Outgoing
from web.stream import stream


def make_hub() -> tuple[Hub, FakeBus, ManualClock]:
    bus, clock = FakeBus(), ManualClock(100.0)
    hub = Hub(bus, "robot", clock)
    hub.subscribe()
    return hub, bus, clock


def test_every_channel_is_subscribed() -> None:
    hub, bus, _ = make_hub()
    assert set(bus.handlers) == {getattr(hub.topics, channel) for channel in CHANNELS}


def test_newest_wins() -> None:
    hub, bus, _ = make_hub()
    for room in ("hall", "kitchen", "study"):
        bus.deliver(hub.topics.state, made_state(room=room))
    newest = hub.newest("state", RobotState)
    assert newest is not None
    assert newest[0].room == "study"
    assert [entry.channel for entry in hub.entries()] == ["state"]


def test_what_the_supervisor_says_needs_no_bus() -> None:
    hub, bus, clock = make_hub()
    bus.is_connected = False
    hub.tell_processes(ProcessesPayload(faults=["the broker process died"]))
    (entry,) = hub.entries()
    sent = json.loads(entry.envelope(clock.now_s()))
    assert sent["channel"] == "processes"
    assert sent["data"]["faults"] == ["the broker process died"]


def test_age_is_counted_from_receipt_and_unknown_when_retained() -> None:
    hub, bus, clock = make_hub()
    bus.deliver(hub.topics.state, made_state(), is_retained=True)
    newest = hub.newest("state", RobotState)
    assert newest is not None
    assert newest[1] is None
    bus.deliver(hub.topics.state, made_state())
    clock.advance_to(102.5)
    newest = hub.newest("state", RobotState)
    assert newest is not None
    assert newest[1] == pytest.approx(2.5)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"v": 2}', b"\xff\xfe", b'{"online": 3}'])
def test_malformed_message_changes_nothing(
    payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    hub, bus, _ = make_hub()
    bus.deliver(hub.topics.availability, Availability(online=True))
    with caplog.at_level(logging.WARNING):
        bus.deliver(hub.topics.availability, payload)
    newest = hub.newest("availability", Availability)
    assert newest is not None
    assert newest[0].online
    assert hub.topics.availability in caplog.text


def test_envelope_is_json_with_channel_age_and_data() -> None:
    hub, bus, _ = make_hub()
    for topic, payload in [
        (hub.topics.state, made_state()),
        (hub.topics.map, made_map()),
        (hub.topics.plan, made_plan()),
        (hub.topics.tree, made_tree()),
    ]:
        bus.deliver(topic, payload)
        entry = hub.entries()[-1]
        envelope = json.loads(entry.envelope(100.25))
        assert envelope["age_s"] == pytest.approx(0.25)
        assert CHANNELS[envelope["channel"]].model_validate(envelope["data"]) == payload


def test_events_are_kept_per_task_and_bounded() -> None:
    hub, bus, _ = make_hub()
    for i in range(2 * N_EVENTS_KEPT):
        bus.deliver(hub.topics.task_event, TaskEvent(id=f"t{i}", state="accepted", ts=0.0))
    bus.deliver(hub.topics.task_event, TaskEvent(id="t60", state="rejected", ts=0.0))
    events = [entry.payload for entry in hub.entries()]
    assert len(events) == N_EVENTS_KEPT
    states = {event.id: event.state for event in events if isinstance(event, TaskEvent)}
    assert states["t60"] == "rejected"
    assert "t0" not in states


def test_watcher_is_woken_from_another_thread() -> None:
    hub, bus, _ = make_hub()

    async def watch() -> None:
        with hub.watch() as news:
            sender = threading.Thread(target=bus.deliver, args=(hub.topics.state, made_state()))
            sender.start()
            await asyncio.wait_for(news.wait(), 2.0)
            sender.join()
        assert hub.n_watchers == 0

    asyncio.run(watch())
    bus.deliver(hub.topics.state, made_state())  # nobody watches any more: no error


def entry(key: str, revision: int) -> Entry:
    return Entry(key, key, revision, 0.0, Availability(online=True), "{}")


def test_outgoing_holds_back_what_comes_too_often() -> None:
    outgoing = Outgoing(0.1)
    first, wait_s = outgoing.due([entry("state", 1)], 5.0)
    assert first is not None
    assert wait_s is None
    outgoing.mark_sent(first, 5.0)
    assert outgoing.due([entry("state", 1)], 5.01) == (None, None)
    held, wait_s = outgoing.due([entry("state", 2)], 5.04)
    assert held is None
    assert wait_s == pytest.approx(0.06)  # 0.1 s after the last one at 5.0 s
    assert outgoing.due([entry("state", 3)], 5.1 + 1e-9)[0] == entry("state", 3)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 0.3)), max_size=60))
def test_outgoing_never_exceeds_its_rate_and_ends_with_the_newest(
    arrivals: list[tuple[str, float]],
) -> None:
    outgoing, now_s, newest = Outgoing(0.1), 0.0, {}
    sent: dict[str, list[tuple[float, int]]] = {}

    def send_all_due() -> float | None:
        while True:
            item, wait_s = outgoing.due(newest.values(), now_s)
            if item is None:
                return wait_s
            outgoing.mark_sent(item, now_s)
            sent.setdefault(item.key, []).append((now_s, item.revision))

    for revision, (key, pause_s) in enumerate(arrivals, start=1):
        now_s += pause_s
        newest[key] = entry(key, revision)
        send_all_due()
    now_s += 0.11
    assert send_all_due() is None
    for key, messages in sent.items():
        times = [time_s for time_s, _ in messages]
        assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(times))
        assert messages[-1][1] == newest[key].revision


class SlowBrowser:
    """A WebSocket that takes a message only when it is let."""

    def __init__(self) -> None:
        self.may_take = asyncio.Event()
        self.may_leave = asyncio.Event()
        self.taken: list[Any] = []

    async def accept(self) -> None: ...

    async def receive(self) -> dict[str, str]:
        await self.may_leave.wait()
        return {"type": "websocket.disconnect"}

    async def send_text(self, text: str) -> None:
        await self.may_take.wait()
        self.taken.append(json.loads(text)["data"]["activity"])


def test_slow_browser_is_sent_the_newest_and_nothing_in_between() -> None:
    hub, bus, clock = make_hub()

    async def look_on() -> list[Any]:
        browser = SlowBrowser()
        serving = asyncio.create_task(stream(cast(Any, browser), hub, WebConfig()))
        for i in range(100):
            bus.deliver(hub.topics.state, made_state(activity=f"step {i}"))
            await asyncio.sleep(0)
        clock.advance_to(200.0)
        browser.may_take.set()
        await asyncio.sleep(0.15)
        clock.advance_to(201.0)
        await asyncio.sleep(0.15)
        browser.may_leave.set()
        await asyncio.wait_for(serving, 2.0)
        return browser.taken

    taken = asyncio.run(look_on())
    assert len(taken) == 2  # the one it was busy with, then the newest
    assert taken[-1] == "step 99"
    assert hub.n_watchers == 0
