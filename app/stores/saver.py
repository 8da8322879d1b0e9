"""Saves beside the loop: a disk that takes its time, or that is full, delays no tick.

The newest value wins, as in a mailbox. Who must know that something is durable before it goes on
hands over a call for afterwards. A failed save is tried again every second and told as a fault.
Cost: 10 us per `put`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from homebody.errors import StoreError
from homebody.ports import Store

T = TypeVar("T")
Then = Callable[[str], object]

_RETRY_S = 1.0
_SLOW_S = 1.0


class Saver(Generic[T]):
    """Owns a store from its start on, and a thread that saves to it."""

    def __init__(self, store: Store[T], what: str, retry_s: float = _RETRY_S) -> None:
        self._store = store
        self._what = what
        self._retry_s = retry_s
        self._news = threading.Condition()
        self._value: T | None = None
        self._then: list[Then] = []
        self._is_closing = False
        self._problem = ""
        self._waiting_since_s: float | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str:
        """What is wrong with storing, in plain words; empty when nothing is."""
        since_s = self._waiting_since_s
        if self._problem:
            return f"{self._what} cannot be stored ({self._problem}): a restart would forget it"
        if since_s is not None and time.monotonic() - since_s > _SLOW_S:
            return f"{self._what} cannot be stored: the disk does not answer"
        return ""

    def put(self, value: T | None, then: Then | None = None) -> None:
        """Save this soon, unless something newer comes first; None: nothing new.

        Args:
            then: Called on the saver's thread, in the order of the puts, once this value or a
                newer one is durable, or has failed to be: with the fault, else with "".
        """
        with self._news:
            if value is not None:
                self._value = value
                self._waiting_since_s = self._waiting_since_s or time.monotonic()
            if then is not None:
                self._then.append(then)
            self._news.notify()

    def close(self, timeout_s: float = 0.5) -> None:
        """Save what waits, as far as the time allows."""
        with self._news:
            self._is_closing = True
            self._news.notify()
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._store.close()

    def _run(self) -> None:
        unsaved: T | None = None
        is_closing = False
        while not is_closing:
            with self._news:
                self._news.wait_for(self._has_news, self._retry_s if unsaved is not None else None)
                value, self._value = self._value, None
                then, self._then = self._then, []
                is_closing = self._is_closing
            unsaved = value if value is not None else unsaved
            if unsaved is not None and self._is_saved(unsaved):
                unsaved = None
            for call in then:
                call(self.fault if unsaved is not None else "")

    def _has_news(self) -> bool:
        return self._value is not None or bool(self._then) or self._is_closing

    def _is_saved(self, value: T) -> bool:
        try:
            self._store.save(value)
        except StoreError as problem:
            self._problem = str(problem)
            return False
        with self._news:
            self._problem = ""
            self._waiting_since_s = None if self._value is None else time.monotonic()
        return True
