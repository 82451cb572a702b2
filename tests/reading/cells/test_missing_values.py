"""Words, codes and limits among numbers: what they are read as, which are not, and that a finding names them."""

from __future__ import annotations

import numpy as np
import pytest

from forecaster.errors import Code, InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.missing_values import missing_mark_findings
from forecaster.reading.cells.numbers import parse_numbers


def column(*cells: str) -> Column:
    return Column("p.csv", "v", np.arange(len(cells)) + 2, cells)


def read(*cells: str) -> list[float]:
    return parse_numbers(column(*cells)).tolist()


def findings(*cells: str) -> list[tuple[Code, str, str]]:
    found = missing_mark_findings(column(*cells), parse_numbers(column(*cells)))
    return [(each.code, each.text, each.remedy) for each in found]


NUMBERS = tuple(str(20 + i) for i in range(20))


def test_a_number_of_nines_beside_the_others_is_a_value() -> None:
    uptime = [f"99.{i:02}" for i in range(20)] + ["99.9"] * 3
    assert read(*uptime) == list(map(float, uptime)), "twice as large as the others it is not"


def test_a_plus_says_that_nines_are_a_number() -> None:
    assert np.isnan(read(*NUMBERS, "999", "999")[-2:]).all()
    assert read(*NUMBERS, "+999", "+999")[-2:] == [999, 999]


def test_a_negative_code_needs_few_other_values_if_these_are_not_negative() -> None:
    assert np.isnan(read("0", "1", "0", "-999", "1", "-999")[3])
    assert read("0", "1", "0", "999", "1", "999")[3] == 999
    assert read("0", "-1", "0", "-999", "1", "-999")[3] == -999


@pytest.mark.parametrize("word", ["zero", "T", "trace", "inf", "FULL"])
def test_a_word_that_says_an_amount_is_no_missing_value(word: str) -> None:
    with pytest.raises(InputRefusedError, match=f"'{word}' is"):
        read(*NUMBERS, word, word, word)


def test_findings_name_the_cells_that_are_read_otherwise_than_written() -> None:
    assert findings(*NUMBERS, "", "NA") == []
    assert findings(*NUMBERS, "999", "9", "999") == [
        (Code.MISSING, "'999' is read as a missing value in 2 rows, on lines 22, 24", "write +999 if it is a number")
    ]
    assert findings(*NUMBERS, "shut", "shut", "shut", "-") == [
        (
            Code.MISSING,
            "'shut' is read as a missing value in 3 rows, on lines 22, 23, 24",
            "write a number if the word means one",
        )
    ]
    assert findings(*NUMBERS, "-99.90", "-99.9")[0][1:] == (
        "'-99.90', '-99.9' are read as a missing value in 2 rows, on lines 22, 23",
        "leave the cells empty to be sure",
    )
    assert findings(*NUMBERS, "< 5") == [
        (
            Code.NUMBER,
            "1 value below a limit, such as < 5: half the limit is used, on line 22",
            "write a number to be sure",
        )
    ]
