"""One door for every kind of home file: the suffix and the content say which loader reads it.

Cost: 0.1 s for an ordinary home, most of it for covering the walls with boxes.
"""

from __future__ import annotations

from pathlib import Path

from drivers.simulation.homes.files import read_json_object, require_file
from drivers.simulation.homes.home import Home
from drivers.simulation.homes.houseexpo import load_houseexpo_json, load_houseexpo_png
from drivers.simulation.homes.own_format import load_own_toml
from drivers.simulation.homes.ros_map import load_ros_map
from drivers.simulation.homes.valetudo import load_valetudo
from homebody.errors import HomeError

_KINDS = (
    "a .toml of Homebody's own, a HouseExpo .png or .json, a ROS map .yaml or a ValetudoMap .json"
)


def default_home_path() -> Path:
    """The furnished home that ships with Homebody."""
    return Path(__file__).with_name("default.toml")


def load_home(path: Path) -> Home:
    """Read a home from a file of any known format.

    Raises:
        HomeError: The file cannot be read or makes no home; names file, field, value, allowed.
    """
    require_file(path)
    match path.suffix.lower():
        case ".toml":
            return load_own_toml(path)
        case ".png":
            return load_houseexpo_png(path)
        case ".yaml" | ".yml":
            return load_ros_map(path)
        case ".json":
            return _load_json(path)
    raise HomeError(path, "suffix", path.suffix, _KINDS)


def _load_json(path: Path) -> Home:
    data = read_json_object(path)
    if "verts" in data:
        return load_houseexpo_json(data, path)
    if "layers" in data or data.get("__class") == "ValetudoMap":
        return load_valetudo(data, path)
    raise HomeError(
        path, "keys", sorted(data)[:8], "'verts' of HouseExpo or 'layers' of a ValetudoMap"
    )
