"""The content of a model file as text for people."""

from __future__ import annotations

from forecaster.cli.records import record_lines


def test_single_values_come_first_then_sections() -> None:
    record = {
        "schema": 1,
        "program": {"forecaster": "0.1.0", "numpy": "2.0"},
        "series": [f"s{i}" for i in range(10)],
        "decisions": [{"name": "step", "value": "B", "reason": "x"}, {"name": "lookback", "value": 5, "reason": "y z"}],
        "scores": [{"model": "forecast", "mae": 1.5}, {"model": "drift", "mae": 12}],
        "verdict": {"sentences": ["Not better.", "It is shrunk."], "coverage": {"80": 81.3}, "p_value": None},
        "arrays": {"weights": {"dtype": "float32", "shape": [5, 53]}},
        "empty": [],
    }
    assert record_lines(record) == [
        "schema  1",
        "series  s0, s1, s2, s3, s4, s5, and 4 more",
        "empty   none",
        "",
        "program",
        "  forecaster  0.1.0",
        "  numpy       2.0",
        "",
        "decisions",
        "  name      value  reason",
        "  step      B      x",
        "  lookback  5      y z",
        "",
        "scores",
        "  model     mae",
        "  forecast  1.5",
        "  drift      12",
        "",
        "verdict",
        "  sentences  Not better. It is shrunk.",
        "  coverage   80 81.3",
        "  p value    none",
        "",
        "arrays",
        "  name     dtype    shape",
        "  weights  float32  5, 53",
    ]


def test_text_wraps_at_the_width_of_the_terminal() -> None:
    lines = record_lines(
        {"verdict": {"sentences": ["Not significantly better than the last value."], "skill": 0.5}}, 40
    )
    assert lines[1:] == [
        "verdict",
        "  sentences  Not significantly better",
        "             than the last value.",
        "  skill      0.5",
    ]


def test_nested_records_stand_below_each_other() -> None:
    holidays = [{"month": 12, "day": 25}, {"month": 1, "day": 1}]
    calendars = [{"kind": "daily", "holidays": holidays}, {"kind": "hourly", "holidays": []}]
    assert record_lines({"calendars": calendars}) == [
        "",
        "calendars",
        "  kind      daily",
        "  holidays  month 12, day 25; month 1, day 1",
        "",
        "  kind      hourly",
        "  holidays  none",
    ]


def test_numbers_of_a_table_are_aligned_and_fold_where_they_have_no_room() -> None:
    scores = [
        {"model": "forecast", "mae": 50.18823456, "mase": 0.60872312, "p_value": None},
        {"model": "last_value", "mae": 306.394, "mase": 3.7162, "p_value": 0.000339431},
    ]
    assert record_lines({"scores": scores}, 40)[1:] == [
        "scores",
        "  model         mae   mase    p value",
        "  forecast     50.2  0.609       none",
        "  last_value  306.4  3.716  0.0003394",
    ]
    assert record_lines({"scores": scores}, 30)[4:] == [
        "  last_value  306.4  3.716",
        "",
        "  model         p value",
        "  forecast         none",
        "  last_value  0.0003394",
    ]
