"""Make file names for results from the names of sources and series: safe ones, and distinct on every file system.

Characters that a file name should not hold are percent-encoded, as in web addresses. Names that a file system could
take for one, because only the case of their letters differs or how their accents are written, get a hash at the end.
Nothing here depends on the order of the files, so that the same files always have the same results.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from itertools import accumulate
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import unquote

from forecaster.reading.tables import content

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

LONGEST_NAME = 200
"""Bytes of a name. File systems take 255; an ending takes up to 8, and a temporary file or a lock up to 40 more."""
HASH_DIGITS = 16
"""Hexadecimal digits of the hash that tells apart long names with the same beginning: 64 bits, so that names which meet
by chance need billions of files."""
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789\xb9\xb2\xb3")}
)
"""Names that stand for devices on Windows, with any ending and in any case:
https://learn.microsoft.com/windows/win32/fileio/naming-a-file."""
SHORT_NAME = re.compile(r"(?=.{1,8}$)[^.]{1,6}~[0-9]+")
"""What Windows calls a file with a long name too: `FORECA~1` may be another file than the one with this name."""
OWN_NAMES = frozenset({"failures", "run", "journal", "forecasts", "models", "parts"})
"""Names of the files and folders that a run over many files makes next to its results; any ending belongs to them, so
that a result has the same name whatever the format."""
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters without a shape, the fillers of Hangul: nobody sees them, and some file systems ignore them."""


def result_name(file: str) -> str:
    """Return the name of a source or a result, without folders and without endings such as `.csv.gz`."""
    return unquote(content.stem(file), errors="surrogateescape")


def file_name(name: str, reserved: Collection[str] = DEVICES, mark: str = "") -> str:
    """Return `name` as a file name; `result_name` is the inverse, unless the name was too long or has a mark.

    Letters and digits of all scripts stay, and so do `.`, `_`, `-`, `~` and the space. Encoded are a dot or a hyphen in
    front, a dot or a space at the end, which Windows drops, the first letter of a reserved name, and the `~` of a name
    such as `FORECA~1`.

    Args:
        name: The name of a source or a series; any text.
        reserved: Names that no result may have, with whatever ending, in the form of `comparison_key`.
        mark: What the file name ends with; without it, a name that is too long ends with its hash.

    """
    encoded = set(_misread_places(name + mark, reserved))
    parts = [_encode_character(char, always=place in encoded) for place, char in enumerate(name)] or ["%00"]
    ends = list(accumulate(len(part.encode("utf-8", "surrogateescape")) for part in parts))
    mark = mark or ("" if ends[-1] <= LONGEST_NAME else _hash_mark(name))
    return "".join(part for part, end in zip(parts, ends, strict=True) if end <= LONGEST_NAME - len(mark)) + mark


def comparison_key(name: str) -> str:
    """Return what two file names share if some file system takes them for one: case and normal form do not count."""
    return normalize("NFC", normalize("NFC", name).upper().casefold())


def distinct_names(files: Sequence[str], known: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return the file name of the result of each source, without an ending; no file system takes two of them for one.

    It is the name of the source where that is free. Sources of the same name are told apart by the shortest end of
    their paths that differs, as `NYSE%2FIBM` and `LSE%2FIBM`, or in one folder by their endings, as `a.csv` and
    `a.txt`. Names that differ in case or normal form alone get their hash.

    Args:
        files: The sources.
        known: Names from earlier runs by source, which stay. No other source gets one of them, also if its own source
            is gone, because an earlier result may still be there.

    """
    ends = _distinct_path_ends([*known, *files])
    new = {file: ends[file] for file in files if file not in known}
    names = _without_collisions(new, DEVICES | OWN_NAMES, map(comparison_key, known.values()))
    return {file: known[file] if file in known else names[file] for file in files}


def distinct_series_names(series: Iterable[str]) -> dict[str, str]:
    """Return the file name of each series without an ending, for a folder that holds the series of one source."""
    return _without_collisions({name: name for name in series}, DEVICES)


