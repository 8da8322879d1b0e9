import numpy as np
import pytest
from made_maps import two_rooms

from homebody.errors import HomebodyError, InputError
from homebody.geometry import SE2
from navigation.rooms.config import RoomsConfig
from navigation.rooms.keeper import RoomKeeper
from navigation.rooms.room import Room
from navigation.types import UNKNOWN, MapSnapshot

HERE = SE2(3.0, 3.0, 0.0)
KITCHEN = Room("kitchen", np.array([(0.8, 0.8), (5.2, 0.8), (5.2, 5.2), (0.8, 5.2)]))


class HeldJobs:
    """Jobs whose results come when the test says so."""

    def __init__(self):
        self.held = []
        self.n_submitted = 0
        self.problem = None

    def submit(self, kind, work, *args, now_s):
        assert kind == "rooms"
        self.n_submitted += 1
        job = HeldJob(work, args, self)
        self.held.append(job)
        return job

    def finish(self):
        for job in self.held:
            job.is_done = True
        self.held.clear()


class HeldJob:
    def __init__(self, work, args, jobs):
        self.work, self.args, self.jobs, self.is_done = work, args, jobs, False

    def poll(self, now_s):
        return self.is_done

    def result(self):
        if self.jobs.problem is not None:
            raise self.jobs.problem
        return self.work(*self.args)


@pytest.fixture
def jobs():
    return HeldJobs()


@pytest.fixture
def keeper(jobs):
    return RoomKeeper(jobs, 0.125, [KITCHEN])


def step(keeper, made, now_s, revision=1):
    keeper.step(made.snapshot(revision), HERE, now_s)


def surveyed(keeper, jobs, made, now_s, revision=1):
    step(keeper, made, now_s, revision)
    jobs.finish()
    step(keeper, made, now_s + 0.1, revision)


def test_told_rooms_are_there_from_the_start_and_found_by_the_first_survey(keeper, jobs):
    assert keeper.book.names() == ("kitchen",)
    assert keeper.book.found() == ()
    surveyed(keeper, jobs, two_rooms(), 0.0)
    assert set(keeper.book.found()) == {"kitchen", "room 1"}
    assert keeper.book.room_at(6.5, 3.0) == "room 1"
    assert len(keeper.doorways) == 1


def test_a_map_without_floor_is_not_surveyed(keeper, jobs):
    made = two_rooms()
    nothing = MapSnapshot(made.spec, np.full(made.shape, UNKNOWN, np.uint8), 1)
    keeper.step(nothing, HERE, 0.0)
    assert jobs.n_submitted == 0


def test_it_surveys_when_enough_is_new_and_not_too_often(keeper, jobs):
    seen = [two_rooms().unseen(x_m, 0.0, 9.0, 6.0) for x_m in (3.0, 3.2, 3.205, 6.0)]
    surveyed(keeper, jobs, seen[0], 0.0, 1)
    step(keeper, seen[1], 1.0, 2)
    assert jobs.n_submitted == 1, "not yet"
    surveyed(keeper, jobs, seen[1], 2.5, 2)
    assert jobs.n_submitted == 2
    for now_s in np.arange(3.0, 17.0):
        step(keeper, two_rooms().unseen(3.2, 0.0, 9.0, 6.0).unseen(2.0, 2.0, 2.1, 2.1), now_s, 3)
    assert jobs.n_submitted == 2, "4 cells are no news"
    step(keeper, two_rooms().unseen(3.2, 0.0, 9.0, 6.0).unseen(2.0, 2.0, 2.1, 2.1), 18.0, 3)
    assert jobs.n_submitted == 3, "but are looked at in the end"
    jobs.finish()
    for now_s in np.arange(19.0, 60.0):
        step(keeper, two_rooms().unseen(3.2, 0.0, 9.0, 6.0).unseen(2.0, 2.0, 2.1, 2.1), now_s, 4)
    assert jobs.n_submitted == 3, "the same map once only"


def test_only_one_survey_is_under_way(keeper, jobs):
    for now_s in range(0, 60, 3):
        step(keeper, two_rooms(), float(now_s), now_s)
    assert jobs.n_submitted == 1


def test_what_the_user_says_meanwhile_is_not_lost(keeper, jobs):
    surveyed(keeper, jobs, two_rooms(), 0.0)
    grown = two_rooms().floor(8.1, 2.0, 8.6, 4.0)
    step(keeper, grown, 5.0, 2)
    keeper.rename("kitchen", "den")
    assert "den" in keeper.book
    jobs.finish()
    step(keeper, grown, 5.1, 2)
    assert "den" in keeper.book, "the survey that did not know of it is dropped"
    assert keeper.book.room_at(8.3, 3.0) is None
    surveyed(keeper, jobs, grown, 8.0, 2)
    assert "den" in keeper.book
    assert keeper.book.room_at(8.3, 3.0) == "room 1"


def test_edits_show_at_once_and_change_the_revision(keeper, jobs):
    surveyed(keeper, jobs, two_rooms(), 0.0)
    revision = keeper.revision
    assert keeper.merge("kitchen", "room 1", "loft") == "loft"
    assert keeper.book.names() == ("loft",), "the user calls the kitchen otherwise now"
    assert keeper.split("loft", ((5.05, 1.2), (5.05, 4.8)), "bedroom") == "bedroom"
    assert keeper.revision > revision + 1
    with pytest.raises(InputError, match="no other room"):
        keeper.rename("loft", "bedroom")


def test_a_worker_that_died_is_asked_again(keeper, jobs):
    jobs.problem = HomebodyError("the worker died")
    surveyed(keeper, jobs, two_rooms(), 0.0)
    assert keeper.book.found() == ()
    jobs.problem = None
    surveyed(keeper, jobs, two_rooms(), 3.0)
    assert len(keeper.book.found()) == 2


def test_a_restart_goes_on_with_rooms_and_names_before_anything_is_seen(keeper, jobs):
    surveyed(keeper, jobs, two_rooms(), 0.0)
    keeper.rename("room 1", "studio")
    again = RoomKeeper(HeldJobs(), 0.125, [KITCHEN], RoomsConfig())
    again.resume(keeper.state())
    assert again.book.names() == keeper.book.names()
    assert again.book.found() == keeper.book.found()
    assert [d.identity for d in again.doorways] == [d.identity for d in keeper.doorways]
