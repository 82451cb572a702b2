"""Names of months in other languages are read once a format is named, if all of a column are of one language."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.dates import parse_dates
from forecaster.reading.cells.month_names import LANGUAGES, months_in, months_of_language


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_twelve_months(language: str) -> None:
    assert set(months_of_language(language).values()) == set(range(1, 13))


@pytest.mark.parametrize(
    ("cells", "date_format", "dates"),
    [
        (("janvier 2020", "février 2020", "août 2020"), "Month YYYY", ("2020-01-01", "2020-02-01", "2020-08-01")),
        (("Mrz 20", "Okt 20", "Dez 20"), "Mon YY", ("2020-03-01", "2020-10-01", "2020-12-01")),
        (("3 de enero de 2022", "4 de enero de 2022"), "D Month YYYY", ("2022-01-03", "2022-01-04")),
        (("15.März.2024", "15.Mai.2024"), "DD.Mon.YYYY", ("2024-03-15", "2024-05-15")),
        (("3 janv. 2022", "4 juil. 2022"), "D Mon YYYY", ("2022-01-03", "2022-07-04")),
        (("set/20", "out/20", "dez/20"), "Mon/YY", ("2020-09-01", "2020-10-01", "2020-12-01")),
        (("styczeń 2020", "lipiec 2020", "listopad 2020"), "Month YYYY", ("2020-01-01", "2020-07-01", "2020-11-01")),
    ],
)
def test_names_of_a_language_are_read(cells: tuple[str, ...], date_format: str, dates: tuple[str, ...]) -> None:
    parsed = parse_dates(Column("p.csv", "Date", np.arange(2, 2 + len(cells)), cells), date_format)
    assert parsed.ds.astype("datetime64[D]").astype(str).tolist() == list(dates)
    assert parsed.style.date_format == ""


def test_a_word_that_is_another_month_in_another_language_proves_nothing() -> None:
    # listopad is November in Polish; lis is what both Polish and nobody else shortens it to
    assert months_in(["srpen 2020", "listopad 2020"]) == {"srpen": 8, "listopad": 11}
    assert months_in(["maj 2020"]) == {"maj": 5}
    assert months_in(["enero 2020", "février 2020"]) == {}
    assert months_in(["March 2020", "May 2020"]) == {}


def test_a_word_that_is_no_month_is_refused() -> None:
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(Column("p.csv", "Date", np.array([2, 3]), ("janvier 2020", "Toussaint 2020")), "Month YYYY")
    assert "is not written as Month YYYY" in str(caught.value)


def test_names_of_which_most_are_english_too_are_offered_the_format() -> None:
    names = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
    column = Column("p.csv", "Maand", np.arange(2, 14), tuple(f"{name} 2015" for name in names))
    with pytest.raises(InputRefusedError) as caught:
        parse_dates(column)
    assert caught.value.remedy == "read it with --date-format 'Mon YYYY', or write months as numbers"
    assert (np.diff(parse_dates(column, "Mon YYYY").ds.astype("datetime64[M]")).astype(int) == 1).all()
