"""What a column of dates may mean: each layout that most of its cells follow, with the time stamps that it gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecaster.reading.cells.column import DIGITS
from forecaster.reading.cells.date_patterns import Match, find, told
from forecaster.reading.cells.timestamps import Timestamps, read_timestamps

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence

    from forecaster.arrays import Ints

    Key = tuple[str, ...]

SAMPLED = 200


@dataclass(frozen=True)
class DateCandidate:
    """One meaning of the cells of a column.

    Attributes:
        layout: Its layout in words.
        matches: What was found in each shape that follows the layout.
        instants: What the cells say; those of other shapes say nothing.

    """

    layout: str
    matches: Mapping[str, Match]
    instants: Timestamps

    @property
    def likely(self) -> bool:
        """Whether this is no chance: where there are digits alone, most must make dates."""
        bare = all(shape.isdecimal() for shape in self.matches)
        return not bare or 2 * int(self.instants.sound.sum()) > len(self.instants.sound)


def date_candidates(
    texts: Sequence[str], shapes: Mapping[str, Ints], patterns: Iterable[re.Pattern[str]]
) -> list[DateCandidate]:
    """Return what cells may mean; more than one only if as many follow another layout.

    A layout is found in a sample of the cells, of which at least half must follow it.
    """
    sample = Counter(text.translate(DIGITS) for text in texts[:: max(1, len(texts) // SAMPLED)])
    counts: Counter[Key] = Counter()
    fitting: defaultdict[Key, list[re.Pattern[str]]] = defaultdict(list)
    for shape, count in sample.items():
        found = {match.key: pattern for pattern in patterns if (match := find(pattern, shape))}
        counts.update(dict.fromkeys(found, count))
        for key, pattern in found.items():
            fitting[key].append(pattern)
    most = max(counts.values(), default=0)
    if 2 * most < sample.total() or not most:
        return []
    likeliest = [key for key, count in counts.items() if count == most]
    return [_reading(texts, shapes, key, dict.fromkeys(fitting[key])) for key in likeliest]


def _reading(
    texts: Sequence[str], shapes: Mapping[str, Ints], key: Key, patterns: Iterable[re.Pattern[str]]
) -> DateCandidate:
    """Return the reading of all cells that follow the layout with this key."""
    matches = {}
    for shape in shapes:
        found = (match for pattern in patterns if (match := find(pattern, shape)) and match.key == key)
        if match := next(found, None):
            matches[shape] = match
    seen = {field: _padded(texts, shapes, matches, field) for field in "mdHh"}
    # months and days are written alike, so that one tells of the other
    unknown = {"m": seen["d"], "d": seen["m"]}
    padded = {field: unknown.get(field) is not False if known is None else known for field, known in seen.items()}
    return DateCandidate(told(list(matches.values()), padded), matches, read_timestamps(texts, shapes, matches))


def _padded(texts: Sequence[str], shapes: Mapping[str, Ints], matches: Mapping[str, Match], field: str) -> bool | None:
    """Return whether small numbers have a zero before them; None if there is no small number."""
    starts = {shape: match.spans[field][0] for shape, match in matches.items() if match.width(field) == 2}
    if any(texts[row][start] == "0" for shape, start in starts.items() for row in shapes[shape].tolist()):
        return True
    return False if any(match.width(field) == 1 for match in matches.values()) else None
