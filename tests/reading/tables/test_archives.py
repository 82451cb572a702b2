"""Archives with one file are unpacked within bounds; everything else about archives is refused in a sentence."""

from __future__ import annotations

import bz2
import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from forecaster.errors import InputRefusedError
from forecaster.reading.tables.archives import ungzipped, unzipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROWS = b"Date,Close\n2024-01-01,1\n2024-01-02,2\n"
DAMAGED = "t: the compressed file is damaged or incomplete; copy or download it again"


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def in_chunks(data: bytes, size: int = 7) -> Iterator[bytes]:
    return (data[i : i + size] for i in range(0, len(data), size))


def refusal(unpack: Callable[[Iterator[bytes], str], Iterator[bytes]], data: bytes, size: int = 2**20) -> str:
    with pytest.raises(InputRefusedError) as caught:
        list(unpack(in_chunks(data, size), "t"))
    assert caught.value.exit_code == 65
    assert caught.value.code in {"COMPRESSED", "LIMIT"}
    return str(caught.value)


@pytest.mark.parametrize("size", [1, 7, 2**20])
def test_gzip(size: int) -> None:
    packed = gzip.compress(ROWS)
    assert b"".join(ungzipped(in_chunks(packed, size), "t")) == ROWS
    assert b"".join(ungzipped(in_chunks(packed + packed, size), "t")) == ROWS + ROWS
    assert b"".join(ungzipped(in_chunks(packed + b"\0" * 20, size), "t")) == ROWS


def test_gzip_unpacks_in_chunks() -> None:
    data = bytes(5 * 2**20)
    pieces = list(ungzipped(iter([gzip.compress(data)]), "t"))
    assert max(map(len, pieces)) <= 2**20
    assert b"".join(pieces) == data


def test_many_small_gzip_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    members = [gzip.compress(b"%d\n" % n) for n in range(1000)]
    assert b"".join(ungzipped(iter([b"".join(members)]), "t")).splitlines() == [b"%d" % n for n in range(1000)]
    monkeypatch.setattr("forecaster.reading.tables.archives.MOST_MEMBERS", 999)
    assert (
        refusal(ungzipped, b"".join(members)) == "t: the file holds more than 999 pieces of gzip data; unpack it first"
    )


@pytest.mark.parametrize("cut", [2, 9, 30, -8, -1])
def test_a_gzip_file_that_ends_early_is_damaged(cut: int) -> None:
    assert refusal(ungzipped, gzip.compress(ROWS)[:cut]) == DAMAGED


def test_a_gzip_file_whose_checksum_or_end_is_wrong_is_damaged() -> None:
    packed = gzip.compress(ROWS)
    assert refusal(ungzipped, packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:]) == DAMAGED
    assert refusal(ungzipped, packed + b"more") == DAMAGED


def test_zip_with_one_file() -> None:
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        packed = zipped(("t.csv", ROWS), compression=compression)
        assert b"".join(unzipped(in_chunks(packed), "t")) == ROWS


def test_folders_and_notes_of_systems_do_not_count() -> None:
    packed = zipped(("data/", b""), ("data/t.csv", ROWS), ("__MACOSX/data/._t.csv", b"x"), ("data/.DS_Store", b"x"))
    assert b"".join(unzipped(in_chunks(packed), "t")) == ROWS


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            zipped(("a.csv", ROWS), ("b\n.csv", ROWS)),
            r"t: the archive holds 2 files: a.csv, b\n.csv; extract the one to read",
        ),
        (
            zipped(*((f"{i}.csv", ROWS) for i in range(9))),
            "t: the archive holds 9 files: 0.csv, 1.csv, 2.csv, ...; extract the one to read",
        ),
        (
            zipped(*((f"{i}.csv", b"") for i in range(200))),
            "t: the archive holds more than 100 files; extract the one to read",
        ),
        (zipped(("data/", b"")), "t: the archive holds no file; extract the one to read"),
        (
            zipped(("t.csv", ROWS), compression=zipfile.ZIP_BZIP2),
            "t: the archive is packed in a rare way; unpack it first",
        ),
        (zipped(("t.csv", ROWS))[:-30], DAMAGED),
        (zipped(("t.csv", ROWS), compression=zipfile.ZIP_STORED).replace(b"Close", b"Klose"), DAMAGED),
        (b"PK\x03\x04" + bz2.compress(ROWS), DAMAGED),
    ],
)
def test_other_zip_archives_are_refused(data: bytes, sentence: str) -> None:
    assert refusal(unzipped, data) == sentence


def test_a_zip_archive_with_a_password_is_refused() -> None:
    packed = bytearray(zipped(("t.csv", ROWS)))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(header) + flags] |= 1
    assert refusal(unzipped, bytes(packed)) == "t: the archive needs a password; unpack it first"


def test_bombs_are_refused_on_the_way() -> None:
    line = b"2024-01-01,1503.27\n" * 2**16
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(line) for _ in range(40)) + packer.flush()
    sentence = "t: the file unpacks to more than 100 times its size; unpack it first if that is right"
    assert refusal(ungzipped, bomb) == sentence
    assert refusal(unzipped, zipped(("t.csv", line * 40))) == sentence


def test_no_archive_unpacks_to_more_than_the_largest_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forecaster.reading.tables.archives.LARGEST_FILE", 30)
    assert refusal(ungzipped, gzip.compress(ROWS)) == "t: the file unpacks to more than 1 GiB; split it"
