import multiprocessing
import os
import signal
import struct
import time
from multiprocessing.synchronize import Event

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebody.mailbox import Mailbox, MailboxFullError

SPAWN = multiprocessing.get_context("spawn")


def reader_of(box: Mailbox[object]) -> Mailbox[object]:
    """A second end on the same memory, as a child process has."""
    other: Mailbox[object] = Mailbox.__new__(Mailbox)
    other.name, other._capacity = box.name, box._capacity
    other._attach(os.dup(box._fd), is_new=False)
    return other


def write_slot(box: Mailbox[object], slot: int, at: int, data: bytes) -> None:
    start = slot * box._stride + at
    box._memory[start : start + len(data)] = data


def test_the_newest_value_wins_and_is_taken_once() -> None:
    box: Mailbox[object] = Mailbox("t", 100)
    assert box.take() is None
    for k in range(10):
        box.put(k)
    assert box.take() == 9
    assert box.take() is None
    box.close()


@settings(max_examples=50)
@given(st.lists(st.one_of(st.integers(), st.none()), max_size=30))
def test_any_order_of_puts_and_takes(actions: list[int | None]) -> None:
    box: Mailbox[object] = Mailbox("t", 200)
    reader = reader_of(box)
    newest: int | None = None
    for action in actions:
        if action is None:
            assert reader.take() == newest
            newest = None
        else:
            box.put(action)
            newest = action
    reader.close()
    box.close()


def test_each_reader_takes_for_itself() -> None:
    box: Mailbox[object] = Mailbox("t", 100)
    one, two = reader_of(box), reader_of(box)
    box.put("x")
    assert (one.take(), two.take(), one.take()) == ("x", "x", None)
    for end in (one, two, box):
        end.close()


def test_a_value_that_is_too_large_is_refused_and_harms_nothing() -> None:
    box: Mailbox[object] = Mailbox("big", 100)
    box.put("small")
    with pytest.raises(MailboxFullError, match=r"mailbox big: a value of .* allowed: 100"):
        box.put(b"x" * 200)
    assert box.take() == "small"
    box.close()


def test_arrays_and_dataclasses_go_through() -> None:
    box: Mailbox[object] = Mailbox("t", 1 << 16)
    box.put({"a": np.arange(360.0)})
    value = box.take()
    assert isinstance(value, dict)
    assert np.array_equal(value["a"], np.arange(360.0))
    box.close()


def test_a_writer_killed_in_the_middle_leaves_the_value_before() -> None:
    box: Mailbox[object] = Mailbox("t", 100)
    reader = reader_of(box)
    box.put("whole")
    slot = (box._written + 1) % 3
    write_slot(box, slot, 0, bytes(16))  # it had cleared the header and begun with the body
    write_slot(box, slot, 16, b"half a val")
    assert reader.take() == "whole"
    restarted = reader_of(box)
    restarted.put("next")
    assert reader.take() == "next"
    for end in (restarted, reader, box):
        end.close()


def test_a_torn_value_is_never_given_out() -> None:
    box: Mailbox[object] = Mailbox("t", 100)
    reader = reader_of(box)
    box.put("whole")
    write_slot(box, box._written % 3, 20, b"\xff\xff\xff")
    assert reader.take() is None
    box.put("new")
    assert reader.take() == "new"
    reader.close()
    box.close()


def test_a_header_of_which_only_the_number_is_written_is_no_value() -> None:
    box: Mailbox[object] = Mailbox("t", 100)
    reader = reader_of(box)
    write_slot(box, 1, 0, struct.pack("<QII", 1, 0, 0))
    assert reader.take() is None
    box.put("whole")
    restarted = reader_of(box)
    restarted.put("next")
    assert reader.take() == "next"
    for end in (restarted, reader, box):
        end.close()


def test_an_absurd_header_does_not_read_beyond_the_slot() -> None:
    box: Mailbox[object] = Mailbox("t", 100)
    reader = reader_of(box)
    write_slot(box, 2, 0, struct.pack("<QII", 5, 1 << 30, 0))
    assert reader.take() is None
    reader.close()
    box.close()


def test_a_reader_overtaken_while_it_reads_gets_a_whole_value() -> None:
    box: Mailbox[object] = Mailbox("t", 1 << 12)
    reader = reader_of(box)
    box.put((0, bytes(3000)))
    found = reader._newest

    def overtaken() -> tuple[int, int, int, int]:
        answer = found()
        reader._newest = found  # type: ignore[method-assign]
        for k in range(1, 5):  # once round and over the slot about to be read
            box.put((k, bytes([k]) * 3000))
        return answer

    reader._newest = overtaken  # type: ignore[method-assign]
    assert reader.take() == (4, bytes([4]) * 3000)
    reader.close()
    box.close()


def child_echo(inbox: Mailbox[int], outbox: Mailbox[int], ready: Event) -> None:
    ready.set()
    end_s = time.monotonic() + 10.0
    while time.monotonic() < end_s:
        value = inbox.take()
        if value is not None:
            outbox.put(2 * value)
            if value < 0:
                return
        time.sleep(0.001)


def child_flood(box: Mailbox[tuple[int, bytes]], ready: Event) -> None:
    k = 0
    while True:
        k += 1
        box.put((k, bytes([k % 256]) * 5000))
        if k == 100:
            ready.set()


def test_a_spawned_child_reads_and_answers() -> None:
    there: Mailbox[int] = Mailbox("there", 1000)
    back: Mailbox[int] = Mailbox("back", 1000)
    ready = SPAWN.Event()
    child = SPAWN.Process(target=child_echo, args=(there, back, ready), daemon=True)
    child.start()
    assert ready.wait(20.0)
    for value in (21, -1):
        there.put(value)
        end_s = time.monotonic() + 5.0
        answer = None
        while answer is None and time.monotonic() < end_s:
            answer = back.take()
        assert answer == 2 * value
    child.join(5.0)
    assert child.exitcode == 0
    there.close()
    back.close()


def test_a_flooding_child_gives_only_whole_values_and_may_be_killed() -> None:
    box: Mailbox[tuple[int, bytes]] = Mailbox("flood", 1 << 13)
    ready = SPAWN.Event()
    child = SPAWN.Process(target=child_flood, args=(box, ready), daemon=True)
    child.start()
    assert ready.wait(20.0)
    last = 0
    try:
        end_s = time.monotonic() + 10.0
        while last < 2000 and time.monotonic() < end_s:
            value = box.take()
            if value is not None:
                k, body = value
                assert k > last
                assert body == bytes([k % 256]) * 5000
                last = k
        assert last >= 2000
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.join(5.0)
    box.take()
    assert box.take() is None
    box.close()
