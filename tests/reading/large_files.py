"""Files that are too large to keep: each function writes one of a known content.

Beside the tests, `benchmarks/reading.py` uses them.
"""

from __future__ import annotations

import csv
import struct
import zlib
from itertools import cycle, islice
from pathlib import Path

import numpy as np

CORPUS = Path(__file__).parent / "corpus"
MIB = 2**20


def minutes(path: Path, rows: int = 100_000) -> None:
    """Write the prices of the first file of the corpus over and over, one a minute."""
    with (CORPUS / "a01_canonical.csv").open(encoding="utf-8", newline="") as file:
        prices = [row["Close"] for row in csv.DictReader(file)]
    times = np.datetime64("2000-01-01T00:00:00") + np.arange(rows)[:, None] * np.timedelta64(60, "s")
    stamps = np.datetime_as_string(times[:, 0]).tolist()
    lines = [
        f"{time.replace('T', ' ')},{price}\n" for time, price in zip(stamps, islice(cycle(prices), rows), strict=True)
    ]
    path.write_text("".join(["Time,Close\n", *lines]), encoding="utf-8")


def bomb(path: Path, size: int = 1024) -> None:
    """Write a gzip file of a megabyte that unpacks to one line of `size` MiB."""
    block, crc = b"0" * MIB, 0
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    # behind a full flush nothing refers to what was before, so the packed block may be repeated
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(size):
        crc = zlib.crc32(block, crc)
    head = b"\x1f\x8b\x08" + bytes(5) + b"\x02\xff"
    path.write_bytes(head + packed * size + packer.flush() + struct.pack("<II", crc, size * MIB % 2**32))


def long_line(path: Path) -> None:
    """Write a header and one line of 5 MiB."""
    path.write_bytes(b"Date,Close\n" + b"9" * (5 * MIB) + b"\n")


def many_columns(path: Path, count: int = 50_000) -> None:
    """Write a table of `count` columns and one row."""
    header = ",".join(f"c{n}" for n in range(count))
    path.write_text(f"{header}\n{','.join('1' * count)}\n", encoding="utf-8")


def sparse(path: Path, size: int = 10_240) -> None:
    """Write `size` MiB of zero bytes that take no room on the disk."""
    with path.open("wb") as file:
        file.truncate(size * MIB)


MADE = {
    "c24_100k_rows_minutely.csv": minutes,
    "d14_gzip_bomb.csv.gz": bomb,
    "d20_one_long_line.csv": long_line,
    "d21_50k_columns.csv": many_columns,
}
"""The files of the manifest that are not kept."""
