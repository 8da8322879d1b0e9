"""The Protocols through which the upper rooms see drivers, stores and jobs.

Their implementations are wired by `app`; one contract suite per port runs on every driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from homebody.messages import BodyDescription, Command, SensorFrame

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


class Body(Protocol):
    """A robot's body. Never blocks: `read` gives what has arrived, `apply` hands a command on."""

    @property
    def description(self) -> BodyDescription: ...

    def read(self, now_s: float) -> SensorFrame:
        """Everything that has arrived since the last call."""
        ...

    def apply(self, command: Command) -> None:
        """Follow this trajectory from now on, until a newer one comes or it is too old.

        Raises:
            ValueError: The command holds a number that is not finite; nothing is changed.
        """
        ...

    def close(self) -> None:
        """Stop the wheels and give the hardware back; may be called twice."""
        ...


class Outbox(Protocol[T_contra]):
    """The sending end of a mailbox: the newest value wins, the sender never blocks."""

    def put(self, value: T_contra) -> None: ...


class Inbox(Protocol[T_co]):
    """The receiving end of a mailbox."""

    def take(self) -> T_co | None:
        """The newest value if there is one that this reader has not taken yet."""
        ...


class Job(Protocol[T_co]):
    """Slow work under way beside the loop."""

    def poll(self, now_s: float) -> bool:
        """Whether the result is there."""
        ...

    def result(self) -> T_co:
        """The result, once `poll` has said so; raises what the work raised."""
        ...


class JobRunner(Protocol):
    """Starts slow work beside the loop; its result arrives later as an input.

    In lock step the result arrives after a seeded delay, in real time when it is done.
    """

    def submit(self, kind: str, work: Callable[..., T], *args: Any, now_s: float) -> Job[T]:
        """Start ``work(*args)``; `kind` names it in timing figures and delay models."""
        ...


class Store(Protocol, Generic[T]):
    """Keeps one value across restarts and power cuts. May wait for a disk: not for a loop."""

    def load(self) -> T | None:
        """The last value saved, or None where there is none yet.

        Raises:
            StoreError: There is one, but it cannot be read.
        """
        ...

    def save(self, value: T) -> None:
        """Keep a value in the place of the last; it is durable when this returns.

        Raises:
            StoreError: It could not be kept.
        """
        ...

    def close(self) -> None:
        """Give the store back; may be called twice."""
        ...


class Recorder(Protocol):
    """Takes notes of what happened for developers; never raw sensor data."""

    def record(self, topic: str, time_s: float, payload: dict[str, Any]) -> None: ...
