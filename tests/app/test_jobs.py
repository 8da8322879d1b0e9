"""Both runners of slow work, and what happens when the worker dies."""

import os
import signal
import time

import numpy as np
import pytest

from app.jobs import JobLostError, LockStepJobs, ProcessJobs
from homebody.errors import HomebodyError
from homebody.ports import Job


def add(a: int, b: int) -> int:
    return a + b


def refuse() -> int:
    raise HomebodyError("the kitchen's door is shut")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for(job: Job[object], timeout_s: float = 20.0) -> None:
    end_s = time.monotonic() + timeout_s
    while not job.poll(0.0):
        assert time.monotonic() < end_s, "the job does not end"
        time.sleep(0.01)


def test_in_lock_step_a_result_comes_late_and_always_equally_late() -> None:
    def arrival_s(seed: int) -> float:
        job = LockStepJobs(np.random.default_rng(seed)).submit("global_plan", add, 1, 2, now_s=5.0)
        times = [t for t in np.arange(5.0, 6.0, 0.001) if job.poll(float(t))]
        assert job.result() == 3
        return float(times[0])

    assert arrival_s(1) == arrival_s(1)
    assert arrival_s(1) != arrival_s(2)
    assert arrival_s(1) > 5.0


def test_in_lock_step_a_refusal_arrives_like_a_result() -> None:
    job = LockStepJobs(np.random.default_rng(0)).submit("any", refuse, now_s=0.0)
    assert not job.poll(0.0)
    with pytest.raises(HomebodyError, match="kitchen"):
        job.result()


@pytest.mark.timeout(60)
def test_a_worker_works_refuses_and_is_replaced_when_it_dies() -> None:
    jobs = ProcessJobs()
    try:
        first = jobs.submit("any", add, 2, 3, now_s=0.0)
        wait_for(first)
        assert first.result() == 5

        refused = jobs.submit("any", refuse, now_s=0.0)
        wait_for(refused)
        with pytest.raises(HomebodyError, match="kitchen"):
            refused.result()

        lost = jobs.submit("any", die, now_s=0.0)
        wait_for(lost)
        with pytest.raises(JobLostError):
            lost.result()

        after = jobs.submit("any", add, 1, 1, now_s=0.0)
        wait_for(after)
        assert after.result() == 2
    finally:
        jobs.close()
