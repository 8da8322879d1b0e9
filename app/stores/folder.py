"""Where a robot's memory lies: a folder of its own, for its owner's eyes, in use by one run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from pydantic import Field

from homebody.errors import ConfigError, ResourceError
from homebody.settings import Settings

_SOURCE, _FIELD = "configuration", "storage.folder"


class StorageConfig(Settings):
    """Where to keep what must survive a restart."""

    folder: Path | None = Field(
        default=None,
        description="$XDG_STATE_HOME/homebody/NAME if none, where NAME is the robot's name"
        " and the variable is ~/.local/state unless set",
    )

    map_period_s: float = Field(
        default=5.0, gt=0.0, le=3600.0, description="the map is stored that often while it changes"
    )
    place_period_s: float = Field(
        default=1.0, gt=0.0, le=3600.0, description="the place, while the robot moves"
    )

    def folder_of(self, robot: str) -> Path:
        """The folder of the robot with this name."""
        if self.folder is not None:
            return self.folder.expanduser().absolute()
        base = Path(os.environ.get("XDG_STATE_HOME", ""))
        if not base.is_absolute():  # the specification: ignore anything else
            base = Path("~/.local/state").expanduser()
        return base / "homebody" / robot


class StateFolder:
    """A folder that can be written and is locked, from its making to `close` or the process's end.

    Raises:
        ConfigError: It cannot be made or written.
        ResourceError: Another run is using it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_writing(path)
            self._fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as problem:
            allowed = f"a folder that can be made and written ({problem.strerror})"
            raise ConfigError(_SOURCE, _FIELD, str(path), allowed) from problem
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            self.close()
            raise ResourceError(
                f"{_FIELD} {path} is in use: another Homebody of this name is running;"
                " end it, or choose another folder or robot.name"
            ) from problem

    def close(self) -> None:
        """Let others use it."""
        os.close(self._fd)


def _check_writing(path: Path) -> None:
    probe = path / ".probe"
    probe.write_bytes(b"a folder that takes this takes more")
    probe.unlink()
