"""What a column of dates may mean: each format that most of its cells follow, with the time stamps that it gives.

`texts` are the distinct cells of a column, n of them, and `shapes` the places among them of the cells of each shape.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.reading.cells.column import shapes_of
from forecaster.reading.cells.date_patterns import ShapeMatch, describe_format, match_shape
from forecaster.reading.cells.timestamps import Timestamps, read_timestamps

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from forecaster.arrays import Ints

    Key = tuple[str, ...]

SAMPLED_DATES = 200
"""Cells in which formats are looked for. It trades off speed against the chance that the sample misleads."""


@dataclass(frozen=True)
class DateCandidate:
    """A format that cells may have, in words, and what was found in each shape that follows it.

    `read` returns what the cells say. It is called once, and only where that matters.
    """

    date_format: str
    matches: Mapping[str, ShapeMatch]
    read: Callable[[], Timestamps]
    padded: bool = True

    @cached_property
    def timestamps(self) -> Timestamps:
        """What the cells say."""
        return self.read()

    @property
    def valid_cells(self) -> int:
        """The number of distinct cells that are dates in this format."""
        return int(self.timestamps.valid.sum())

    @property
    def likely(self) -> bool:
        """Whether this is no coincidence: if the cells are numbers, most of them must be dates that exist.

        Months as 01.2024 are believed only if some have a zero before them: numbers from 10.15 to 12.22 have none.
        """
        bare = all(shape.replace(".", "", 1).isdecimal() for shape in self.matches)
        return not bare or (2 * self.valid_cells > len(self.timestamps.valid) and self.padded)


def date_candidates(
    texts: Sequence[str], shapes: Mapping[str, Ints], patterns: Iterable[re.Pattern[str]]
) -> list[DateCandidate]:
    """Return what cells may mean: the formats that most of a sample follow, if it is at least half of the sample."""
    sample = Counter(shapes_of(texts[:: max(1, len(texts) // SAMPLED_DATES)]))
    counts: Counter[Key] = Counter()
    fitting: defaultdict[Key, list[re.Pattern[str]]] = defaultdict(list)
    for shape, count in sample.items():
        found = {match.key: pattern for pattern in patterns if (match := match_shape(pattern, shape))}
        counts.update(dict.fromkeys(found, count))
        for key, pattern in found.items():
            fitting[key].append(pattern)
    most = max(counts.values(), default=0)
    if 2 * most < sample.total() or not most:
        return []
    likeliest = [key for key, count in counts.items() if count == most]
    return [_candidate(texts, shapes, key, dict.fromkeys(fitting[key])) for key in likeliest]


def _candidate(
    texts: Sequence[str], shapes: Mapping[str, Ints], key: Key, patterns: Iterable[re.Pattern[str]]
) -> DateCandidate:
    """Return the meaning of all cells that follow the format with this key."""
    matches = {}
    for shape in shapes:
        found = (match for pattern in patterns if (match := match_shape(pattern, shape)) and match.key == key)
        if match := next(found, None):
            matches[shape] = match
    seen = {field: _zero_padded(texts, shapes, matches, field) for field in "mdHh"}
    # months and days are written alike, so that one tells of the other
    unknown = {"m": seen["d"], "d": seen["m"]}
    padded = {field: unknown.get(field) is not False if known is None else known for field, known in seen.items()}
    date_format = describe_format(list(matches.values()), padded)
    padded_months = "." not in date_format or seen["m"] is True
    return DateCandidate(date_format, matches, partial(read_timestamps, texts, shapes, matches), padded_months)


def _zero_padded(
    texts: Sequence[str], shapes: Mapping[str, Ints], matches: Mapping[str, ShapeMatch], field: str
) -> bool | None:
    """Return whether numbers below 10 have a zero before them; None if there is no such number."""
    starts = {shape: match.spans[field][0] for shape, match in matches.items() if len(match.text(field)) == 2}
    if any(texts[row][start] == "0" for shape, start in starts.items() for row in shapes[shape].tolist()):
        return True
    return False if any(len(match.text(field)) == 1 for match in matches.values()) else None


def has_even_clock(ds: NDArray[Any]) -> bool:
    """Return whether times of day, (R,), have equal steps over several days: a wrong order of dates breaks them."""
    wall = np.unique(ds)
    days = np.unique(wall.astype("datetime64[D]"))
    return 1 < len(days) < len(wall) and len(np.unique(np.diff(wall))) == 1
