"""Text made fit to be shown."""

import unicodedata

import pytest

from ownergraph.audit.results import Report
from ownergraph.report import text as memo
from ownergraph.report.safe import cell, clean, escape_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "' =1"), ("\rx", "' x"),
        ("  =1", "'  =1"), ("＝1", "'＝1"), ("51%", "51%"), ("a=b", "a=b"), ("", ""), ("'=1", "'=1"),
    ],
)  # fmt: skip
def test_cells(text: str, expected: str) -> None:
    assert expected == cell(text)


def test_every_character_of_direction_or_control_is_gone() -> None:
    kept = []
    for number in range(0x3000):
        shown = clean(chr(number))
        if unicodedata.category(shown) == "Cc" or unicodedata.bidirectional(shown) in {
            "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
        }:  # fmt: skip
            kept.append(number)
    assert kept == []


def test_ordinary_text_is_untouched() -> None:
    text = "Ünïversity Ärzte, P.C. (ישראל) 中国 § 1300.99"
    assert (text, text) == (clean(text), escape_json(text))


def test_the_memo_is_clean(hostile: Report) -> None:
    assert not [c for c in memo.render(hostile) if c != "\n" and not c.isprintable()]
