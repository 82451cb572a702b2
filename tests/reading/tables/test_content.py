"""What a user names becomes bytes that no longer change, or a sentence; nothing is waited for and nothing fetched."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zlib
from typing import TYPE_CHECKING

import pytest

from forecaster.errors import ForecasterError, InputRefusedError, InputUnreadableError, StorageError
from forecaster.reading.tables import content
from forecaster.reading.tables.content import opened
from forecaster.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROWS = b"Date,Close\n2024-01-01,1\n2024-01-02,2\n"
IN_LITTLE_MEMORY = """
import resource, sys
from forecaster.reading.tables.content import opened
from forecaster.errors import InputRefusedError
resource.setrlimit(resource.RLIMIT_DATA, (100 * 2**20, 100 * 2**20))
try:
    with opened(sys.argv[1]):
        print("accepted")
except InputRefusedError as error:
    print(error.code)
"""


@pytest.fixture(autouse=True)
def _inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, data: bytes) -> str:
    with open(name, "wb") as stream:  # noqa: PTH123 - the name may be one that a Path refuses
        stream.write(data)
    return name


def refusal(source: str) -> ForecasterError:
    with pytest.raises(ForecasterError) as caught, opened(source):
        pass
    return caught.value


def test_the_bytes_of_a_file() -> None:
    with opened(write("prices.csv", ROWS)) as found:
        assert (found.file, content.stem(found.file), found.form) == ("prices.csv", "prices", "text")
        assert found.stream.read() == ROWS


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("a.csv", "a"),
        ("a.csv.gz", "a"),
        ("a.CSV.ZIP", "a"),
        ("a.gz", "a"),
        ("a.b.csv", "a.b"),
        ("a", "a"),
        (".csv", ".csv"),
        ("BRK.B", "BRK.B"),
        ("prices.2024.gz", "prices.2024"),
        ("價格 .txt", "價格 "),
        ("new\nline.csv", r"new\nline"),
    ],
)
def test_the_stem_is_the_name_without_what_says_how_it_is_written(name: str, stem: str) -> None:
    with opened(write(name, ROWS)) as found:
        assert content.stem(found.file) == stem


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("absent.csv", "there is no such file"),
        ("folder.csv", "is a directory"),
        ("pipe.csv", "this is not a regular file"),
        ("/dev/zero", "this is not a regular file"),
        ("loop.csv", "too many levels of symbolic links"),
        ("dangling.csv", "the link leads to no file"),
        ("https://example.invalid/x.csv", "web addresses are not downloaded"),
        ("s3://bucket/x.csv", "web addresses are not downloaded"),
        ("a\0b", "no file can have this name"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, what: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "dangling.csv").symlink_to("nowhere.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    error = refusal(name)
    assert isinstance(error, InputUnreadableError)
    assert (error.what, error.code, error.exit_code) == (what, "NOINPUT", 66)
    assert error.place.file == shown(name)
    assert error.remedy


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="there is no /proc")  # noqa: PTH110 - no Path is at hand
@pytest.mark.parametrize("name", ["/proc/self/mem", "/proc/self/status"])
def test_files_that_the_kernel_makes_up_are_not_read(name: str) -> None:
    assert refusal(name).exit_code == 66


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_bytes(ROWS)
    path.chmod(0)
    assert refusal("secret.csv").what == "permission denied"


@pytest.mark.parametrize(
    ("data", "code", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0", "BINARY", "this is an Excel workbook; export the table as CSV"),
        (b"PAR1rest", "BINARY", "this is a Parquet file; give it a name that ends in .parquet"),
        (b"BZh91AY", "COMPRESSED", "this is a bzip2 archive; unpack it first"),
        (b"\xfd7zXZ\0", "COMPRESSED", "this is an xz archive; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "COMPRESSED", "this is a zstd archive; unpack it first"),
        (b"%PDF-1.7", "BINARY", "this is a PDF document; export the table as CSV"),
        (b"\x89PNG\r\n", "BINARY", "this is a PNG image; give a CSV file"),
        (
            b"\x80\x04\x95",
            "BINARY",
            f"this is a model, or another file that Python wrote; {content.USE_MODEL}",
        ),
        (
            b"\x80\x02}q",
            "BINARY",
            f"this is a model, or another file that Python wrote; {content.USE_MODEL}",
        ),
        (b"a.csv" + b"\0" * 252 + b"ustar\0", "COMPRESSED", "this is a tar archive; extract the table"),
        (b"PK\x03\x04..[Content_Types].xml", "BINARY", "this is an Excel workbook; export the table as CSV"),
        (b"PK\x03\x04..[Content_Types].xml..word/", "BINARY", "this is a Word document; export the table as CSV"),
        (b"PK\x05\x06", "COMPRESSED", "this is an empty zip archive; give the file itself"),
    ],
)
def test_known_kinds_of_files_are_named(data: bytes, code: str, sentence: str) -> None:
    error = refusal(write("t.csv", data))
    assert str(error) == f"t.csv: {sentence}"
    assert (error.code, error.exit_code) == (code, 65)


def test_a_parquet_file_is_known_by_its_name_and_its_first_bytes() -> None:
    for name in ("t.parquet", "T.PQ"):
        with opened(write(name, b"PAR1" + b"0" * 2**21)) as found:
            assert found.form == "parquet"
    with opened(write("text.parquet", ROWS)) as found:
        assert found.form == "text"


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (ROWS + b"x" * (2**20 + 1), 4, "the line is longer than 1 MiB"),
        (b"a\r" * 5 + b"x" * (2**20 + 1) + b"\r", 6, "the line is longer than 1 MiB"),
        (ROWS + b"\n" * 2**22, 2**20 - 33, "there is more than 1 MiB of blank lines here"),
        (ROWS + b"\0" * 2**22, 4, "the text has zero bytes"),
    ],
)
def test_endless_lines_are_refused_with_their_line(data: bytes, line: int, what: str) -> None:
    error = refusal(write("t.csv", data))
    assert error.what == what
    assert error.place.line == pytest.approx(line, abs=2**20 if "blank" in what else 0)


def test_the_longest_line_is_read(tmp_path: Path) -> None:
    data = b"x" * 2**20 + b"\n"
    (tmp_path / "t.csv").write_bytes(data * 3)
    with opened("t.csv") as found:
        assert found.stream.read() == data * 3


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_LINES", 3)
    assert (
        str(refusal(write("t.csv", ROWS * 2))) == "t.csv: the file has more than 3 lines; split it, or keep fewer rows"
    )


def test_a_large_file_stands_on_disk_and_no_disk_is_a_failure_of_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_IN_MEMORY", 10)
    with opened(write("t.csv", ROWS)) as found:
        assert found.stream.read() == ROWS
    monkeypatch.setattr(tempfile, "tempdir", "/absent")
    error = refusal("t.csv")
    assert isinstance(error, StorageError)
    assert error.what == "a temporary file cannot be written: no such file or directory"


def test_hostile_files_are_refused_in_little_memory(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    line = b"2024-01-01,1503.27\n" * 2**15
    write("bomb.csv.gz", b"".join(packer.compress(line) for _ in range(200)) + packer.flush())
    for name, size, code in (("sparse.csv", 10 * 2**30, "LIMIT"), ("zeros.csv", 900 * 2**20, "BINARY")):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(size)
        assert _refused_in_little_memory(name) == code
    assert _refused_in_little_memory("bomb.csv.gz") == "LIMIT"


def _refused_in_little_memory(name: str) -> str:
    run = subprocess.run([sys.executable, "-c", IN_LITTLE_MEMORY, name], capture_output=True, text=True, check=True)
    return run.stdout.strip()


class Growing:
    """A file that changes after its first chunk was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(content, "CHUNK", 8)
        self.chunks: Iterator[bytes] = content._file_chunks(write("t.csv", ROWS), "t.csv")
        self.read = next(self.chunks)

    def rest(self) -> bytes:
        return self.read + b"".join(self.chunks)


