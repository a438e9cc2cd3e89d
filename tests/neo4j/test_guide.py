"""The guide for Neo4j Browser, its server, its links: what can be seen without a database."""

import re
import urllib.error
import urllib.request
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from ownergraph.graphdb import serve
from ownergraph.graphdb.browser import Links, browser_address, connecting, examples, filled
from ownergraph.graphdb.connect import DatabaseError
from ownergraph.graphdb.guide import guide, style, values
from ownergraph.graphdb.queries import all_queries
from ownergraph.graphdb.shares import in_words, size

ID = "mso') RETURN 1 // \\u0027 & </pre><script>\"`"


class _Blocks(HTMLParser):
    """Texts of runnable blocks, and every element that is met."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.tags: set[str] = set()
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.inside = "runnable" in (dict(attrs).get("class") or "")
        if self.inside:
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.blocks[-1] += data


def test_every_query_is_in_the_guide_whole() -> None:
    """Each once, as its file has it with values filled in; hostile names make no element."""
    given = values(ID, [f"practice={ID}"])
    read = _Blocks()
    read.feed(guide(given, "http://localhost:1/x.grass"))
    want = {f"// {q.title}\n{filled(q, examples(q, given))}" for q in all_queries().values()}
    assert {block.strip() for block in read.blocks[6:]} == want
    plain = {"html", "head", "meta", "title", "body", "article", "carousel", "slide", "div"}
    assert read.tags == plain | {"h3", "h4", "br", "p", "b", "i", "pre"}


def test_every_twin_has_a_link_that_the_server_takes() -> None:
    """Neither & nor # stands in a twin, and no address is longer than the server's limit for a request's head."""
    links = Links(browser_address("http://127.0.0.1:7474"), "platform")
    rules = [name for name in all_queries() if re.search(r"-\d+$", name)]
    assert dict.fromkeys(rules, True) == {rule: 0 < len(links.start(rule.upper()) or "") < 18_000 for rule in rules}


def test_the_server_answers_this_machine_and_browser_only() -> None:
    pages = {"/guide.html": ("text/html", "<p>x</p>")}
    with serve.serving(pages, serve.origins("http://127.0.0.1:7474")) as port:

        def ask(path: str, **headers: str) -> tuple[int, str, str | None]:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as got:
                    return got.status, got.read().decode(), got.headers["Access-Control-Allow-Origin"]
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode(), None

        near = "http://localhost:7474"
        assert ask("/guide.html", Origin=near) == (200, "<p>x</p>", near)
        assert ask("/guide.html", Origin="http://evil.example") == (200, "<p>x</p>", None)
        assert ask("/guide.html", Host=f"evil.example:{port}")[0] == 404
        assert ask("/../etc/passwd")[0] == 404
        with pytest.raises(DatabaseError, match="cannot be used"), serve.serving(pages, frozenset(), port):
            pass


def test_the_style_has_the_colors_of_roles() -> None:
    assert re.findall(r"node\.(Practice|Mso) \{\n  color: (#\w+);", style()) == [
        ("Practice", "#2E5EAA"), ("Mso", "#C4591B"),
    ]  # fmt: skip


def test_lines_are_as_wide_as_shares() -> None:
    """Each size of holding has a width of its own, larger for more, and the share for a caption."""
    widths = re.findall(
        r"relationship\.(OWNS_\w+) \{\n  color: #[0-9A-F]{6}; shaft-width: (\d+)px; caption: '\{share\}';", style()
    )
    assert widths == [
        ("OWNS_ALL", "14"), ("OWNS_OVER_50", "10"), ("OWNS_25_TO_50", "6"), ("OWNS_5_TO_25", "3"),
        ("OWNS_UNDER_5", "1"),
    ]  # fmt: skip
    shares = [100.0, 99.999999, 50.000001, 50.0, 25.0, 24.999999, 5.0, 4.999999, 0.0, None]
    assert [size(share).width for share in shares] == [14, 10, 10, 6, 6, 3, 3, 1, 1, 1]
    said = {
        (80.0, 80.0): "80 %", (25.0, 50.0): "25 to 50 %", (30.0, None): "30 to 100 %", (None, None): "not recorded",
        (33.333333, 33.333333): "33.3333 %",
    }  # fmt: skip
    assert {one: in_words(*one) for one in said} == said


@pytest.mark.parametrize(
    "text", ["ftp://x", "javascript:alert(1)", "http://", "http://u:p@x", "http://x/#a", "http://x y", 'http://x"', "x"]
)
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(DatabaseError, match="no address of Neo4j Browser"):
        browser_address(text)


def test_a_link_never_holds_a_password() -> None:
    link = connecting("http://127.0.0.1:7474", "neo4j+s://host", "a b&c", "care")
    assert parse_qs(urlsplit(link).query) == {
        "dbms": ["neo4j+s://a%20b%26c@host"], "db": ["care"], "preselectAuthMethod": ["NATIVE"],
    }  # fmt: skip
