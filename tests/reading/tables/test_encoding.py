"""Bytes become text in the encoding that they state or prove; what is no text is refused with its line."""

from __future__ import annotations

import codecs
import io

import pytest

from forecaster.errors import Finding, InputRefusedError, UsageError
from forecaster.reading.tables import encoding
from forecaster.reading.tables.encoding import as_text

TEXT = "Datum;Wert €\r\n2024-01-01;1\r2024-01-02;2\n"


def read(data: bytes, name: str | None = None) -> tuple[str, list[Finding]]:
    text, findings = as_text(io.BytesIO(data), "t.csv", name)
    return text.read(), findings


def refusal(data: bytes, name: str | None = None) -> InputRefusedError:
    with pytest.raises(InputRefusedError) as caught:
        read(data, name)
    assert caught.value.exit_code == 65
    return caught.value


def test_utf8_keeps_its_line_ends() -> None:
    assert read(TEXT.encode()) == (TEXT, [])


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_states_the_encoding(mark: bytes, name: str) -> None:
    assert read(mark + TEXT.encode(name)) == ("\ufeff" + TEXT, [])


def test_other_bytes_are_windows_1252_with_a_finding() -> None:
    text, (finding,) = read(b"a,b\nx,1\n" + "Währung €,2\n".encode("cp1252"))
    assert text == "a,b\nx,1\nWährung €,2\n"
    assert (finding.code, finding.place.line) == ("ENCODING", 3)
    assert str(finding) == "t.csv:3: the text is not UTF-8 from here on and is read as Windows-1252"
    assert finding.remedy == "name the encoding with --encoding if it is another"


def test_a_stated_encoding_is_taken() -> None:
    assert read("价格,1\n".encode("gb18030"), "gb18030") == ("价格,1\n", [])
    assert read(TEXT.encode("utf-16-le"), "UTF-16-LE") == (TEXT, [])


@pytest.mark.parametrize("name", ["nonsense", "base64", "a\0b", ""])
def test_an_unknown_encoding_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match=r"there is no encoding .*; name one such as utf-8, utf-16-le or cp1252"):
        read(b"a", name)


def test_a_stated_or_marked_encoding_must_hold() -> None:
    remedy = "name its encoding with --encoding, or save the file as UTF-8"
    assert str(refusal(b"a\nb\xff\n", "ascii")) == f"t.csv:2: the text is not ASCII; {remedy}"
    assert str(refusal(codecs.BOM_UTF8 + b"a\n\xff\n")) == f"t.csv:2: the text is not UTF-8; {remedy}"
    assert str(refusal(codecs.BOM_UTF16_LE + "a\nb\n".encode("utf-16-le") + b"x")).startswith(
        "t.csv:3: the text is not"
    )


def test_bytes_in_neither_encoding_are_refused() -> None:
    error = refusal(b"a\nb\n\x81\n")
    assert (error.code, error.place.line) == ("ENCODING", 3)
    assert error.what == "the text is not UTF-8 or Windows-1252"


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_named(name: str) -> None:
    error = refusal(TEXT.encode(name) * 9)
    assert error.code == "ENCODING"
    assert error.what == f"this looks like {name.upper()} text without a byte-order mark"
    assert error.remedy == f"use --encoding {name}"


@pytest.mark.parametrize("data", [b"a,b\n1,2\n3,\x004\n", b"a,b\r1,2\r\0\0\0\0\0\0\0\0\0"])
def test_a_zero_byte_is_refused_with_its_line(data: bytes) -> None:
    error = refusal(data)
    assert str(error) == "t.csv:3: the text has a zero byte; write the file again"
    assert error.code == "BINARY"


def test_faults_are_found_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "CHUNK", 3)
    assert read(TEXT.encode()) == (TEXT, [])
    assert refusal(b"1\n2\n3\n4\n5\0").place.line == 5
    assert refusal(b"1\n2\n3\n4\n5\xe2\x82", "utf-8").place.line == 5


def test_what_is_mostly_control_characters_is_no_text() -> None:
    assert str(refusal(bytes(range(1, 32)))) == "t.csv: this is not text; give a CSV file"
    assert read(b"a,\x1b[31mb\n1,2\n\x1a")[0] == "a,\x1b[31mb\n1,2\n\x1a"


def test_encodings_of_east_asia_are_offered() -> None:
    error = refusal("年月,全国\n2020年1月,1\n".encode("cp932") * 3)
    assert error.remedy.startswith("name its encoding with --encoding, as cp932")
