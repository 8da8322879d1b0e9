"""One tree of errors: every failure that Homebody raises on purpose is a `HomebodyError`.

`ExitCode` holds the exit codes of the command line, so that an error knows how it ends a command.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `homebody` command."""

    SUCCESS = 0
    FAILURE = 1
    BAD_REQUEST = 2
    NO_ANSWER = 3


class HomebodyError(Exception):
    """Base of all errors raised by Homebody; its text is fit to be shown to a user."""

    exit_code: ExitCode = ExitCode.FAILURE


class InputError(HomebodyError):
    """A user's file, option or message is wrong.

    Args:
        source: File or topic that holds the bad value.
        field: Name of the field within it.
        value: The value found.
        allowed: What would have been right, in words.
    """

    exit_code = ExitCode.BAD_REQUEST

    def __init__(self, source: object, field: str, value: object, allowed: str) -> None:
        self.source = str(source)
        self.field = field
        self.value = value
        self.allowed = allowed
        super().__init__(f"{self.source}: {field} is {_short(value)}; allowed: {allowed}")


class ConfigError(InputError):
    """The configuration holds a bad value."""


class HomeError(InputError):
    """A home file cannot be read or makes no home."""


class ScenarioError(InputError):
    """A scenario file holds a bad value."""


class MessageError(InputError):
    """A message that came from outside is malformed."""


class NoAnswerError(HomebodyError):
    """The broker or the robot does not answer."""

    exit_code = ExitCode.NO_ANSWER


class ResourceError(HomebodyError):
    """Something the application needs from the machine is not to be had, such as a port in use."""


class StoreError(ResourceError):
    """What is stored cannot be read, or something cannot be stored."""


def _short(value: object, length: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= length else f"{text[: length - 3]}..."
