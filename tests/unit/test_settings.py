"""Settings: flags over environment over file, by the same names."""

import pytest

from regulars.core.errors import MisconfiguredError
from regulars.settings import Settings, load


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch) -> None:
    for name in Settings.__struct_fields__:
        monkeypatch.delenv("REGULARS_" + name.upper(), raising=False)
    monkeypatch.delenv("REGULARS_CONFIG", raising=False)


@pytest.fixture
def file(tmp_path):
    def written(text: str):
        path = tmp_path / "regulars.toml"
        path.write_text(text, "utf-8")
        return path

    return written


def test_nothing_said_is_the_defaults():
    assert load({}, config=None) == Settings()


def test_flags_win_over_the_environment_and_that_over_the_file(monkeypatch, file):
    path = file('port = 1\nhost = "file"\nprocesses = 3\n')
    monkeypatch.setenv("REGULARS_PORT", "2")
    monkeypatch.setenv("REGULARS_HOST", "environment")
    settings = load({"port": 4, "host": None}, config=path)
    assert (settings.port, settings.host, settings.processes) == (4, "environment", 3)


def test_the_environment_may_name_the_file(monkeypatch, file):
    monkeypatch.setenv("REGULARS_CONFIG", str(file("port = 7\n")))
    assert load({}, config=None).port == 7


def test_every_setting_has_the_same_name_everywhere(monkeypatch, file):
    texts = {"worker": "false", "port": "81", "processes": "2", "database_connections": "3", "recall_cache_mb": "9"}
    choices = {"log_format": "json", "merged_profile_gets": "redirect", "model_output": "tool"}
    texts |= {"recall_end_inclusive": "false", "lifecycle_interval_s": "0.5", "development": "true"}
    texts |= {"callbacks_keep_days": "4", "read_receipts": "true", "model_timeout_s": "1.5", "model_patience_s": "0"}
    texts |= {"model_input_tokens_max": "1000", "model_output_tokens_max": "100", "model_calls_max": "1"}
    for name in Settings.__struct_fields__:
        text = texts.get(name) or choices.get(name, "text")
        flags = load({name: text}, config=None)
        monkeypatch.setenv("REGULARS_" + name.upper(), text)
        environment = load({}, config=None)
        monkeypatch.delenv("REGULARS_" + name.upper())
        quoted = text if name in texts else f'"{text}"'
        assert flags == environment == load({}, config=file(f"{name} = {quoted}\n")), name
        assert getattr(flags, name) != getattr(Settings(), name), name


def test_an_unknown_log_format_is_refused():
    with pytest.raises(MisconfiguredError, match="log_format"):
        load({"log_format": "yaml"}, config=None)


def test_an_empty_variable_is_no_setting(monkeypatch):
    monkeypatch.setenv("REGULARS_PORT", "")
    assert load({}, config=None).port == Settings().port


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("port", "many"),
        ("port", "-1"),
        ("port", "65536"),
        ("processes", "0"),
        ("worker", "perhaps"),
        ("database_connections", "0"),
        ("recall_cache_mb", "-1"),
        ("lifecycle_interval_s", "0"),
        ("lifecycle_interval_s", "soon"),
    ],
)
def test_a_wrong_value_is_told_by_name(monkeypatch, name, text):
    monkeypatch.setenv("REGULARS_" + name.upper(), text)
    with pytest.raises(MisconfiguredError, match=name):
        load({}, config=None)


def test_an_unknown_name_in_the_file_is_told(file):
    with pytest.raises(MisconfiguredError, match="prot"):
        load({}, config=file("prot = 1\n"))


def test_a_file_that_is_no_toml_is_told(file):
    with pytest.raises(MisconfiguredError, match="not valid TOML"):
        load({}, config=file("port: 1\n"))


def test_a_file_that_is_not_there_or_no_file_is_told(tmp_path):
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(MisconfiguredError, match=str(path)):
            load({}, config=path)


def test_a_wrong_value_is_not_repeated(monkeypatch):
    """It may be a secret in the wrong place."""
    monkeypatch.setenv("REGULARS_PORT", "hunter2")
    with pytest.raises(MisconfiguredError) as error:
        load({}, config=None)
    assert "hunter2" not in error.value.message


def test_secrets_are_not_shown():
    assert "hunter2" not in repr(load({"auth_token": "hunter2"}, config=None))