def checked_name(name: str) -> str:
    """Return the name of a result that a record holds: somebody may have edited it, and it decides what is written.

    Raises:
        ValueError: It is no name that `distinct_names` returns, such as one with a folder.

    """
    written = all(char == "%" or _encode_character(char, always=False) == char for char in name)
    misread = any(True for _ in _misread_places(name, DEVICES | OWN_NAMES))
    if not name or not written or misread or len(name.encode()) > LONGEST_NAME:
        raise ValueError("this is not the name of a result")
    return name


def possible_names(file: str) -> Iterator[str]:
    """Yield the names that `distinct_names` gives to the result of a source among any others, the plain one last."""
    with_stem, with_ending = _path_parts(file), _path_parts(file, with_ending=True)
    for length in range(len(with_stem), 0, -1):
        for parts in (with_ending, with_stem):
            name = "/".join(parts[-length:])
            yield file_name(name, DEVICES | OWN_NAMES, _hash_mark(name))
            yield file_name(name, DEVICES | OWN_NAMES)


def _path_parts(file: str, *, with_ending: bool = False) -> tuple[str, ...]:
    """Return the folders of a source and its name."""
    path = PurePath(file)
    last = unquote(path.name, errors="surrogateescape") if with_ending else result_name(file)
    return (*path.parts[:-1], last)


def _distinct_path_ends(files: Iterable[str]) -> dict[str, str]:
    """Return the shortest end of the path of each source that no other has; all of a path that another one equals."""
    parts = {file: _path_parts(file) for file in files}
    same = Counter(parts.values())
    parts = {file: each if same[each] == 1 else _path_parts(file, with_ending=True) for file, each in parts.items()}
    ends: dict[str, str] = {}
    length = 0
    while waiting := parts.keys() - ends.keys():
        length += 1
        same = Counter(each[-length:] for each in parts.values())
        for file in waiting:
            end = parts[file][-length:]
            if same[end] == 1 or length == len(parts[file]):
                ends[file] = "/".join(end)
    return ends


def _without_collisions(
    names: Mapping[str, str], reserved: Collection[str], taken: Iterable[str] = ()
) -> dict[str, str]:
    """Return names as file names, by the same keys; all that some file system takes for one get a hash.

    Args:
        names: The names by source, or by series.
        reserved: Names that no result may have, as for `file_name`.
        taken: What no name may share, as `comparison_key` returns it.

    """
    written = {source: file_name(name, reserved) for source, name in names.items()}
    rounds, taken = dict.fromkeys(names, 0), set(taken)
    while colliding := _colliding_names(written, taken):
        for source in colliding:
            rounds[source] += 1
            # The hash of the name is the usual one. Another is needed if the names are equal, or are made to look so.
            hashed = names[source] if rounds[source] == 1 else f"{rounds[source]}/{source}"
            written[source] = file_name(names[source], reserved, _hash_mark(hashed))
    return written


def _colliding_names(written: Mapping[str, str], taken: Collection[str]) -> list[str]:
    """Return the keys of the names that some file system takes for one of the others, or for one that is taken."""
    keys = {source: comparison_key(name) for source, name in written.items()}
    same = Counter(keys.values())
    return [source for source, key in keys.items() if same[key] > 1 or key in taken]


def _hash_mark(name: str) -> str:
    """Return a `~` and the hash of a name."""
    return "~" + sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:HASH_DIGITS]


def _misread_places(name: str, reserved: Collection[str]) -> Iterator[int]:
    """Yield the places of characters that have a meaning to a shell or a file system only where they stand."""
    if name.startswith((".", "-")) or comparison_key(name.partition(".")[0].rstrip(" ")) in reserved:
        yield 0
    if name.endswith((".", " ")):
        yield len(name) - 1
    if SHORT_NAME.fullmatch(name):
        yield name.rindex("~")


def _encode_character(char: str, *, always: bool) -> str:
    """Return a character, or its bytes in hexadecimal if it may have a meaning to a shell or a file system."""
    if not always and (char in " .-_~" or (char.isalnum() and char not in BLANK_LETTERS)):
        return char
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))
