"""What one tick of the body's loop gives: to the driver, to the brain, and to whoever looks on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from homebody.messages import BodyReport, BrainInput, Command, LidarScan, SensorFrame


@dataclass(frozen=True, slots=True)
class BodyOutput:
    """What one tick gave.

    Attributes:
        parts: What is new for the brain, its report included.
        command: What the driver was told.
        speed_m_s: Measured, or as commanded where the body has no odometry.
    """

    parts: BrainInput
    report: BodyReport
    command: Command
    speed_m_s: float

    def messages(self) -> Iterator[tuple[str, object]]:
        """The new values by the name of their mailbox."""
        for part in fields(self.parts):
            value = getattr(self.parts, part.name)
            if value is not None:
                yield part.name, value


def parts_of(frame: SensorFrame, scan: LidarScan | None, report: BodyReport) -> BrainInput:
    """The newest of everything that came in this tick."""
    return BrainInput(
        odometry=frame.odometry[-1] if frame.odometry else None,
        scan=scan,
        depth=frame.depth[-1] if frame.depth else None,
        people=frame.people,
        landmarks=frame.landmarks,
        bump=frame.bump,
        cliff=frame.cliff,
        battery=frame.battery,
        dock=frame.dock,
        head=frame.head,
        report=report,
    )
