"""Where the table is within its file: the lines before it, its column names on one line or several, its footer.

The data decides: the column that holds dates, and the rows that have a date there. Rows are counted from 0.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, compress, count, islice, pairwise, zip_longest
from typing import TYPE_CHECKING

from forecaster.errors import Code, InputRefusedError, Place, UsageError
from forecaster.reading.cells.numbers import looks_numeric
from forecaster.reading.tables.delimited import are_dates, is_date
from forecaster.reading.tables.totals import is_total
from forecaster.text import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.reading.tables.delimited import Rows

TIME_NAMES = (
    *("date", "ds", "datetime", "date time", "timestamp", "time"),
    *("period", "day", "week", "month", "quarter", "year"),
)
"""Names of columns of times, in small letters, the likeliest first."""
PRICES = frozenset({"open", "high", "low", "close", "adj close", "price", "volume"})
MOST_HEADINGS = 6
"""Lines of column names. It trades off tables with several levels of names against preambles that look like names."""
MOST_FOOTERS = 20
"""Lines of a footer. More lines without a date are no footer but damage, which must be refused."""
SAMPLED_ROWS, SAMPLED_CELLS = 200, 20_000
"""Rows and cells in which the column of dates is found: speed against the chance that a sample misleads."""
COMMENT = "#"
"""Begins lines that are no names, unless the line of names begins with it, too."""
WORD = re.compile(r"[^\W\d_]{3}|[^\W\d_]{2} [^\W\d_]{2}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2}|[*Σ∑]+\s*$")
"""A word, two short ones such as `As of`, a word of East Asia, or the marks of a total in lists of bookkeepers."""
COUNT = re.compile("[0-9]+ rows? .*")
"""What databases write behind a table; other words behind digits may be a date that was cut off."""
YEAR = re.compile(r"(?:[XxYy]|FY ?)?((?:1[5-9]|20|21)[0-9]{2})(?: \[YR[0-9]{4}\])?")
"""A year as the name of a column, also as the World Bank writes it."""
FEWEST_YEARS = 3
"""Years in equal steps from which on a row of them is a header: two numbers have a step by chance."""
ABSENT = frozenset({"null", "none", "nan", "nat", "nil", "missing"})


@dataclass(frozen=True)
class Header:
    """Where the table stands.

    Attributes:
        names: Column names; none where the first row is data.
        used: Rows that the names come from.
        start: First row of data.
        end: First row of the footer.
        titles: The cells of each row before the data that can be no data itself.

    """

    names: tuple[str, ...] | None
    used: tuple[int, ...]
    start: int
    end: int
    titles: frozenset[tuple[str, ...]]


def find_header(rows: Rows, file: str, header: int | None = None) -> Header:
    """Find the column names and the data; `header` is the line of the names, 0 if there are none.

    Raises:
        UsageError: There is nothing on the line `header`.
        InputRefusedError: No row is data, or the dates are in the header.

    """
    if header and header not in rows.lines:
        raise UsageError(f"line {header} is blank or does not exist", "name another line with --header", Place(file))
    floor = rows.lines.index(header) + 1 if header else 0
    time = _time_column(rows.cells)
    start = _first_data_row(rows, time, floor, file)
    while start > floor and not _is_title(rows.cells[start - 1], time):
        start -= 1
    title_rows = _title_rows_above(rows, start, time) if header is None else [floor - 1] if header else []
    names, used = _column_names(rows.cells, title_rows, time) if title_rows else (None, ())
    if time is None:
        if header is None:
            _refuse_years_in_header(rows, used, start, file)
        _refuse_dates_in_header(rows, names, used, file)
    titles = frozenset(tuple(row) for row in rows.cells[:start] if _is_title(row, time))
    end = _end_of_data(rows.cells, start, time) if time is not None else _end_of_numbers(rows.cells, start)
    return Header(names, used, start, end, titles)


def _refuse_dates_in_header(rows: Rows, names: tuple[str, ...] | None, used: tuple[int, ...], file: str) -> None:
    if names and any(map(is_date, names)):
        what = "there are dates in the header row and none in the columns"
        remedy = "put the dates into one column, with one row for each date"
        raise InputRefusedError(what, remedy, Place(file, rows.lines[used[0]]), code=Code.COLUMN)


def _refuse_years_in_header(rows: Rows, used: tuple[int, ...], start: int, file: str) -> None:
    """Refuse a table with a column for each year: its header looks like data, and the row below has no years."""
    for row in (start, *used[-1:]):
        years = _years_in_row(rows.cells[row])
        if years and row + 1 < len(rows.cells) and not _years_in_row(rows.cells[row + 1]):
            what = f"there are years in the header row, {years[0]} to {years[-1]}, and none in the columns"
            remedy = "put the years into one column, with one row for each year and series, as melt in pandas does"
            raise InputRefusedError(what, remedy, Place(file, rows.lines[row]), code=Code.COLUMN)


def _years_in_row(cells: Sequence[str]) -> list[int]:
    """Return the years that a row has, if they are some in equal steps, at least half of the cells."""
    years = [int(match[1]) for cell in cells if (match := YEAR.fullmatch(cell.strip()))]
    steps = {later - earlier for earlier, later in pairwise(years)}
    return (
        years if len(years) >= FEWEST_YEARS and len(steps) == 1 and steps != {0} and 2 * len(years) > len(cells) else []
    )


def _time_column(cells: Sequence[Sequence[str]]) -> int | None:
    """Return the first column in which most rows below the first hold dates."""
    rows = cells[1:] or cells
    sample = rows[:: max(1, len(rows) // SAMPLED_ROWS, len(rows) * len(rows[0]) // SAMPLED_CELLS)]
    for digits in (False, True):
        found, most = None, len(sample) // 2
        for column, cells_of_column in enumerate(zip_longest(*sample, fillvalue="")):
            count = _count_dates(cells_of_column, digits=digits)
            if count > most:
                found, most = column, count
            if most == len(sample):  # no other column can have more
                break
        if found is not None:
            return found
    return None


def _count_dates(cells: Sequence[str], *, digits: bool) -> int:
    """Return how many cells are dates, of those that have digits alone, or of all others."""
    texts = [text for cell in cells if (text := cell.strip()).isdigit() is digits]
    return sum(are_dates(texts))


def _first_data_row(rows: Rows, time: int | None, floor: int, file: str) -> int:
    """Return the first row from `floor` on that is data and as wide as most of them."""
    sample = list(islice(_data_rows(rows.cells, time, floor), SAMPLED_ROWS))
    if not sample:
        raise _no_data_error(rows, file)
    width = Counter(len(rows.cells[i]) for i in sample).most_common(1)[0][0]
    return next(i for i in sample if len(rows.cells[i]) == width)


def _data_rows(cells: Sequence[Sequence[str]], time: int | None, floor: int) -> Iterator[int]:
    """Yield the rows from `floor` on that are data; dates are looked at many at once, which is faster."""
    if time is None:
        yield from (i for i in range(floor, len(cells)) if _is_data(cells[i], time))
        return
    size = SAMPLED_ROWS + MOST_HEADINGS
    for begin in range(floor, len(cells), size):
        texts = [row[time].strip() if len(row) > time else "" for row in cells[begin : begin + size]]
        yield from compress(count(begin), are_dates(texts))


def _is_data(row: Sequence[str], time: int | None) -> bool:
    """Return whether a row has a date where dates stand, or any number where no column has dates."""
    if time is None:
        return any(_is_plain_number(cell) for cell in row)
    return len(row) > time and is_date(row[time].strip())


def _is_plain_number(cell: str) -> bool:
    """Return whether a cell is a number without a unit; names of columns such as MA5 look like numbers with one."""
    return looks_numeric(cell) and not any(map(str.isalpha, cell))


def _no_data_error(rows: Rows, file: str) -> InputRefusedError:
    place = Place(file, rows.lines[0])
    text = shown(" ".join(" ".join(rows.cells[0]).split()))
    named = [any(cell.strip().lower() in TIME_NAMES for cell in row) for row in rows.cells]
    if named[-1] and sum(named) == 1:
        return InputRefusedError("there is a header row and no data", "add rows", place, code=Code.SHORT)
    if len(rows.cells) == 1:
        what = f"this is one line of text, not a table: '{text}'"
        return InputRefusedError(what, "check where the file comes from", place, code=Code.NOTCSV)
    what = f"no column has dates and none has numbers; the file begins with '{text}'"
    return InputRefusedError(what, "check where the file comes from, or use --delimiter", place, code=Code.COLUMN)


def _is_title(row: Sequence[str], time: int | None) -> bool:
    """Return whether a row is no data: it has the name of a time column, no number, or the numbers of columns."""
    cells = [cell.strip() for cell in row]
    if time is not None and time < len(cells) and cells[time].lower() in TIME_NAMES:
        return True
    numbers = [cell for cell in cells if cell]
    return not any(map(_is_plain_number, cells)) or numbers == [str(i) for i in range(len(numbers))]


def _title_rows_above(rows: Rows, start: int, time: int | None) -> list[int]:
    """Return the rows of titles above the data, the lowest first: of one width, on lines that follow each other."""
    title_rows: list[int] = []
    for i in range(start - 1, max(-1, start - 1 - MOST_HEADINGS), -1):
        alike = len(rows.cells[i]) == len(rows.cells[start - 1]) and rows.lines[i] + 1 == rows.lines[i + 1]
        if (title_rows and not alike) or not _is_title(rows.cells[i], time):
            break
        title_rows.append(i)
    comments = {i for i in title_rows[1:] if rows.cells[i][0].startswith(COMMENT)}
    return title_rows if rows.cells[start - 1][0].startswith(COMMENT) else [i for i in title_rows if i not in comments]


def _row_of_names(cells: Sequence[Sequence[str]], title_rows: Sequence[int], time: int | None) -> int:
    """Return the row of names: the lowest that names the time, else the lowest that names most columns and no units."""
    if time is None or time >= len(cells[title_rows[0]]):
        return title_rows[0]
    named = [i for i in title_rows if cells[i][time].strip().lower() in TIME_NAMES]
    if named:
        return named[0]
    undated = [i for i in title_rows if not any(map(is_date, map(str.strip, cells[i])))] or title_rows
    named_columns = {i: sum(bool(cell.strip()) for k, cell in enumerate(cells[i]) if k != time) for i in undated}
    title_rows = [i for i in undated if named_columns[i] == max(named_columns.values())]
    named_above = len(title_rows) > 1 and all(map(str.strip, cells[title_rows[1]]))
    return title_rows[1] if named_above and not WORD.search(cells[title_rows[0]][time]) else title_rows[0]


def _column_names(
    cells: Sequence[Sequence[str]], title_rows: Sequence[int], time: int | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the column names, joined from several rows where one does not tell the columns apart, and these rows."""
    named = _row_of_names(cells, title_rows, time)
    row = [cell.strip() for cell in cells[named]]
    others = [name for i, name in enumerate(row) if name and i != time]
    above = [i for i in title_rows[::-1] if i < named]
    if above and time is not None and not others:
        levels, used = above, (*above, named)
    elif above and len(set(others)) < len(others):
        levels, used = [above[-1], named], (above[-1], named)
    else:
        return _without_marks(row), (named,)
    joined = _join_levels([[cell.strip() for cell in cells[i]] for i in levels], time)
    if time is not None and time < len(row):
        joined[time] = row[time]
    return _without_marks(joined), used


