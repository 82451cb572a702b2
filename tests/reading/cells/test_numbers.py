"""Numbers of one proven style are read exactly, and everything else is refused with its line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.errors import InputRefusedError
from forecaster.reading.cells.column import Column
from forecaster.reading.cells.numbers import is_numeric, looks_numeric, parse_numbers

REMEDY = "write numbers as 1234.5, and leave a cell empty where there is none"


def column(*cells: str, name: str = "Close", complete: bool = True) -> Column:
    return Column("p.csv", name, np.arange(len(cells)) + 2, cells, complete)


def read(*cells: str, decimal: str | None = None, other: tuple[str, ...] = ()) -> list[float]:
    return parse_numbers(column(*cells), decimal, [column(*other, name="Open")] if other else []).tolist()


def refused(*cells: str, decimal: str | None = None, other: tuple[str, ...] = ()) -> InputRefusedError:
    with pytest.raises(InputRefusedError) as caught:
        read(*cells, decimal=decimal, other=other)
    return caught.value


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "-2.50", "+03.", ".5", " 1.5E+03 ", "1e-9"], [1.0, -2.5, 3.0, 0.5, 1500.0, 1e-9]),
        (["1,503.27", "2,001,503.27", "3.5"], [1503.27, 2001503.27, 3.5]),
        (["1.503,27", "2.001.503,27", "3,5"], [1503.27, 2001503.27, 3.5]),
        (["1'503.27", "3.5"], [1503.27, 3.5]),
        (["1\u2019503.27", "3.5"], [1503.27, 3.5]),
        (["1 503,27", "1\u00a0503,5", "1\u202f503,5"], [1503.27, 1503.5, 1503.5]),
        (["1 503 111", "12"], [1503111.0, 12.0]),
        (["1,01,503.27", "12,34,567", "99,503.5"], [101503.27, 1234567.0, 99503.5]),
        (["1503,27", "1,2"], [1503.27, 1.2]),
        (["1,50327E+03", "1,2"], [1503.27, 1.2]),
        (["$1,503.27", "($1,503.27)", "-$2", "$-2", "$(2)", "$ 3"], [1503.27, -1503.27, -2.0, -2.0, -2.0, 3.0]),
        (["1.503,27 \u20ac", "\u20ac 2,5"], [1503.27, 2.5]),
        (["EUR 5", "6 EUR", "7EUR"], [5.0, 6.0, 7.0]),
        (["R$ 1.234,50", "R$ 3,50"], [1234.5, 3.5]),
        (["CHF 1'503.27", "CHF 3.50"], [1503.27, 3.5]),
        (["(12.34)", "12.34", "\u22122.5"], [-12.34, 12.34, -2.5]),
        (["1.234,56-", "1,5", "2,5 -", "3,5\u2212"], [-1234.56, 1.5, -2.5, -3.5]),
        (["1,5- EUR", "1,5 EUR-", "2,5 EUR"], [-1.5, -1.5, 2.5]),
        (["1,234", "12,345", "1,234,567"], [1234.0, 12345.0, 1234567.0]),
        (["1.234", "1.234.567"], [1234.0, 1234567.0]),
        (["1,234", "1.5"], [1234.0, 1.5]),
        (["1.234", "2,5"], [1234.0, 2.5]),
        (["1,234", "1,2"], [1.234, 1.2]),
        (["1,234", "1234,567"], [1.234, 1234.567]),
        (["1,234", "0,987"], [1.234, 0.987]),
        (["1.234", "2.345"], [1.234, 2.345]),
    ],
)
def test_one_style_is_proven_from_all_rows(cells: list[str], numbers: list[float]) -> None:
    assert read(*cells) == numbers
    assert is_numeric(column(*cells))
    assert all(map(looks_numeric, cells))


@given(st.lists(st.floats(-1e15, 1e15), min_size=1))
def test_numbers_are_read_to_the_last_bit(values: list[float]) -> None:
    assert read(*map(repr, values)) == values


STYLES = {
    "us": (",", ".", "{}"),
    "eu": (".", ",", "{}"),
    "swiss": ("'", ".", "CHF {}"),
    "french": ("\u202f", ",", "{} \u20ac"),
    "dollar": (",", ".", "${}"),
}


@given(st.sampled_from(sorted(STYLES)), st.lists(st.floats(0, 1e14), min_size=1))
def test_every_style_is_read_to_the_last_bit(style: str, values: list[float]) -> None:
    group, decimal, frame = STYLES[style]
    marks = str.maketrans({",": group, ".": decimal})
    texts = [f"{value:,.17f}" for value in (*values, 1234567.89)]
    cells = [frame.format(text.translate(marks)) for text in texts]
    assert read(*cells) == [float(text.replace(",", "")) for text in texts]


@pytest.mark.parametrize(
    "cell",
    [
        *("", " ", "-", "--", ".", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "NaN", "null", "NULL", "None", "nil"),
        *("missing", "?", "*", "...", "\u2014", "#VALUE!", "#DIV/0!", "<NA>", "n.a."),
        *("ND", "n/d", "n.d.", "k.A.", "s/d", "#NV", "#VALEUR!"),
    ],
)
def test_missing_cells_become_nan(cell: str) -> None:
    numbers = read(cell, "1")
    assert np.isnan(numbers[0])
    assert numbers[1] == 1


def test_a_column_may_miss_all() -> None:
    assert np.isnan(read("", "NA")).all()


@pytest.mark.parametrize(
    "cell", ["abc", "1_000", "\uff11\uff12", "\u0661", "0x5DF", "True", "1 5", "--1", "e5", "1,50,3"]
)
def test_what_is_not_a_number_is_refused(cell: str) -> None:
    error = refused("1", cell)
    assert str(error) == f"p.csv:3: column Close: '{cell}' is not a number; {REMEDY}"
    assert error.code == "NUMBER"
    assert not looks_numeric(cell)


@pytest.mark.parametrize("cell", ["-5-", "(5)-", "5--", "(5", "5)", "+(5)", "1.2.3", "12,34.5", "$", "$5\u20ac"])
def test_signs_marks_and_brackets_must_be_whole(cell: str) -> None:
    assert "is not a number" in str(refused("1", cell))


def test_signs_before_and_behind_are_two_styles() -> None:
    error = refused("1", "-2", "3-", "-4")
    assert str(error) == (
        "p.csv:4: column Close: '3-' has its sign after it, and '-2' on line 3 before it; "
        "write all numbers of a column in one style"
    )
    assert error.code == "NUMBER-AMBIGUOUS"


@pytest.mark.parametrize("cell", ["15.03%", "1.503K", "2.53M", "1.5bn", "1,5 Mio", "3.4\u00b0C"])
def test_units_are_refused_with_what_to_do(cell: str) -> None:
    assert str(refused(cell)) == (
        f"p.csv:2: column Close: '{cell}' has a unit; write plain numbers: 1503 for 1.503K, 0.015 for 1.5%"
    )
    assert looks_numeric(cell)
    assert not is_numeric(column(cell))


def test_the_first_of_several_is_named_and_the_others_are_listed() -> None:
    error = refused("1", "abc", "inf", "3", "4%")
    assert str(error) == f"p.csv:3: column Close: 'abc' is not a number, one of 3 such cells; {REMEDY}"
    assert [str(finding) for finding in error.findings[1:]] == [
        "p.csv:4: column Close: 'inf' is infinite",
        "p.csv:6: column Close: '4%' has a unit",
    ]


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "+INF", "\u221e"])
def test_infinity_is_refused(cell: str) -> None:
    error = refused(cell)
    assert "is infinite" in str(error)
    assert error.code == "NONFINITE"


@pytest.mark.parametrize("cell", ["1e308", "1e400", "-1000000000000001", "9" * 5000])
def test_numbers_out_of_range_are_refused(cell: str) -> None:
    error = refused("1", cell)
    assert "is outside the range of -1e15 to 1e15; use a larger unit" in str(error)
    assert (error.code, error.place.line) == ("VALUE-RANGE", 3)
    assert len(error.what) < 100
    assert read("1e15", "-1e15") == [1e15, -1e15]


@pytest.mark.parametrize("others", [("2,345",), ("987",), ("12,345", ""), ("-123,456",)])
def test_a_comma_that_may_be_either_is_refused_with_both_readings(others: tuple[str, ...]) -> None:
    error = refused("1,234", *others)
    assert str(error) == (
        "p.csv:2: column Close: '1,234' may be 1234 or 1.234, and no row shows which; "
        "say which with --decimal . or --decimal ,"
    )
    assert error.code == "NUMBER-AMBIGUOUS"


def test_other_columns_may_tell_the_decimal_mark() -> None:
    assert read("1,234", "2,345", other=("1503.27", "1503.28")) == [1234, 2345]
    assert read("1,234", "2,345", other=("12,5", "13,5")) == [1.234, 2.345]
    assert read("1.234", "2.345", other=("1.503,27", "1.503,28")) == [1234, 2345]
    assert "no row shows which" in str(refused("1,234", "2,345", other=("3,456", "4,567")))


def test_the_decimal_mark_may_be_given() -> None:
    assert read("1,234", decimal=".") == [1234]
    assert read("1,234", decimal=",") == [1.234]
    assert read("1.234", decimal=",") == [1234]
    assert str(refused("12,5", "1503.27", decimal=",")) == (
        "p.csv:3: column Close: '1503.27' is not a number with the decimal mark ,; "
        "name the decimal mark of the file with --decimal"
    )


@pytest.mark.parametrize(
    ("cells", "first", "second"),
    [
        (["1,503.27", "1,503.28", "1.503,27"], "1.503,27", "1,503.27"),
        (["1503.27", "1503,27", "3.5"], "1503,27", "1503.27"),
        (["1'503.27", "1 503.27", "1'504.27"], "1 503.27", "1'503.27"),
        (["1,015,030.27", "2,015,030.27", "1,01,503.27"], "1,01,503.27", "1,015,030.27"),
    ],
)
def test_two_styles_are_refused_with_a_line_of_each(cells: list[str], first: str, second: str) -> None:
    error = refused(*cells)
    assert str(error) == (
        f"p.csv:{cells.index(first) + 2}: column Close: '{first}' is not written like "
        f"'{second}' on line 2; write all numbers of a column in one style"
    )
    assert error.code == "NUMBER-AMBIGUOUS"


@pytest.mark.parametrize("cell", ["\u20ac6", "6", "6 USD"])
def test_two_currencies_are_refused_with_a_line_of_each(cell: str) -> None:
    error = refused("$5", "", cell)
    assert str(error) == (
        f"p.csv:4: column Close: '{cell}' has a different currency from '$5' on line 2, or none; "
        "keep numbers of one currency in a column"
    )
    assert error.code == "NUMBER"


def test_a_number_that_was_cut_off_at_the_end_of_the_file_is_refused() -> None:
    with pytest.raises(
        InputRefusedError, match=r"p\.csv:4: column Close: the file ends within its last line: '12' has"
    ) as caught:
        parse_numbers(column("12.25", "12.50", "12", complete=False))
    assert caught.value.code == "TRUNCATED"
    with pytest.raises(InputRefusedError, match=r"'1\.503' has fewer decimals"):
        parse_numbers(column("1.503,25", "", "12,50", "1.503", complete=False))
    assert parse_numbers(column("12.25", "12.50", "12"))[-1] == 12
    assert parse_numbers(column("12", "12.50", "12", complete=False))[-1] == 12
    assert np.isnan(parse_numbers(column("12.25", "12.50", "", complete=False))[-1])


def test_a_column_is_numeric_when_most_of_it_is() -> None:
    assert is_numeric(column("1", "2", "x", ""))
    assert is_numeric(column("1,234", "$5"))
    assert not is_numeric(column("a", "b", "3"))
    assert not is_numeric(column("", "NA"))
    assert not is_numeric(column("2022.01.03", "03.01.2022"))


def test_numbers_of_a_typed_column_are_taken_as_they_are() -> None:
    typed = Column("p.parquet", "y", np.array([1, 2]), np.array([1.234, np.nan]))
    assert np.array_equal(parse_numbers(typed, ","), [1.234, np.nan], equal_nan=True)
    wrong = Column("p.parquet", "y", np.array([1, 2]), np.array([1.5, np.inf]))
    with pytest.raises(InputRefusedError, match=r"p.parquet:2: column y: 'inf' is infinite"):
        parse_numbers(wrong)


@pytest.mark.parametrize(
    ("cells", "other", "number"),
    [
        (("184.359", "183.105"), ("10,25B", "8,11B"), 184359.0),
        (("184.359", "183.105"), ("0,79%", "-0,11%"), 184359.0),
        (("5.399", "5.412"), ("12,5 °C", "-0,1 °C"), 5399.0),
        (("5,399", "5,412"), ("3.4 kWh", "12.1 kWh"), 5399.0),
        (("5.399", "5.412"), ("3,25 m/s", "4,50 m/s"), 5399.0),
        (("184.359", "183.105"), ("10.25B", "8.11B"), 184.359),
        (("1,843", "1,841"), ("0.79%", "(0.11%)"), 1843.0),
        (("1,843", "1,841"), ("10,25 Mio", "8,11 Mio"), 1.843),
    ],
)
def test_numbers_with_units_tell_the_decimal_mark_of_other_columns(
    cells: tuple[str, ...], other: tuple[str, ...], number: float
) -> None:
    assert read(*cells, other=other)[0] == number


@pytest.mark.parametrize("cells", [("1.843", "1.841"), ("1,843", "1,841")])
def test_thousands_are_refused_where_other_columns_prove_both_marks(cells: tuple[str, ...]) -> None:
    others = [column("10.25", "8.11", name="Volume"), column("0,79%", "1,17%", name="Change")]
    with pytest.raises(InputRefusedError, match=rf"'{cells[0]}' may be 1843 or 1\.843, and no row shows which"):
        parse_numbers(column(*cells), None, others)


def test_half_of_a_limit_stands_for_numbers_below_it() -> None:
    assert read("3", "<1", "12", "< 0.5") == [3.0, 0.5, 12.0, 0.25]
    assert read("3,5", "<1,0") == [3.5, 0.5]
    refused("3", "<", "4")


def test_one_word_in_some_rows_stands_for_missing_numbers() -> None:
    numbers = [str(i) for i in range(20)]
    for word in ("M", "unavailable", "fehlt"):
        assert np.isnan(read(*numbers, word, word, word)[-3:]).all()
    assert "'M' is not a number, one of 2 such cells" in str(refused(*numbers, "M", "M"))
    assert "'M' is not a number" in str(refused(*numbers, "M", "M", "M", "T")), "two words"
    assert "'M' is not a number" in str(refused(*numbers[:9], "M", "M", "M")), "too many"
    assert "'1K' has a unit" in str(refused(*numbers, "1K", "1K", "1K"))


@pytest.mark.parametrize("code", ["-999", "9999", "-99.9", "999.9"])
def test_numbers_of_nines_far_from_all_others_are_missing(code: str) -> None:
    numbers = [str(i / 2) for i in range(20)]
    assert np.isnan(read(*numbers, code, code)[-2:]).all()
    assert read(*numbers, code)[-1] == float(code), "one may be a slip, which is reported as a jump"
    assert read(*numbers, "-1000", "-1000")[-1] == -1000
    assert read(*(str(970 + i) for i in range(30)), "999", "999")[-1] == 999, "near others it is a value"


def test_dots_that_may_stand_between_thousands_are_refused() -> None:
    assert "may be 4721 or 4.721" in str(refused("797", "4.721", "138", "6.247")), "whole numbers below 1000"
    assert "may be 4355 or 4.355" in str(refused("4.355 €", "1.243 €"))
    assert "may be 4721 or 4.721" in str(refused("4.721", "6.247", other=("01.02.2024", "02.02.2024")))
    assert read("4.721", "6.247", "138", decimal=",") == [4721, 6247, 138]
    assert read("4.721", "6.247", "138", decimal=".") == [4.721, 6.247, 138]


def test_dots_before_three_decimals_of_all_numbers_are_decimal_marks() -> None:
    assert read("1.919", "0.879", "1.779") == [1.919, 0.879, 1.779]
    assert read("1.919", "0", "1.779") == [1.919, 0, 1.779], "zero is no whole number that decimals rule out"
    assert read("1.919", "1.779", "1.8", other=("01.02.2024", "02.02.2024", "")) == [1.919, 1.779, 1.8]
    assert read("$4.591", "$1.131", other=("", "")) == [4.591, 1.131]
