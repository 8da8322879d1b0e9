from pathlib import Path

import pytest

from app.config import load_config
from homebody.errors import ConfigError, ExitCode
from homebody.geometry import SE2


def test_defaults_need_no_file() -> None:
    config = load_config()
    assert config.mqtt.is_embedded
    assert config.web.host == "127.0.0.1"
    assert config.body.description().footprint_m.shape == (4, 2)


def test_a_file_sets_values_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "homebody.toml"
    path.write_text('[robot]\nname = "ada"\nstart = [1.0, 2.0, 0.5]\n[web]\nport = 8081\n')
    monkeypatch.setenv("HOMEBODY_WEB__PORT", "8082")
    config = load_config(path)
    assert config.robot.name == "ada"
    assert config.robot.start_pose() == SE2(1.0, 2.0, 0.5)
    assert config.web.port == 8082


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[robot]\ncolour = 'red'\n", "robot.colour"),
        ("[web]\nport = 70000\n", "web.port"),
        ("[body]\nlength_m = -1.0\n", "body.length_m"),
        ("[robot\n", "syntax"),
        ("[robot]\nname = 'No Spaces'\n", "robot.name"),
    ],
)
def test_a_bad_file_names_file_field_and_what_is_allowed(
    tmp_path: Path, text: str, named: str
) -> None:
    path = tmp_path / "homebody.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(path) in str(caught.value)
    assert named in str(caught.value)
    assert "allowed" in str(caught.value)
    assert caught.value.exit_code == ExitCode.BAD_REQUEST


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load_config(Path("nowhere.toml"))


def test_an_external_broker_is_a_host_that_was_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEBODY_MQTT__HOST", "broker.example")
    config = load_config()
    assert not config.mqtt.is_embedded
    assert config.mqtt.bus().host == "broker.example"
