"""Processes that start within a second: forked from one that has imported what they need.

`homebody run` spawns its processes, which costs seconds of imports each; a trial of hundreds of
restarts is about what comes after. Imported by the fork server before anything else (it is its
list of preloads), never by a robot.
"""

from __future__ import annotations

import multiprocessing

import app.body_process
import app.brain_process
import app.broker
import app.web_process
import app.world_process  # noqa: F401  (imported to be there)

# A child asks who has started it, to die with that process: here it is the fork server.
multiprocessing.parent_process = lambda: None
