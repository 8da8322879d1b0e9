import multiprocessing

import pytest
from simulation_toys import command, room, world

from drivers.simulation.link import (
    CATCH_UP_MAX_S,
    RemoteBody,
    WorldControl,
    WorldLink,
    WorldServer,
)
from homebody.geometry import SE2
from homebody.messages import default_body


@pytest.fixture
def link():
    link = WorldLink.create(default_body())
    yield link
    link.close()


def test_a_slow_reader_still_gets_the_last_two_turns(link):
    server = WorldServer(world(), link)
    body = RemoteBody(link, default_body())
    for i in range(1, 31):
        server.step(i * 0.01)
    frame = body.read(0.3)
    starts = [(p.turn, p.first_beam) for p in frame.lidar]
    assert len(starts) == 20
    assert starts == sorted(set(starts))
    assert len(frame.odometry) == 15
    assert len(frame.depth) == 3
    server.step(0.31)
    assert len(body.read(0.31).lidar) == 1


def test_truth_is_told_20_times_a_second(link):
    server = WorldServer(world(), link)
    told = []
    for i in range(1, 101):
        server.step(i * 0.01)
        truth = link.truth.take()
        if truth is not None:
            told.append(truth.time_s)
    assert len(told) == pytest.approx(20, abs=1)


def test_control_carries_the_robot_and_ends_the_world(link):
    w = world()
    server = WorldServer(w, link)
    link.control.put(WorldControl(relocate_to=SE2(4.0, 1.0, 0.0)))
    server.step(0.01)
    assert w.truth.T_home_robot.x_m == pytest.approx(4.0)
    assert not server.is_shutdown
    link.control.put(WorldControl(is_shutdown=True))
    server.step(0.02)
    assert server.is_shutdown


def test_a_late_world_catches_up_in_parts(link):
    w = world()
    server = WorldServer(w, link)
    server.step(1.0)
    assert w.time_s == pytest.approx(CATCH_UP_MAX_S)
    for _ in range(4):
        server.step(1.0)
    assert w.time_s == pytest.approx(1.0)


def test_a_bad_command_that_gets_through_is_ignored(link):
    w = world()
    server = WorldServer(w, link)
    link.command.put(command(0.0, float("nan"), 0.0))
    server.step(0.1)
    assert w.truth.T_home_robot == SE2(1.0, 2.0, 0.0)


def _serve(link):
    server = WorldServer(world(room()), link)
    now_s = 0.0
    while not server.is_shutdown and now_s < 1000.0:
        now_s += 0.01
        server.step(now_s)


def test_a_link_crosses_into_another_process(link):
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_serve, args=(link,))
    process.start()
    body = RemoteBody(link, default_body())
    seen = 0
    for _ in range(2000):
        seen += len(body.read(0.0).lidar)
        if seen > 20:
            break
        process.join(0.01)
    link.control.put(WorldControl(is_shutdown=True))
    process.join(20.0)
    assert process.exitcode == 0
    assert seen > 20
