"""The control loop goes before everything else: real-time scheduling or nice, where allowed.

The kernel gives a SCHED_FIFO thread the processor as soon as it wakes; a low nice value gives it a
larger share and an earlier turn. Both need a right (CAP_SYS_NICE, or `rtprio` and `nice` in
limits.conf) that a plain user does not have; what was got is said in words, never assumed.
"""

from __future__ import annotations

import os

_PRIORITY = 20  # above nothing that matters to the kernel, below its own threads
_NICE = -10


def make_urgent() -> str:
    """Put the calling thread first; returns what it got, in plain words."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except (OSError, AttributeError):
        return make_less_nice()
    return "real-time"


def make_less_nice() -> str:
    """Give this process a larger share than others; returns what it got, in plain words."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    except OSError:
        return "ordinary: the system allows neither real-time scheduling nor a higher priority"
    return f"nice {_NICE}: the system does not allow real-time scheduling"
