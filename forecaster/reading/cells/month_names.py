"""Names of months in languages other than English, and the English ones for them.

A language is never guessed from one cell: it is that of which all the words of a column are names of months, and where
several languages know all of them, they must mean the same months.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from forecaster.calendars.units import MONTH_NAMES
from forecaster.reading.cells.column import LONGEST_CELL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forecaster.reading.cells.column import Column

LANGUAGES = {
    "English": "|".join(MONTH_NAMES).lower(),
    "German": "januar jänner|februar|märz mrz|april|mai|juni|juli|august|september|oktober|november|dezember",
    "French": "janvier janv|février févr fév|mars|avril avr|mai|juin|juillet juil|août|septembre|octobre|novembre"
    "|décembre",
    "Spanish": "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre setiembre|octubre|noviembre|diciembre",
    "Italian": "gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre",
    "Portuguese": "janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro",
    "Dutch": "januari|februari|maart mrt|april|mei|juni|juli|augustus|september|oktober|november|december",
    "Swedish": "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december",
    "Danish": "januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december",
    "Norwegian": "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember",
    "Finnish": "tammikuu|helmikuu|maaliskuu|huhtikuu|toukokuu|kesäkuu|heinäkuu|elokuu|syyskuu|lokakuu|marraskuu"
    "|joulukuu",
    "Polish": "styczeń stycznia|luty lutego|marzec marca|kwiecień kwietnia|maj maja|czerwiec czerwca|lipiec lipca"
    "|sierpień sierpnia|wrzesień września|październik października paź|listopad listopada|grudzień grudnia",
    "Czech": "leden ledna|únor února|březen března|duben dubna|květen května|červen června|červenec července"
    "|srpen srpna|září|říjen října|listopad listopadu|prosinec prosince",
    "Hungarian": "január|február|március|április|május|június|július|augusztus|szeptember|október|november|december",
    "Romanian": "ianuarie|februarie|martie|aprilie|mai|iunie|iulie|august|septembrie|octombrie|noiembrie|decembrie",
    "Indonesian": "januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember",
}
"""Names from January on; the first three letters of each stand for it where they stand for no other month."""
ENGLISH_MONTHS = frozenset({"sept", *(name for month in MONTH_NAMES for name in (month.lower(), month[:3].lower()))})
"""How English months are written, in small letters and without a dot; the first three letters tell which it is."""
WORD = re.compile(r"[^\W\d_]+")
WORD_WITH_DOT = re.compile(r"([^\W\d_]+)(?:\.(?!\d))?")
"""A word, and the dot of an abbreviation; a dot before digits separates."""
BETWEEN = re.compile(r"(?<=[\w.]) (?:de|del|di) (?=\w)", re.IGNORECASE)
"""Words between the parts of a date, as in 3 de enero de 2022."""


@cache
def months_of_language(language: str) -> Mapping[str, int]:
    """Return the months of a language, from 1, by their names in small letters and by what they are shortened to."""
    months = [names.split() for names in LANGUAGES[language].split("|")]
    found = {name: i for i, names in enumerate(months, 1) for name in names}
    for length in (3, 4):
        short = [(names[0][:length], i) for i, names in enumerate(months, 1)]
        once = {name: i for name, i in short if [other for other, _ in short].count(name) == 1}
        found = once | found
    return found


@cache
def _names_of(languages: frozenset[str]) -> frozenset[str]:
    return frozenset(name for language in languages for name in months_of_language(language))


def has_month_name(text: str, *, english: bool = False) -> bool:
    """Return whether a word of a text is the name of a month in some language, English only where it counts."""
    languages = frozenset(LANGUAGES) - (frozenset() if english else {"English"})
    return not _names_of(languages).isdisjoint(WORD.findall(text.lower()))


def in_english(text: str, months: Mapping[str, int]) -> str:
    """Return a text with the English names of its months, and without the words between the parts of a date."""
    return WORD_WITH_DOT.sub(lambda match: MONTH_NAMES[months[match[1].lower()] - 1], BETWEEN.sub(" ", text.strip()))


def months_in(texts: Iterable[str]) -> Mapping[str, int]:
    """Return the months, from 1, that all words of some texts name in one language; none if they do in no language.

    English is no such language, and where several are possible, they must agree.
    """
    words = {word for text in texts for word in WORD.findall(BETWEEN.sub(" ", text.strip()).lower())}
    if not words or all(word in months_of_language("English") for word in words):
        return {}
    fitting = [months for name in LANGUAGES if words <= (months := months_of_language(name)).keys()]
    meanings = {tuple(sorted((word, months[word]) for word in words)) for months in fitting}
    return dict(meanings.pop()) if len(meanings) == 1 else {}


def with_english_months(column: Column) -> Column:
    """Return a column with the English names of its months, if all its words are months in one other language."""
    if any(len(text) > LONGEST_CELL for text in column.distinct):
        return column
    months = months_in(column.distinct)
    if not months:
        return column
    translated = {text: in_english(text, months) for text in column.distinct}
    return replace(column, data=tuple(translated[cell] for cell in column.cells))
