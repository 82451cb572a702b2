"""Choose the named days that a series confirms: forward selection with a test against chance.

Residuals are those of level, weekday, year and month, (D,). They are replaced by normal scores of their ranks, so that
a few wild days cannot make a rule: the mean score of a rule without an effect is normal whatever the noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.calendars.holiday_inference import is_customary
from forecaster.forecasting.effects.design import YEAR
from forecaster.forecasting.effects.named_days import NamedDay, candidate_days, indicator, neighbours
from forecaster.forecasting.effects.regression import Observations, Projection, fit_robustly, median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.arrays import Bools, Floats, Ints

LEAST_YEARS = 3
"""Years in which a rule must have been seen: two could be chance."""
CHANCE = 4.1
"""Standard deviations that the score of a rule must reach: among 900 rules without an effect, the largest exceeds this
in about 4 % of series (a normal tail of 2 * 2.1e-5 each)."""
NEIGHBOUR_CHANCE = 3.3
"""The same for the days around a rule that was chosen: among 10 of them the largest exceeds this in 1 %."""
LISTED_CHANCE = 2.0
"""The same for a day that the user named: there is a reason for it before the data are seen."""
PREFERENCE = 1.05
"""Factor of the score of usual holidays and of the days around a chosen one, so that they win among rules that explain
the same days about equally well."""
FIRST_PENALTY = 1.0
"""Penalty of a named day before the spread of all named days is known: three years are shrunk by a quarter."""
LOOSE = 0.05
"""Share of that penalty while named days are chosen: what a chosen day leaves of its effect must not look like that of
another rule with the same days."""
MOST_NAMED_DAYS = 60
"""Rules of a series at most: one day of six, so that ordinary days stay the reference of all others."""
MONTHS_OF_SCALE = 12
"""Parts of the year in each of which residuals have their own size."""
LEAST_SCALE = 0.2
"""Least size of the residuals of a season, as a share of that of all: a season of constant values has none."""
AT_ONCE = 0.7
"""Share of the largest score from which further rules are chosen in the same pass, on other days."""


class Candidates(NamedTuple):
    """Rules with the places of their days, one after the other, and the factors that bring their scores to 1."""

    rules: tuple[NamedDay, ...]
    places: Ints
    starts: Ints
    weights: Floats


def candidates_among(rules: Sequence[NamedDay], days: Ints, least: float) -> Candidates:
    """Return those of the rules that have a day among `days`, (D,); `least` is the threshold of their scores."""
    pairs = [(rule, indicator(rule, days)) for rule in rules]
    pairs = [pair for pair in pairs if len(pair[1])]
    places = np.concatenate([np.empty(0, np.int64), *(each for _, each in pairs)])
    starts = np.cumsum([0, *(len(each) for _, each in pairs)])
    rules = tuple(rule for rule, _ in pairs)
    return Candidates(rules, places, starts, np.array([_weight(rule, least) for rule in rules]))


@lru_cache(maxsize=4)
def common_candidates(first: int, count: int) -> Candidates:
    """Return the candidates of `count` days from day `first`; series of a panel often share them."""
    return candidates_among(candidate_days(), np.arange(first, first + count), CHANCE)


def named_columns(named: Sequence[NamedDay], days: Ints, contrast: Floats) -> Floats:
    """Return two columns for each named day, (D, 2 R): its days, and its days times Sunday's level minus the weekday's.

    The second is 0 for a day that always falls on one weekday, because it says nothing beyond the first there.

    Args:
        named: The R named days.
        days: Day numbers that rise without gaps, (D,).
        contrast: Sunday's level minus that of each weekday, (7,).

    """
    columns = np.zeros((len(days), 2 * len(named)))
    for number, day in enumerate(named):
        places = indicator(day, days)
        columns[places, 2 * number] = 1
        if day.fixed_date:
            columns[places, 2 * number + 1] = contrast[(days[places] + 3) % 7]
    return columns


def first_penalties(count: int, contrast: Floats) -> Floats:
    """Return the penalties of the columns of named days before the spread of their effects is known, (2 count,).

    A share of Sunday's level of 1 is then as likely as an effect of the size of the largest contrast, (7,).
    """
    largest = float((contrast**2).max())
    return np.tile([FIRST_PENALTY, FIRST_PENALTY * largest if largest > 0 else FIRST_PENALTY], count)


@dataclass(frozen=True, eq=False)
class SelectionTask:
    """What the selection reads.

    Attributes:
        days: Day numbers that rise without gaps, (D,).
        observations: Level of each day, and whether it counts.
        columns: Columns of the year without what level and weekdays explain, (D, P).
        penalty: Their penalties, (P,).
        projection: Takes level and weekdays out.
        contrast: Sunday's level minus that of each weekday, (7,).

    """

    days: Ints
    observations: Observations
    columns: Floats
    penalty: Floats
    projection: Projection
    contrast: Floats

    def residuals(self, named: Sequence[NamedDay]) -> Floats:
        """Return what level, weekday, year and the named days leave of the target, in units of its season, (D,)."""
        more = self.projection.rest(named_columns(named, self.days, self.contrast))
        columns = np.column_stack([self.columns, more])
        penalty = np.append(self.penalty, LOOSE * first_penalties(len(named), self.contrast))
        residuals = fit_robustly(self.observations, columns, penalty, self.projection).residuals
        return residuals / _scale_by_season(residuals, self.days, self.observations.observed)


def _scale_by_season(residuals: Floats, days: Ints, observed: Bools) -> Floats:
    """Return the usual size of residuals in each season of the year, (D,): days of a wild season are no named days.

    The size is the median of three months around each month, so that a few named days do not change it.
    """
    phase = days / YEAR * MONTHS_OF_SCALE
    month = np.floor(phase).astype(np.int64) % MONTHS_OF_SCALE
    sizes = np.abs(residuals)
    overall = max(median(sizes[observed]), 1e-300)
    scales = np.empty(MONTHS_OF_SCALE)
    for number in range(MONTHS_OF_SCALE):
        near = observed & ((month - number + 1) % MONTHS_OF_SCALE <= 2)
        scales[number] = max(median(sizes[near]) if near.any() else 0.0, LEAST_SCALE * overall)
    place = (phase - 0.5) % MONTHS_OF_SCALE
    left = np.floor(place).astype(np.int64) % MONTHS_OF_SCALE
    share = place - np.floor(place)
    scale: Floats = (1 - share) * scales[left] + share * scales[(left + 1) % MONTHS_OF_SCALE]
    return scale


def select_named_days(task: SelectionTask, listed: Sequence[NamedDay] = ()) -> list[NamedDay]:
    """Choose named days, those with the strongest evidence first.

    A rule is chosen when its days of at least three years differ from the others by more than chance explains among all
    rules that are tried. Listed days that were seen fewer times are chosen together, if together they differ by more
    than chance explains; they are shrunk more.
    """
    chosen = _rarely_seen(task, listed)
    if len(task.days) < (LEAST_YEARS - 1) * 365:
        return chosen
    common = common_candidates(int(task.days[0]), len(task.days))
    while len(chosen) < MOST_NAMED_DAYS:
        around = [each for day in chosen for each in neighbours(day)]
        near = joined(
            candidates_among(listed, task.days, LISTED_CHANCE), candidates_among(around, task.days, NEIGHBOUR_CHANCE)
        )
        candidates = joined(common, near)
        scores = _normal_scores(task.residuals(chosen), task.observations.observed)
        added = _strongest(
            _evidence(scores, task.observations.observed, candidates), candidates, set(chosen), len(task.days)
        )
        if not added:
            return chosen
        chosen += added[: MOST_NAMED_DAYS - len(chosen)]
    return chosen


def _rarely_seen(task: SelectionTask, listed: Sequence[NamedDay]) -> list[NamedDay]:
    """Return the listed days that were seen once or twice; none if their scores are no larger than those of others.

    The sum of the squares of M normal scores without an effect has the mean M and the variance 2 M.
    """
    places = [indicator(day, task.days) for day in listed]
    places = [each[task.observations.observed[each]] for each in places]
    rare = [(day, each) for day, each in zip(listed, places, strict=True) if 0 < len(each) < LEAST_YEARS]
    if not rare:
        return []
    days = np.unique(np.concatenate([each for _, each in rare]))
    squares = _normal_scores(task.residuals([]), task.observations.observed)[days] ** 2
    enough = squares.sum() > len(days) + LISTED_CHANCE * np.sqrt(2 * len(days))
    return [day for day, _ in rare][:MOST_NAMED_DAYS] if enough else []


def joined(a: Candidates, b: Candidates) -> Candidates:
    """Return the candidates of both."""
    places = np.concatenate([a.places, b.places])
    starts = np.concatenate([a.starts, a.starts[-1] + b.starts[1:]])
    return Candidates(a.rules + b.rules, places, starts, np.concatenate([a.weights, b.weights]))


def _normal_scores(residuals: Floats, observed: Bools) -> Floats:
    """Return the normal scores of the ranks of the observed residuals, (D,); 0 elsewhere."""
    count = int(observed.sum())
    scores = np.zeros(len(residuals))
    ranks = np.empty(count, np.int64)
    ranks[residuals[observed].argsort(kind="stable")] = np.arange(count)
    scores[observed] = normal_quantiles(count)[ranks]
    return scores


@lru_cache(maxsize=4)
def normal_quantiles(count: int) -> Floats:
    """Return the quantiles of the standard normal distribution at (i + 1/2) / count, (count,)."""
    from statistics import NormalDist

    inverse = NormalDist().inv_cdf
    return np.array([inverse((i + 0.5) / count) for i in range(count)])


def _evidence(scores: Floats, observed: Bools, candidates: Candidates) -> Floats:
    """Return how many times the score of each candidate exceeds its threshold, (R,); 0 where too few days are seen."""
    sums = np.add.reduceat(scores[candidates.places], candidates.starts[:-1])
    counts = np.add.reduceat(observed[candidates.places].astype(np.int64), candidates.starts[:-1])
    evidence = np.abs(sums) / np.sqrt(np.maximum(counts, 1)) * candidates.weights
    evidence[counts < LEAST_YEARS] = 0
    return evidence


def _weight(day: NamedDay, least: float) -> float:
    """Return the factor that brings the score of a rule to its threshold, which is then 1."""
    usual = day.rule is None or day.offset != 0 or is_customary(day.rule)
    return (PREFERENCE if usual else 1.0) / least


def _strongest(evidence: Floats, candidates: Candidates, chosen: set[NamedDay], count: int) -> list[NamedDay]:
    """Return the rule with the strongest evidence and others, on other days, whose evidence is nearly as strong."""
    taken = np.zeros(count, np.bool_)
    added: list[NamedDay] = []
    least = 1.0
    for number in np.argsort(-evidence, kind="stable").tolist():
        if evidence[number] < least:
            break
        if candidates.rules[number] in chosen:
            continue
        least = max(least, AT_ONCE * evidence[number]) if not added else least
        places = candidates.places[candidates.starts[number] : candidates.starts[number + 1]]
        if not taken[places].any():
            taken[places] = True
            added.append(candidates.rules[number])
    return added