def test_what_is_appended_while_reading_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    growing = Growing(monkeypatch)
    with (tmp_path / "t.csv").open("ab") as stream:
        stream.write(b"2024-01-03,3\n")
    assert growing.rest() == ROWS


def test_a_file_that_is_replaced_while_reading_is_read_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    growing = Growing(monkeypatch)
    os.replace(write("new.csv", b"other\n"), "t.csv")  # noqa: PTH105 - as programs do it
    assert growing.rest() == ROWS


@pytest.mark.parametrize("change", [b"", b"other", ROWS.replace(b"2024", b"2023")])
def test_a_file_that_is_written_anew_while_reading_is_refused(monkeypatch: pytest.MonkeyPatch, change: bytes) -> None:
    growing = Growing(monkeypatch)
    os.utime(write("t.csv", change), ns=(1, 1))
    with pytest.raises(InputRefusedError, match=r"t\.csv: the file was changed while it was read; run again") as caught:
        growing.rest()
    assert caught.value.code == "TRUNCATED"


def test_a_half_row_that_grows_while_reading_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROWS", ROWS + b"2024-01-03,1")
    growing = Growing(monkeypatch)
    with (tmp_path / "t.csv").open("ab") as stream:
        stream.write(b"503\n")
    os.utime("t.csv", ns=(1, 1))
    with pytest.raises(InputRefusedError, match="the file was changed"):
        growing.rest()


class Stdin(io.TextIOWrapper):
    """Standard input that is, or is not, a terminal."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(io.BytesIO(ROWS)))
    with opened("-") as found:
        assert (found.file, content.stem(found.file), found.stream.read()) == ("stdin", "stdin", ROWS)


def test_endless_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST_FILE", 2**21)
    monkeypatch.setattr(sys, "stdin", Stdin(io.BytesIO(ROWS * 10**5)))
    assert refusal("-").code == "LIMIT"


def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = Stdin(io.BytesIO())
    stdin.terminal = True
    monkeypatch.setattr(sys, "stdin", stdin)
    assert str(refusal("-")) == "stdin: standard input is a terminal; pipe a CSV file into it"
    monkeypatch.setattr(sys, "stdin", None)
    assert str(refusal("-")) == "stdin: standard input is closed; pipe a CSV file into it"
