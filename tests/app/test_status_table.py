"""How far a task is, in the words of the terminal."""

from __future__ import annotations

import pytest

from app.status_table import how_far


@pytest.mark.parametrize(
    ("progress", "time_left_s", "words"),
    [
        (None, None, ""),
        (0.634, None, " 63 %"),
        (0.634, 80.4, " 63 %, about 80 s left"),
        (0.1, 119.6, " 10 %, about 2 min left"),
        (0.1, 400.0, " 10 %, about 6 min left"),
    ],
)
def test_share_and_time_left(progress: float | None, time_left_s: float | None, words: str) -> None:
    assert how_far(progress, time_left_s) == words
