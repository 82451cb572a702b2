"""The conditions of `--retrain-if`, such as `skill < 0 or age > 30d`: parse them, and judge a source by them.

A parser by recursive descent follows this grammar; spaces and the case of letters do not matter:

    condition  = all {"or" all}
    all        = single {"and" single}
    single     = "not" single | "(" condition ")" | "drift" | measure sign value
    sign       = "<" | "<=" | ">" | ">="
    value      = a number, which may end with %; of `age` a duration such as 30d or 12h

Nothing is evaluated as Python. A measure that is not known yet makes a comparison neither true nor false (the logic of
three values of Kleene 1952), and a model is trained again only where the whole is true.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from forecaster.batch.limits import LONGEST_DURATION, parse_duration
from forecaster.calendars.durations import duration_in_words
from forecaster.errors import TypedTextError, UsageError
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

OPTION = "--retrain-if"
EXAMPLE = "write --retrain-if 'skill < 0 or age > 30d'"
"""What helps whoever typed a wrong condition: one that is right."""
AGE, DRIFT, COVERAGE = "age", "drift", "coverage"
NUMBERS = ("skill", "mae", "wql", COVERAGE, "bias", "rows", "scored")
"""Measures that are compared with numbers; `docs/ledger.md` says what they are."""
MEASURES = (*NUMBERS, AGE, DRIFT)
USUAL_LEVEL = 80.0
"""The level of the interval that `coverage` without a number is about, in percent."""
SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TOKEN = re.compile(r"\s*(?P<text>[a-z_][a-z_]*[0-9.]*|[+-]?[0-9.][0-9a-z.]*%?|[<>]=?|[()]|\S)")
"""A word, a number with its unit, a sign, a parenthesis, or a character that is none of them."""
NUMBER = re.compile(r"(?P<number>[+-]?(?:[0-9]{1,12}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}))%?")
MOST_CHARACTERS = 1000
"""Characters of a condition at most: beyond, it is no condition, and nesting stays within what Python can follow."""
MOST_NESTED = 50
"""Parentheses and `not` within each other at most."""

Values = Mapping[str, float | bool | None]
"""What is known of a source, by measure; None where it is not known. `coverage` has its level: `coverage80`."""


class Judgement(NamedTuple):
    """Whether a condition is true of a source, None where that is not known, and the comparisons that decide it."""

    truth: bool | None
    because: tuple[str, ...]


class Condition(Protocol):
    """A condition or a part of one."""

    def judge(self, values: Values) -> Judgement:
        """Return whether it is true of these values."""

    def levels(self) -> set[float]:
        """Return the levels of the intervals whose coverage it looks at, in percent."""


@dataclass(frozen=True)
class Comparison:
    """A measure compared with a value, which of `age` is in seconds."""

    measure: str
    sign: str
    value: float

    def judge(self, values: Values) -> Judgement:
        """Return whether it is true of these values."""
        found = values.get(self.measure)
        if found is None:
            return Judgement(None, (f"{self.measure} is not known yet",))
        text = f"{self.measure} {self._in_words(found)} {self.sign} {self._in_words(self.value)}"
        return Judgement(SIGNS[self.sign](found, self.value), (text,))

    def levels(self) -> set[float]:
        """Return the level of its interval; none for other measures."""
        return {float(self.measure.removeprefix(COVERAGE))} if self.measure.startswith(COVERAGE) else set()

    def _in_words(self, value: float) -> str:
        """Return a value of the measure as it is printed."""
        return duration_in_words(max(round(value), 1)) if self.measure == AGE else f"{value:.4g}"


@dataclass(frozen=True)
class Drift:
    """Whether the series or the errors have drifted."""

    def judge(self, values: Values) -> Judgement:
        """Return whether that was found."""
        found = values.get(DRIFT)
        return Judgement(None, ("drift is not known yet",)) if found is None else Judgement(bool(found), (DRIFT,))

    def levels(self) -> set[float]:
        """Return no level."""
        return set()


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    part: Condition

    def judge(self, values: Values) -> Judgement:
        """Return whether the condition is not true."""
        truth, because = self.part.judge(values)
        return Judgement(None if truth is None else not truth, tuple(f"not {each}" for each in because))

    def levels(self) -> set[float]:
        """Return the levels of the condition."""
        return self.part.levels()


@dataclass(frozen=True)
class Joined:
    """Conditions of which all must be true, or one of which must be: `decisive` is the truth of a part that decides."""

    parts: tuple[Condition, ...]
    decisive: bool

    def judge(self, values: Values) -> Judgement:
        """Return whether the whole is true: the part that decides says why, otherwise all parts do."""
        judged = [each.judge(values) for each in self.parts]
        for each in judged:
            if each.truth is self.decisive:
                return each
        because = tuple(text for each in judged for text in each.because)
        return Judgement(None if any(each.truth is None for each in judged) else not self.decisive, because)

    def levels(self) -> set[float]:
        """Return the levels of all parts."""
        return {level for each in self.parts for level in each.levels()}


def parse_condition(text: str) -> Condition:
    """Return the condition that a user typed.

    Raises:
        TypedTextError: It is none; the error says at which character.

    """
    return _Parser(text).parse()


def check_levels(condition: Condition, levels: Sequence[float]) -> None:
    """Refuse a condition about an interval that no forecast of the run has.

    Raises:
        UsageError: There is one.

    """
    missing = sorted(condition.levels() - {*levels})
    if missing:
        what = f"{OPTION}: coverage is that of the {missing[0]:g} % interval, and the forecasts have none"
        raise UsageError(what, f"add --level {missing[0]:g}")


class _Token(NamedTuple):
    """A part of the text, in small letters, and where it begins."""

    text: str
    place: int


class _Parser:
    """Read a condition from left to right."""

    def __init__(self, text: str) -> None:
        """Divide the text into tokens; the last one is empty and stands for its end."""
        self._text = text
        if len(text) > MOST_CHARACTERS:
            self._refuse(_Token("", MOST_CHARACTERS), f"it has more than {MOST_CHARACTERS:,} characters")
        found = TOKEN.finditer(text.lower())
        self._tokens = [*(_Token(each["text"], each.start("text")) for each in found), _Token("", len(text.rstrip()))]
        self._next, self._depth = 0, 0

    def parse(self) -> Condition:
        """Return the condition."""
        condition = self._condition()
        if self._peek.text:
            self._refuse(self._peek, "and, or, or the end is expected")
        return condition

    @property
    def _peek(self) -> _Token:
        """The next token."""
        return self._tokens[self._next]

    def _take(self) -> _Token:
        """Return the next token and go on behind it; nothing is behind the end."""
        token = self._peek
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _takes(self, *texts: str) -> bool:
        """Go on behind the next token if it is one of these."""
        found = self._peek.text in texts and self._peek.text != ""
        self._next += found
        return found

    def _condition(self) -> Condition:
        """Return conditions joined by `or`."""
        parts = [self._all()]
        while self._takes("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), decisive=True)

    def _all(self) -> Condition:
        """Return conditions joined by `and`."""
        parts = [self._single()]
        while self._takes("and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts), decisive=False)

    def _single(self) -> Condition:
        """Return one condition: a comparison, its opposite, or what stands in parentheses."""
        token = self._take()
        if token.text in {"not", "("}:
            self._depth += 1
            if self._depth > MOST_NESTED:
                self._refuse(token, f"more than {MOST_NESTED} parentheses lie within each other")
            inner: Condition = Not(self._single()) if token.text == "not" else self._in_parentheses(token)
            self._depth -= 1
            return inner
        return Drift() if token.text == DRIFT else self._comparison(token)

    def _in_parentheses(self, opening: _Token) -> Condition:
        """Return the condition up to the parenthesis that closes."""
        condition = self._condition()
        if not self._takes(")"):
            if self._peek.text:
                self._refuse(self._peek, "and, or, or ) is expected")
            self._refuse(opening, "this parenthesis is not closed")
        return condition

    def _comparison(self, token: _Token) -> Condition:
        """Return a measure compared with a value."""
        measure, sign = self._measure(token), self._take()
        if sign.text not in SIGNS:
            self._refuse(sign, f"one of {' '.join(SIGNS)} is expected after {token.text}")
        typed = self._take()
        if measure == AGE:
            return Comparison(measure, sign.text, self._duration(typed))
        match = NUMBER.fullmatch(typed.text)
        if match is None:
            self._refuse(typed, "a number is expected")
        return Comparison(measure, sign.text, float(match["number"]))

    def _measure(self, token: _Token) -> str:
        """Return the measure that a token names."""
        level = token.text.removeprefix(COVERAGE)
        if token.text in {COVERAGE, *NUMBERS, AGE}:
            return f"{COVERAGE}{USUAL_LEVEL:g}" if token.text == COVERAGE else token.text
        if token.text.startswith(COVERAGE) and NUMBER.fullmatch(level):
            if not 0 < float(level) < 100:
                self._refuse(token, "a level lies between 0 and 100")
            return f"{COVERAGE}{float(level):g}"
        listed = f"{', '.join(MEASURES[:-1])} or {MEASURES[-1]}"
        return self._refuse(token, f"a measure is expected: {listed}")

    def _duration(self, token: _Token) -> float:
        """Return the seconds of a duration."""
        try:
            return parse_duration(token.text, OPTION)
        except UsageError:
            years = round(LONGEST_DURATION / 365.25 / 86400)
            return self._refuse(token, f"a duration such as 30d or 12h is expected, of at most {years} years")

    def _refuse(self, token: _Token, expected: str) -> NoReturn:
        """Raise the error about a token."""
        found = f", not {shown(token.text)!r}" if token.text and "expected" in expected else ""
        what = f"{OPTION}: character {token.place + 1}: {expected}{found}"
        raise TypedTextError(what, EXAMPLE, self._text, token.place)
