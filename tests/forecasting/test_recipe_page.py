"""The page on the rules has the numbers of the code, and names every choice and the flag that overrides it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import typer

from forecaster.cli.app import app
from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.forecasting import blend
from forecaster.forecasting.defaults import calendar_choice, derive, patterns, rules
from forecaster.forecasting.holdout import NETWORK
from forecaster.forecasting.methods import ridge
from forecaster.forecasting.methods.baselines import THETA
from forecaster.forecasting.prices import drift, features, moves
from forecaster.forecasting.prices import volatility as network
from forecaster.forecasting.uncertainty import calibration, significance
from forecaster.series import scaling, split, transforms
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

PAGE = (Path(__file__).parents[2] / "docs" / "recipe.md").read_text()
TEXT = " ".join(PAGE.split())
MEMBERS = [rules.members(effort, predicts_volatility=False)[0] for effort in ("quick", "standard", "best")]
EPOCHS = [rules.epochs(early_stopping=False, predicts_volatility=prices)[0] for prices in (False, True)]
ROWS = dict(re.findall(r"^\| (\w[\w ]*) \| .* \| (`--[\w-]+`)? ?\|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize(
    "said",
    [
        f"first {derive.CHECKED:.0%} of each series".replace("%", " %"),
        f"{MEMBERS[0]}, {MEMBERS[1]} or {MEMBERS[2]} networks",
        f"{EPOCHS[0]}; for prices {EPOCHS[1]}.",
        f"{rules.batch(predicts_volatility=False)[0]} windows; for prices {rules.batch(predicts_volatility=True)[0]}.",
        f"lag of 2 to {patterns.LONGEST_SEASON}",
        f"by {patterns.STRONG}, or by {patterns.STRONG / 2} where at least {patterns.AGREEING} series agree",
        f"{rules.HORIZONS['weekly']} weeks, {rules.HORIZONS['monthly']} months, {rules.HORIZONS['quarterly']} quarters",
        f"{rules.HORIZONS['yearly']} years",
        f"an autocorrelation beyond {patterns.WEAK}",
        f"so that {rules.FEWEST} to {rules.MOST} recurrent steps read the window",
        f"For prices {features.SEGMENT * features.SEGMENTS} steps",
        f"For prices {features.SEGMENT} steps",
        f"at least {rules.LONG_SEASON} steps, half of the series have {rules.SEASONS_ALIGNED} seasons",
        f"of all series contain {rules.ALIGNED:,} such windows",
        f"From {rules.QUANTILE_ROWS} rows on, the network forecasts {len(calibration.TAUS)} quantiles",
        f"fewer than {rules.FEW_SERIES} series",
        f"the latest {rules.RECENT} horizons of each series, or further back until there are {rules.WINDOWS:,} windows",
        f"more than {100 * transforms.ZEROS:.0f} % are zero, values are not transformed",
        f"fewer than {transforms.MANY} series, positive series that come near zero get the same transform",
        f"in one quarter of their rows the lowest value is below {transforms.NEAR} of the median",
        f"({transforms.DISTANCES:.0f} mean distances)",
        f"The latest {100 * split.CALIBRATION:.0f} % of each series",
        f"the {100 * split.VALIDATION:.0f} % before them",
        f"two horizons and a series' share of {split.ROWS:,} rows",
        f"n / (n + {blend.LEANING})",
        f"n / (n + {blend.SERIES})",
        f"(network {blend.BELIEVED[NETWORK]}, Theta {blend.BELIEVED[THETA]}, others {blend.UNLIKELY})",
        f"unless their error is {blend.HOPELESS} times that",
        f"on held-out rows is above {significance.GATE}:",
        f"decay, between {features.DECAYS[0]} and {features.DECAYS[-1]},",
        f"a factor of e^{moves.LARGEST_LOG_SCALE:.0f} at most",
        f"is used from {network.FEW} rows on and learns from your rows from {network.ENOUGH} on",
        f"over 1, 2, 4, ... {features.KNOTS[-1]} steps",
        f"beyond {drift.LEAST_T}, and over more than {drift.MANY_STEPS} steps also beyond {drift.LEAST_PLAIN_T}",
        f"a factor of {np.exp(calibration.LARGEST_CHANGE):.0f} at most",
        f"The latest {calibration.ROLLING} cutoffs count",
        f"A p-value below {100 * SIGNIFICANT:.0f} % counts as a real difference",
        f"lowers the error of a ridge regression by at least {100 * calendar_choice.LEAST_GAIN:.0f} %",
        f"is significant at {100 * calendar_choice.CHANCE:.0f} %, over at least {calendar_choice.CUTOFFS} horizons",
        f"divided by {scaling.USUAL:.0f} times its mean change",
        f"at most {rules.BLOCKS} blocks of the horizon, and {rules.CONTEXT} numbers in all",
        f"the latest values of every column, {ridge.MOST_COVARIATE_VALUES:,} in all",
    ],
)
def test_a_number_of_the_page_is_that_of_the_code(said: str) -> None:
    assert said in TEXT


def test_every_choice_stands_in_the_page_in_its_order() -> None:
    t = np.arange(200)
    panel = panel_from_series([("a", t, 50 + 5 * np.sin(t / 3) + t % 5)])
    decisions = derive.derive(panel, Specification()).decisions
    assert list(ROWS) == [each.name.replace("_", " ") for each in decisions]


def test_every_flag_of_the_page_is_one_of_train() -> None:
    options = {flag for each in typer.main.get_command(app).commands["train"].params for flag in each.opts}
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE)) - {"--samples", "--level"}
    assert named - options == {"--no-all-rows"}
    assert {flag.strip("`") for flag in ROWS.values() if flag} <= options
