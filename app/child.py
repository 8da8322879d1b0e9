"""A process to be kept alive: started, and started again with back-off when it dies.

Four deaths within a minute are forgiven. After the fifth a vital child ends the run; any other is
given up, which means tried again every 30 s until one try has lived for 10 s: where the cause goes
away by itself, as a full disk may, so does the trouble.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess
from multiprocessing.synchronize import Event
from typing import Any

from app.process import run_main
from homebody.errors import ResourceError
from homebody.mailbox import Mailbox

_CRASH_WINDOW_S = 60.0
_CRASHES_ALLOWED = 4
_BACKOFF_S = (0.2, 0.5, 1.0, 2.0)
_LONG_BACKOFF_S = 30.0
_PROVEN_S = 10.0
_WORDS_MAX = 200


@dataclass(slots=True)
class Child:
    """One process and its history.

    Attributes:
        main: Its entry point as "module:function", so that the supervisor itself loads none of
            it; called with the arguments and an event to set when the process is ready.
        stop_rank: Children of a lower rank are ended first.
        starts_first: The others find it ready: clients that find no broker wait a second or more
            before they ask again, deaf to a stop.
        is_vital: The robot is none without it.
        start_timeout_s: How long it may take until it is ready.
        trouble: Why it is not there now, in plain words; empty when it is.
    """

    name: str
    main: str
    arguments: Any
    stop_rank: int
    starts_first: bool = False
    is_vital: bool = False
    start_timeout_s: float = 15.0
    trouble: str = ""
    process: SpawnProcess | ForkServerProcess | None = None
    ready: Event | None = None
    last_words: Mailbox[str] = field(default_factory=lambda: Mailbox("last-words", 1 << 12))
    crashes_s: list[float] = field(default_factory=list)
    is_given_up: bool = False
    spawned_s: float = 0.0
    retry_s: float = 0.0

    @property
    def is_ready(self) -> bool:
        return self.ready is not None and self.ready.is_set()

    def spawn(self, context: SpawnContext | ForkServerContext, now_s: float) -> None:
        """Start it."""
        self.spawned_s = now_s
        self.ready = context.Event()
        self.process = context.Process(
            target=run_main,
            args=(self.main, self.arguments, self.ready, self.last_words),
            name=f"homebody-{self.name}",
        )
        self.process.start()

    def watch(self, context: SpawnContext | ForkServerContext, now_s: float) -> str:
        """Look after it.

        Returns:
            What has just happened to it, for the log; mostly nothing.

        Raises:
            ResourceError: It is vital and keeps dying.
        """
        if self.process is None:
            if now_s >= self.retry_s:
                self.spawn(context, now_s)
            return ""
        if not self.process.is_alive():
            return self._bury(self.process, now_s)
        lived_s = now_s - self.spawned_s
        if not self.is_ready:
            # A machine that is too busy now may never get it up in the same time.
            if lived_s > self.start_timeout_s * (1 + len(self.crashes_s)):
                self.last_words.put("it was not ready in time")
                self.process.kill()
        elif lived_s > _PROVEN_S or not self.is_given_up:
            self.trouble, self.is_given_up = "", False
        return ""

    def why_it_died(self) -> str:
        """Its last words, or how it was ended."""
        code = self.process.exitcode if self.process is not None else None
        if words := self.last_words.take():
            return words[:_WORDS_MAX]
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def _bury(self, process: SpawnProcess | ForkServerProcess, now_s: float) -> str:
        """Decide about the next try."""
        why = self.why_it_died()
        process.join()
        self.process = None
        self.crashes_s = [t for t in self.crashes_s if now_s - t < _CRASH_WINDOW_S] + [now_s]
        n = len(self.crashes_s)
        looped = f"the {self.name} process died {n} times within {_CRASH_WINDOW_S:.0f} s ({why})"
        if n > _CRASHES_ALLOWED and self.is_vital:
            raise ResourceError(looped)
        if n > _CRASHES_ALLOWED and not self.is_given_up:
            self.is_given_up = True
            self.trouble = f"{looped}; it is tried again every {_LONG_BACKOFF_S:.0f} s"
        if self.is_given_up:
            self.retry_s = now_s + _LONG_BACKOFF_S
        else:
            self.trouble = f"the {self.name} process died ({why}) and is started again"
            self.retry_s = now_s + _BACKOFF_S[n - 1]
        return self.trouble
