"""The page on the rules has the numbers of the code, and names every choice and the flag that overrides it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer

from forecaster.calendars.units import HOUR
from forecaster.cli.app import app
from forecaster.evaluation.comparison import SIGNIFICANT
from forecaster.forecasting import blend
from forecaster.forecasting.blend import OTHER_PRIOR_WEIGHT, PRIOR_WEIGHTS
from forecaster.forecasting.defaults import calendar_choice, derive, levels, method_choice, patterns, prices, rules
from forecaster.forecasting.holdout import FINE_TUNED, NETWORK, PRETRAINED
from forecaster.forecasting.methods import fine_tuning, ridge
from forecaster.forecasting.methods.baselines import THETA
from forecaster.forecasting.pretrained.level_inputs import HORIZON
from forecaster.forecasting.prices import drift, empirical_moves, features, variance_time, volatility
from forecaster.forecasting.uncertainty import calibration, significance
from forecaster.series import scaling, split, transforms
from forecaster.series.panel import panel_from_series
from forecaster.spec import Specification

PAGE = (Path(__file__).parents[2] / "docs" / "recipe.md").read_text()
TEXT = " ".join(PAGE.split())
TUNED = method_choice.TUNED_NETWORKS
MEMBERS = list(levels.MEMBERS.values())
ROWS = dict(re.findall(r"^\| (\w[\w ]*) \| .* \| (`--[\w-]+`)? ?\|$", PAGE, re.MULTILINE))


@pytest.mark.parametrize(
    "said",
    [
        f"first {derive.CHECKED:.0%} of each series".replace("%", " %"),
        f"{MEMBERS[0]}, {MEMBERS[1]} or {MEMBERS[2]} networks",
        f"for prices {prices.MEMBERS}, or {prices.BEST_MEMBERS} with `best`",
        f"{levels.EPOCHS}; for prices {volatility.EPOCHS}.",
        f"{levels.BATCH} windows; for prices {volatility.BATCH}.",
        f"{levels.LARGE_HIDDEN} units from {levels.LARGE_ROWS:,} rows on, else {levels.SMALL_HIDDEN}",
        f"at least {levels.FEWEST_UPDATES} and at most {levels.MOST_UPDATES:,}",
        f"in {prices.MOST_UPDATES} updates at most",
        f"{levels.FAST_RATE}, or {levels.SLOW_RATE} with fewer than {levels.FEW_SERIES} series",
        f"for prices {volatility.RATE}.",
        f"lag of 2 to {patterns.LONGEST_SEASON}",
        f"by {patterns.STRONG}, or by {patterns.STRONG / 2} where at least {patterns.AGREEING} series agree",
        f"at most {rules.FEW_IN_YEAR} in a year, a year if there are at most {rules.PARTS_OF_YEAR}",
        f"{rules.YEARS} years; for counted steps a season, or {rules.USUAL_HORIZON}",
        f"an autocorrelation beyond {patterns.WEAK}",
        f"The longest series must have at least {rules.SHARE_ROWS} rows",
        f"so that {levels.FEWEST_STEPS} to {levels.MOST_STEPS} recurrent steps read the window",
        f"For prices {features.SEGMENT * features.SEGMENTS} steps",
        f"For prices {features.SEGMENT} steps",
        f"at least {levels.LONG_SEASON} steps, half of the series have {levels.FEWEST_SEASONS} seasons",
        f"of all series contain {levels.FEWEST_WINDOWS:,} such windows",
        f"From {levels.QUANTILE_ROWS} rows on, the network forecasts {len(calibration.TAUS)} quantiles",
        f"the latest {rules.RECENT} horizons of each series, or further back until there are {rules.WINDOWS:,} windows",
        f"more than {100 * transforms.ZEROS:.0f} % are zero, values are not transformed",
        f"fewer than {transforms.MANY_SERIES} series, positive series that come near zero get the same transform",
        f"in one quarter of their rows the lowest value is below {transforms.NEAR_ZERO} of the median",
        f"({transforms.LINEAR_DISTANCES:.0f} mean distances)",
        f"The latest {100 * split.CALIBRATION:.0f} % of each series",
        f"the {100 * split.VALIDATION:.0f} % before them",
        f"two horizons and a series' share of {split.ROWS:,} rows",
        f"n / (n + {blend.TUNED_SERIES})",
        f"n / (n + {blend.HEAD_START_SERIES})",
        (
            f"fine-tuned network {PRIOR_WEIGHTS[FINE_TUNED]}, networks from the start {PRIOR_WEIGHTS[NETWORK]}, "
            f"pretrained network {PRIOR_WEIGHTS[PRETRAINED]}, Theta {PRIOR_WEIGHTS[THETA]} "
            f"and others {OTHER_PRIOR_WEIGHT}"
        ),
        f"{blend.ALONE[NETWORK]} for the networks and {blend.ALONE[THETA]} for Theta",
        f"{blend.AMONG_MANY[NETWORK]} and {blend.AMONG_MANY[THETA]} on many",
        f"{blend.PRIOR_WINDOWS:.0f} times the distance from the prior weights",
        f"{TUNED['standard']} pretrained network is trained further, or {TUNED['best']} with `--effort best`",
        (
            f"{method_choice.TUNING_UPDATES_PER_ROOT} times the square root of the number of rows, "
            f"at least {method_choice.FEWEST_TUNING_UPDATES} and at most {method_choice.MOST_TUNING_UPDATES:,}; half"
        ),
        f"fewer than {method_choice.LONG:,} rows, fewer than {method_choice.MANY:,} in all",
        (
            f"a season of at most {method_choice.LONGEST_SEASON} steps, and fewer than "
            f"{method_choice.MANY_SEASONAL_SERIES} series, or {method_choice.MANY_SERIES} if they have no season"
        ),
        f"if a typical series has fewer than {method_choice.OWN_ROWS} rows",
        f"a horizon of at most {HORIZON}, if a typical series",
        "beside a fine-tuned one {quick}, {standard} or {best};".format(**levels.MEMBERS_BESIDE_TUNED),
        f"at least {fine_tuning.FEWEST_ROWS} rows and {fine_tuning.FEWEST_SEASONS} seasons before it",
        f"Each update draws {fine_tuning.BATCH} series",
        f"on held-out rows is above {significance.GATE}:",
        f"decay, between {features.DECAYS[0]} and {features.DECAYS[-1]},",
        f"a factor of e^{empirical_moves.LARGEST_LOG_SCALE:.0f} at most",
        f"is used from {volatility.FEW} rows on and learns from your rows from {volatility.ENOUGH} on",
        f"over 1, 2, 4, ... {features.KNOTS[-1]} steps",
        f"for breaks of up to {variance_time.LONGEST_CLOSES[0] // HOUR} hours, for nights,",
        f"beyond {drift.LEAST_T}, and over more than {drift.MANY_STEPS} steps also beyond {drift.LEAST_PLAIN_T}",
        f"a factor of {np.exp(calibration.LARGEST_CHANGE):.0f} at most",
        f"The latest {calibration.ROLLING} cutoffs count",
        f"A p-value below {100 * SIGNIFICANT:.0f} % counts as a real difference",
        f"lowers the error of a ridge regression by at least {100 * calendar_choice.LEAST_GAIN:.0f} %",
        f"is significant at {100 * calendar_choice.CHANCE:.0f} %, over at least {calendar_choice.CUTOFFS} horizons",
        f"divided by {scaling.USUAL:.0f} times its mean change",
        f"at most {levels.BLOCKS} blocks of the horizon, and {levels.CONTEXT} numbers in all",
        f"the latest values of every column, {ridge.MOST_COVARIATE_VALUES:,} in all",
    ],
)
def test_a_number_of_the_page_is_that_of_the_code(said: str) -> None:
    assert said in TEXT


def test_every_choice_stands_in_the_page_in_its_order() -> None:
    """Of series that close on weekends, and of which one is a share with a year and one is drawn from its past."""
    ds = pd.bdate_range("2018-01-01", periods=1200).to_numpy().astype("datetime64[us]")
    t = (ds - ds[0]) / np.timedelta64(1, "D")
    noise = np.random.default_rng(0).normal(0, 2, len(t))
    shares = (50 + 20 * np.cos(2 * np.pi * t / 365.25) + 5 * (t % 7 == 2) + noise) / 100
    drawn = np.repeat(np.arange(12) % 5, 100) / 10
    panel = panel_from_series([("a", ds, shares), ("b", ds, drawn)])
    decisions = derive.derive_recipe(panel, Specification()).decisions
    assert list(ROWS) == [each.name.replace("_", " ") for each in decisions]


def test_every_flag_of_the_page_is_one_of_train() -> None:
    options = {flag for each in typer.main.get_command(app).commands["train"].params for flag in each.opts}
    named = set(re.findall(r"--[a-z][a-z-]+", PAGE)) - {"--samples", "--level"}
    assert named - options == {"--no-all-rows", "--no-zero-shot"}
    assert {flag.strip("`") for flag in ROWS.values() if flag} <= options
