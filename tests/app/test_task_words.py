import pytest

from app.task_words import TaskWords, parse_task
from homebody.errors import ExitCode, InputError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("explore", TaskWords("explore")),
        ("dock", TaskWords("dock")),
        ("go-to 3.2,1.5", TaskWords("go_to", {"x": 3.2, "y": 1.5})),
        ("go_to -1,2,1.57", TaskWords("go_to", {"x": -1.0, "y": 2.0, "yaw": 1.57})),
        ("go-to living room", TaskWords("go_to", {"room": "living room"})),
        ("go-to room 2", TaskWords("go_to", {"room": "room 2"})),
    ],
)
def test_tasks_that_people_type(words: str, expected: TaskWords) -> None:
    assert parse_task(words) == expected


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("fly", "'fly'"),
        ("explore kitchen", "'kitchen'"),
        ("go-to", "place"),
        ("go-to 1", "'1'"),
        ("go-to 1,2,3,4", "'1,2,3,4'"),
        ("go-to 1,,2", "''"),
        ("go-to 1e999,2", "finite"),
    ],
)
def test_a_bad_task_names_what_is_wrong(words: str, named: str) -> None:
    with pytest.raises(InputError, match=named) as caught:
        parse_task(words)
    assert caught.value.exit_code == ExitCode.BAD_REQUEST
    assert "allowed" in str(caught.value)
