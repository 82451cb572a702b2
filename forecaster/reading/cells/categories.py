"""Covariates to numbers: a column holds numbers, words for yes and no, or words that name categories.

Words for yes and no, as `TRUE` and `FALSE`, are 1 and 0. Categories are codes, see `forecaster.series.categories`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.errors import Code, Finding, InputRefusedError
from forecaster.reading.cells.flags import FLAGS, parse_flags
from forecaster.reading.cells.missing_values import is_missing, missing_mark_findings, missing_word
from forecaster.reading.cells.numbers import REMEDY, looks_numeric, parse_numbers
from forecaster.series.categories import MOST_CATEGORIES, UNKNOWN
from forecaster.text import LONGEST_NAME, nameable, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecaster.arrays import Floats
    from forecaster.errors import Place
    from forecaster.reading.cells.column import Column

FEWEST_ROWS = 2
"""Rows that each word has on average, if some cells are numbers: a slip among numbers stands once."""
NO_VALUE = "none"
"""A word that is a category where the others are words, as `none` is beside `promo`; among numbers it is no value."""
YES_AND_NO = {word for pair in FLAGS for word in pair if len(word) > 1}
"""The words for yes and no that are no letters: a letter may name a category."""
MOST_SHOWN = 5
"""Categories that a message lists, so that it stays readable."""


class CovariateCells(NamedTuple):
    """A covariate as numbers, (R,), NaN where one is missing.

    Attributes:
        values: The numbers, or the codes of the categories.
        rows: Number of rows of each category, in the order of the codes; empty where the column holds numbers.
        findings: What the user should know of the categories.

    """

    values: Floats
    rows: dict[str, int]
    findings: tuple[Finding, ...] = ()


def parse_covariate(
    column: Column,
    decimal: str | None = None,
    others: Iterable[Column] = (),
    categories: Sequence[str] | None = None,
) -> CovariateCells:
    """Return the numbers of a covariate, or the codes of its categories.

    Args:
        column: The column.
        decimal: The decimal mark; None if the rows show it.
        others: The other columns of the file, which may show the decimal mark.
        categories: The categories that training saw, none if it saw numbers; None where the cells show it.

    Raises:
        InputRefusedError: See `parse_numbers`, or there are too many categories.

    """
    if categories:
        return _known_categories(column, categories)
    flags = parse_flags(column)
    if flags is not None:
        return CovariateCells(flags, {})
    if categories is None and _names_categories(column):
        _refuse_mixed_flags(column)
        return _found_categories(column)
    _refuse_word_among_numbers(column)
    values = parse_numbers(column, decimal, others)
    return CovariateCells(values, {}, missing_mark_findings(column, values))


def _refuse_word_among_numbers(column: Column) -> None:
    """Refuse a word that stands for missing values in a target: in a covariate, as `holiday`, it may be a category."""
    word = missing_word(column) if column.numbers is None else None
    if word is not None:
        place = column.texts.index(word)
        remedy = f"{REMEDY}; if all cells are categories, write words instead of the numbers"
        raise column.refusal([place], lambda _: "is a word among numbers", remedy, Code.NUMBER)


def category_key(text: str) -> str:
    """Return what two spellings of one category have in common: case and inner blanks do not matter."""
    return " ".join(text.split()).casefold()


def refuse_many_categories(count: int, place: Place) -> None:
    """Refuse a column that has more categories than are read."""
    if count > MOST_CATEGORIES:
        what = f"there are {count} different words, and at most {MOST_CATEGORIES} categories are read"
        remedy = "leave the column out, or write one word for all rare categories, such as other"
        raise InputRefusedError(what, remedy, place, code=Code.NUMBER)


def _is_category(text: str) -> bool:
    return text.lower() == NO_VALUE or not is_missing(text)


def _names_categories(column: Column) -> bool:
    """Return whether the cells name categories: all are words, or most distinct cells are words that repeat.

    Among numbers, a few wrong cells must not turn the column into categories. A code such as 0, a, b and c has one
    number, and its words repeat. Words for yes and no are no categories.
    """
    rows = np.bincount(column.codes)
    texts = [(text, int(count)) for text, count in zip(column.texts, rows, strict=True) if not is_missing(text)]
    numbers = {text for text, _ in texts if looks_numeric(text)}
    words = {text: count for text, count in texts if text not in numbers}
    if not numbers or not words:
        return bool(words)
    if any(text.lower() in YES_AND_NO for text in words):
        return False
    enough = len(words) > len(numbers) or len(numbers) == 1
    return enough and sum(words.values()) >= FEWEST_ROWS * len(words)


def _refuse_mixed_flags(column: Column) -> None:
    """Refuse a column in which some words for yes and no are those of a database and others are not."""
    places = [i for i, text in enumerate(column.texts) if not is_missing(text)]
    if all(column.texts[i].lower() in YES_AND_NO for i in places):
        fault = "is a different word for yes or no from those in other rows"
        raise column.refusal(places, lambda _: fault, "write TRUE and FALSE in all rows, or yes and no", Code.NUMBER)


def _found_categories(column: Column) -> CovariateCells:
    """Return the categories that the cells name, with their first spelling."""
    spelling: dict[str, str] = {}
    for text in filter(_is_category, column.texts):
        spelling.setdefault(category_key(text), text)
    refuse_many_categories(len(spelling), column.place())
    values = _codes(column, list(spelling))
    rows = np.bincount(values[~np.isnan(values)].astype(np.int64), minlength=len(spelling))
    names = [text if nameable(text) else shown(text, most=LONGEST_NAME) for text in spelling.values()]
    return CovariateCells(values, dict(zip(names, rows.tolist(), strict=True)))


def _known_categories(column: Column, categories: Sequence[str]) -> CovariateCells:
    """Return the codes of categories that training saw, and a finding about others."""
    values = _codes(column, [category_key(each) for each in categories])
    rows = dict.fromkeys(categories, 0)
    unseen = np.flatnonzero(values == UNKNOWN)
    if not len(unseen):
        return CovariateCells(values, rows)
    words = [column.texts[i] for i in dict.fromkeys(column.codes[unseen].tolist())]
    listed = ", ".join(f"'{shown(word)}'" for word in words[:MOST_SHOWN]) + " and others" * (len(words) > MOST_SHOWN)
    are = "is not a category" if len(words) == 1 else "are not categories"
    text = f"{listed} {are} of the training file: counted as {shown(categories[0])}, the most frequent one there"
    if len(categories) == 1:
        text = f"{listed} {are} of the training file, in which all rows have {shown(categories[0])}"
    place = column.place(int(unseen[0]))
    return CovariateCells(values, rows, (Finding(Code.CATEGORY, text, place),))


def _codes(column: Column, keys: Sequence[str]) -> Floats:
    """Return the code of each row, (R,), by the keys of the categories."""
    numbers = {key: float(i) for i, key in enumerate(keys)}
    codes = [numbers.get(category_key(text), UNKNOWN if _is_category(text) else np.nan) for text in column.texts]
    return np.array(codes, np.float64)[column.codes]
