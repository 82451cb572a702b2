"""Hostile configuration files end with 78 and one short sentence, whatever they hold, and before they take memory."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from forecaster.cli.toml_file import read_toml
from forecaster.errors import ConfigurationError
from forecaster.size_limits import LARGEST_CONFIGURATION, LONGEST_SETTING, MOST_KEY_PARTS

Forecast = Any
PARTS = b"a." * 30_000 + b"a"
HOSTILE = {
    "nested lists": (b"horizon = " + b"[" * 20_000, "its values are nested too deeply; give plain values"),
    "nested tables": (b"horizon = " + b"{a=" * 20_000, "its values are nested too deeply; give plain values"),
    "a table of many parts": (b"[" + PARTS + b"]", "a name in it has more than 10 points"),
    "a key of many parts": (PARTS + b" = 1", "a name in it has more than 10 points"),
    "an indented table of many parts": (b" \t[[" + PARTS + b"]]", "a name in it has more than 10 points"),
    "too large": (b"#" * (LARGEST_CONFIGURATION + 1), "is larger than 64 KiB; keep only the options that you set"),
    "not UTF-8": (b"horizon = '\xff'", "is not UTF-8 text from byte 11 on; save it as UTF-8"),
    "UTF-16": ("horizon = 1".encode("utf-16"), "is not UTF-8 text from byte 0 on; save it as UTF-8"),
    "zero bytes": (b"horizon = 1\0", "is not TOML: "),
    "a key twice": (b"horizon = 1\nhorizon = 2", "is not TOML: Cannot overwrite a value"),
    "a date that is none": (b"horizon = 2020-02-30", "is not TOML: Invalid date or datetime"),
    "a number of many digits": (b"horizon = " + b"9" * 5000, "is not TOML: Exceeds the limit"),
}
SETTINGS = {
    "a list in a list": (
        "horizon = [[1]]",
        "key horizon has a list or a table in its list; give it a list of plain values",
    ),
    "tables in a list": ("target = [{a = 1}]", "key target has a list or a table in its list"),
    "a long value": (f"cell = '{'x' * 5000}'", "key cell: is longer than 4,096 characters; shorten it"),
    "a long part": (f"target = ['a', '{'x' * 5000}']", "key target: is longer than 4,096 characters; shorten it"),
    "a huge number": (f"horizon = 0x{'f' * 50_000}", "key horizon: is longer than 4,096 characters; shorten it"),
    "a long choice": (
        f"format = '{'x' * 4000}'",
        f"key format: takes table, csv, json, jsonl or parquet, not {'x' * 37}...\n",
    ),
    "a long key": (f"{'k' * 50_000} = 1", f"unknown key {'k' * 37}...; see forecast --help"),
    "a long table": (f"[{'k' * 50_000}]", f"unknown table [{'k' * 37}...]; see forecast --help"),
    "escapes in a key": (r'"\u001b[2J\u202e" = 1', r"unknown key \x1b[2J\u202e; see forecast --help"),
    "escapes in a value": (
        r'format = "\u001b[2J"',
        r"key format: takes table, csv, json, jsonl or parquet, not \x1b[2J",
    ),
    "a date": ("horizon = 2020-02-03", "key horizon: takes a whole number from 1 to 10,000, not 2020-02-03"),
    "not a number": ("horizon = nan", "key horizon: takes a whole number from 1 to 10,000, not nan"),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "forecast.toml"


def refusal(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_toml(path)
    assert caught.value.exit_code == 78
    text = str(caught.value).removeprefix(f"{path}: ")
    assert len(text) < 400
    return text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused(path: Path, name: str) -> None:
    data, sentence = HOSTILE[name]
    path.write_bytes(data)
    assert refusal(path).startswith(sentence)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_hostile_setting_is_refused(forecast: Forecast, fake: Any, name: str) -> None:
    text, sentence = SETTINGS[name]
    Path("forecast.toml").write_text(text, encoding="utf-8")
    result = forecast("predict")
    assert (result.code, result.out) == (78, "")
    assert result.err.startswith(f"error: forecast.toml: {sentence}")
    assert result.err.count("\n") == 1
    assert not fake.calls


def test_a_byte_order_mark_is_no_part_of_the_text(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfhorizon = 1\n[train]\n# a.b.c.d.e.f.g.h.i.j.k.l\nmodel = 'a.b.c.d.e.f.g.h.i.j.k.l'")
    assert read_toml(path) == {"horizon": 1, "train": {"model": "a.b.c.d.e.f.g.h.i.j.k.l"}}


def test_the_largest_file_and_the_longest_values_pass(path: Path) -> None:
    value = "x" * LONGEST_SETTING
    text = f"{'.'.join('abcdefghijk')} = '{value}'\n"
    assert text.partition("=")[0].count(".") == MOST_KEY_PARTS
    path.write_text(text + "#" * (LARGEST_CONFIGURATION - len(text)), encoding="utf-8")
    assert path.stat().st_size == LARGEST_CONFIGURATION
    assert str(read_toml(path)).count("x") == LONGEST_SETTING


def test_a_sparse_file_of_gigabytes_takes_no_memory(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3 * 2**30)
    tracemalloc.start()
    try:
        assert refusal(path).startswith("is larger than 64 KiB")
        assert tracemalloc.get_traced_memory()[1] < 2**21
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_a_device_is_refused(device: str) -> None:
    assert refusal(Path(device)).endswith("is not a regular file; name a TOML file with --config")


def test_a_pipe_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    assert refusal(path) == "is not a regular file; name a TOML file with --config"


def test_what_is_no_file_is_named(path: Path) -> None:
    assert refusal(path.parent).endswith("cannot be read: Is a directory; name an existing file with --config")
    assert refusal(path) == "cannot be read: No such file or directory; name an existing file with --config"
    loop = path.with_name("loop.toml")
    loop.symlink_to(loop)
    assert "cannot be read: Too many levels of symbolic links" in refusal(loop)


@pytest.mark.parametrize(("variable", "value"), [("HORIZON", "x" * 5000), ("LEVEL", "80," + "9" * 5000)])
def test_a_long_variable_is_refused_without_its_value(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(f"FORECAST_{variable}", value)
    result = forecast("predict")
    assert result.code == 78
    assert result.err == f"error: FORECAST_{variable}: is longer than 4,096 characters; shorten it\n"
    assert not fake.calls


def test_a_hostile_variable_is_escaped_and_cut(forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORECAST_HORIZON", "\x1b[2J" + "9" * 4000)
    result = forecast("predict")
    assert result.code == 78
    assert result.err.endswith(rf"takes a whole number from 1 to 10,000, not \x1b[2J{'9' * 30}..." + "\n")
    assert not fake.calls


def test_of_many_unknown_variables_five_are_named(
    forecast: Forecast, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(300):
        monkeypatch.setenv(f"FORECAST_X{n:03}\x1b", "1")
    monkeypatch.setenv("FORECAST_" + "W" * 1000, "1")
    notes = [line for line in forecast("predict").err.splitlines() if "variable" in line]
    assert notes[0] == f"note: the variable FORECAST_{'W' * 28}... sets no option; unset it"
    assert notes[1] == r"note: the variable FORECAST_X000\x1b sets no option; unset it"
    assert notes[5:] == ["note: other variables that begin with FORECAST_ set no option either; unset them"]
    assert fake.calls
