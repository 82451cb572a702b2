"""Metrics of a run: text that a strict parser of the exposition format reads, written whole or not at all."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.batch.metrics import RunMetrics, metrics_text, write_metrics
from forecaster.errors import OutputError

STATUSES = ("ok", "warned", "failed", "crashed", "timed-out", "skipped", "not-run")
METRICS = RunMetrics(
    folder=Path("/srv/forecasts"),
    last_run=1_767_638_400.5,
    last_success=1_767_552_000.0,
    duration=12.25,
    exit_code=3,
    sources={**dict.fromkeys(STATUSES, 0), "ok": 998, "failed": 2},
)
METRIC_NAME, LABEL_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*", r"[a-zA-Z_][a-zA-Z0-9_]*"
LABEL_PAIR = rf'({LABEL_NAME})="((?:[^\\"\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({METRIC_NAME})\{{({LABEL_PAIR}(?:,{LABEL_PAIR})*)\}} (-?[0-9.e+-]+)")
META = re.compile(rf"# (HELP|TYPE) ({METRIC_NAME}) (.+)")
ESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def parse_strictly(text: str) -> Samples:
    """Return the samples by name and labels; refuse all that the text format 0.0.4 does not allow or recommend."""
    samples: Samples = {}
    described: dict[str, list[str]] = {}
    assert text.endswith("\n")
    for line in text.removesuffix("\n").split("\n"):
        if line.startswith("#"):
            keyword, name, rest = META.fullmatch(line).groups()  # type: ignore[union-attr] - a failure of the test
            assert keyword == ("TYPE" if described.get(name) else "HELP"), "first help, then the type, each once"
            assert keyword == "HELP" or rest == "gauge"
            described.setdefault(name, []).append(keyword)
            continue
        match = SAMPLE.fullmatch(line)
        assert match is not None, line
        assert list(described)[-1] == match[1], "the lines of a metric are one group"
        assert described[match[1]] == ["HELP", "TYPE"]
        pairs = [
            (name, re.sub(r"\\.", lambda found: ESCAPED[found[0]], value))
            for name, value in re.findall(LABEL_PAIR, match[2])
        ]
        assert len(dict(pairs)) == len(pairs)
        key = match[1], frozenset(pairs)
        assert key not in samples, "a sample stands once"
        samples[key] = float(match.groups()[-1])
    return samples


def by_name(samples: Samples) -> dict[str, float]:
    """Return the samples without their labels, but for the status."""
    return {
        " ".join([name, *dict(labels).get("status", "").split()]): value for (name, labels), value in samples.items()
    }


def test_every_gauge_has_its_value() -> None:
    assert by_name(parse_strictly(metrics_text(METRICS))) == {
        "forecast_last_run_timestamp_seconds": 1_767_638_400.5,
        "forecast_last_success_timestamp_seconds": 1_767_552_000.0,
        "forecast_duration_seconds": 12.25,
        "forecast_exit_code": 3,
        **{f"forecast_sources {status}": count for status, count in METRICS.sources.items()},
    }


def test_the_text_as_it_is_written() -> None:
    assert metrics_text(METRICS).splitlines()[:3] == [
        "# HELP forecast_last_run_timestamp_seconds When the last run ended, in seconds since 1970.",
        "# TYPE forecast_last_run_timestamp_seconds gauge",
        'forecast_last_run_timestamp_seconds{folder="/srv/forecasts"} 1767638400.5',
    ]
    assert 'forecast_sources{folder="/srv/forecasts",status="timed-out"} 0\n' in metrics_text(METRICS)


def test_what_is_not_known() -> None:
    first = replace(METRICS, last_success=None, sources={})
    assert by_name(parse_strictly(metrics_text(first))) == {
        "forecast_last_run_timestamp_seconds": 1_767_638_400.5,
        "forecast_last_success_timestamp_seconds": 0,
        "forecast_duration_seconds": 12.25,
        "forecast_exit_code": 3,
    }


@given(
    st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1).filter(
        lambda name: name not in {".", ".."}
    ),
    st.floats(0, 1e18),
)
def test_any_folder_and_any_value_are_read_back(name: str, value: float) -> None:
    samples = parse_strictly(metrics_text(replace(METRICS, folder=Path("/", name), duration=value)))
    assert {dict(labels)["folder"] for _, labels in samples} == {f"/{name}"}
    assert by_name(samples)["forecast_duration_seconds"] == value


def test_a_folder_whose_name_is_no_text() -> None:
    text = metrics_text(replace(METRICS, folder=Path(os.fsdecode(b"/srv/x\xff"))))
    assert {dict(labels)["folder"] for _, labels in parse_strictly(text)} == {r"/srv/x\xff"}
    assert text.encode()


def test_the_folder_is_the_same_from_wherever_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert metrics_text(replace(METRICS, folder=Path("out"))) == metrics_text(replace(METRICS, folder=tmp_path / "out"))


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "forecast.prom"
    for seconds in (1.0, 2.0):
        write_metrics(path, replace(METRICS, duration=seconds))
        assert by_name(parse_strictly(path.read_text()))["forecast_duration_seconds"] == seconds
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OutputError):
        write_metrics(tmp_path / "missing" / "forecast.prom", METRICS)
