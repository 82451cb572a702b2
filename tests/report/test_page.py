"""The page of a report: one file that asks no network, in which no name is markup."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest

from forecaster.report.page import encode_report
from tests.report.pages import HOSTILE, read_page, report_of_names


@pytest.fixture(scope="module")
def hostile_page() -> bytes:
    """Return a page whose names, titles and texts are hostile."""
    return encode_report(report_of_names(HOSTILE))


def test_the_same_report_gives_the_same_bytes(hostile_page: bytes) -> None:
    assert encode_report(report_of_names(HOSTILE)) == hostile_page


def test_nothing_is_loaded_and_nothing_else_may_run(hostile_page: bytes) -> None:
    page = read_page(hostile_page)
    assert not {"link", "img", "iframe", "object", "base", "form", "image", "use"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        assert not {"src", "srcset", "style", "action"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        assert (attributes.get("href") or "#").startswith("#")
    (policy,) = (each["content"] or "" for each in page.all("meta") if "http-equiv" in each)
    assert policy.startswith("default-src 'none'; ")
    script = hostile_page.decode().rpartition("<script>")[2].partition("</script>")[0]
    style = hostile_page.decode().partition("<style>")[2].partition("</style>")[0]
    for text in (script, style):
        assert f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert len(page.all("script")) == 2
    assert "http" not in style
    assert set(re.findall(r"https?://[^\"']+", script)) == {"http://www.w3.org/2000/svg"}, "the name of SVG alone"


def test_names_are_text_and_stay_in_their_place(hostile_page: bytes) -> None:
    page = hostile_page.decode()
    assert "alert(1)</script>" not in page
    assert "<img" not in page
    assert not set(page) & {"\u202e", "\u200f", "\x07", "\u2028"}
    numbers = page.partition('id="numbers">')[2].partition("</script>")[0]
    assert not set(numbers) & {"<", ">", "&"}
    assert "x" * 2000 not in page


def test_headings_anchors_and_tables_are_sound(hostile_page: bytes) -> None:
    page = read_page(hostile_page)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    anchors = {str(each["href"])[1:] for each in page.all("a")}
    assert anchors <= set(ids)
    assert "folds" not in anchors, "a section without blocks is left out"
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in each for each in page.all("th"))
    assert all(each.get("aria-label") or each.get("aria-hidden") for each in page.all("svg"))
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.elements}