def _join_levels(levels: Sequence[Sequence[str]], time: int | None) -> list[str]:
    """Return names such as AAPL.Close of two rows and more; a row with one name for all columns is left out."""
    distinct = [{name for i, name in enumerate(level) if i != time} for level in levels]
    order = sorted(range(len(levels)), key=lambda i: any(name.lower() in PRICES for name in distinct[i]))
    # a name goes on over the empty cells to its right, as in merged cells of a spreadsheet
    above = [list(accumulate(level, lambda left, name: name or left, initial=""))[1:] for level in levels[:-1]]
    filled = [*above, levels[-1]]
    used = [filled[i] for i in order[:-1] if len(distinct[i]) > 1] + [filled[order[-1]]]
    return [".".join(name for name in names if name) for names in zip(*used, strict=True)]


def _without_marks(names: Sequence[str]) -> tuple[str, ...]:
    """Return names without the mark of a comment before them and the brackets around all of them."""
    plain = [names[0].removeprefix("#").strip(), *names[1:]]
    for left, right in ("<>", "[]"):
        if all(name.startswith(left) and name.endswith(right) for name in plain if name):
            return tuple(name[1:-1].strip() for name in plain)
    return tuple(plain)


def _end_of_numbers(cells: Sequence[Sequence[str]], start: int) -> int:
    """Return the row behind the last row of data of a table without a column of dates: notes below it are shorter."""
    end, width = len(cells), len(cells[start])
    while end > max(start + 1, len(cells) - MOST_FOOTERS):
        texts = [cell.strip() for cell in cells[end - 1] if cell.strip()]
        if not (len(cells[end - 1]) < width or len(texts) == 1 < width) or not WORD.search(texts[0]):
            break
        end -= 1
    return end


def _end_of_data(cells: Sequence[Sequence[str]], start: int, time: int) -> int:
    """Return the row behind the last row of data."""
    end = len(cells)
    if end > start + 1 and not "".join(cells[-1][time : time + 1]).strip() and is_total(cells, start, end - 1):
        end -= 1
    while end > max(start + 1, len(cells) - MOST_FOOTERS) and _is_footer(cells, end - 1, time):
        end -= 1
    return end


def _is_footer(cells: Sequence[Sequence[str]], row: int, time: int) -> bool:
    """Return whether a row of the end has words where rows of data have a date."""
    here = [cell.strip() for cell in cells[row]]
    label = next(i for i, cell in enumerate(here) if cell)
    text = here[label]
    if COUNT.fullmatch(" ".join(filter(None, here))):
        return True
    if _is_data(here, time) or not WORD.search(text) or text.lower() in ABSENT or text[0].isdigit():
        return False
    if not printable("".join(here)) or (any(map(_is_plain_number, here)) and any(map(str.isdigit, text))):
        return False
    return label >= time or not any(len(other) > label and other[label].strip() == text for other in cells[:row])
