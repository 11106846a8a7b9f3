"""Test MDX: imports, exports and comments cite nothing, and components contain Markdown."""

from __future__ import annotations

import pytest

from crawler.pages import Dialect, extract
from reports.patches import MirrorStyle
from tests.unit.crawler.pages.formats.fixing import check_fix, urls
from tests.unit.reports.patches.wiki import ORIGINAL, WAYBACK

CASES = {
    "import": ("import A from 'https://no.example/a.js'\n\n<https://a.example/>", ["https://a.example/"]),
    "import of names": ("import {\n  A,\n} from 'https://no.example/a.js'\n\nx", []),
    "export with a blank line": ("export const a = {\n\n  b: 'https://no.example/',\n\n}\n\nhttps://a.example/", ["https://a.example/"]),
    "export never closed": ("export const a = {\n  b: 'https://no.example/'\n\nhttps://a.example/", ["https://a.example/"]),
    "prose": ("import duties, see https://a.example/", ["https://a.example/"]),
    "exports in prose": ("x\nexport of goods: https://a.example/", ["https://a.example/"]),
    "import in a fence": ("```js\nimport {\n```\n\nhttps://a.example/\n", ["https://a.example/"]),
    "comment": ("{/* https://no.example/ */} https://a.example/", ["https://a.example/"]),
    "attribute": ('<Card href="https://a.example/" />', ["https://a.example/"]),
    "attribute of several lines": ('<Card\n  href="https://a.example/"\n  icon="b"\n/>', ["https://a.example/"]),
    "expression": ("<a href={'https://a.example/'}>b</a>", ["https://a.example/"]),
    "template": ("<B to={`https://a.example/`} /> `https://no.example/`", ["https://a.example/"]),
    "content of a component": ("<Tabs>\n[a](https://a.example/)\n</Tabs>", ["https://a.example/"]),
    "indented content": ("<Tabs>\n\n      [a](https://a.example/) https://b.example/\n\n</Tabs>", ["https://a.example/", "https://b.example/"]),
    "ignored": ("https://no.example/ {/* holdfast: ignore */}\n<https://no.example/> <!-- holdfast: ignore -->", []),
    "front matter": ("---\nsource: https://a.example/\n---\nimport b from 'https://no.example/'\n", ["https://a.example/"]),
}  # fmt: skip


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_urls_outside_of_imports_exports_and_comments_are_citations(
    text: str, expected: list[str], dialect: Dialect
) -> None:
    page = extract(text, path="a.mdx", dialect=dialect)
    assert sorted(urls(page)) == expected
    for citation in page.citations:
        assert text.encode()[citation.start : citation.end].decode() == citation.url


def test_the_read_mode_depends_on_format_and_dialect() -> None:
    assert extract("", path="a.mdx").read_mode == "mdx mkdocs"
    assert extract("", path="a.md", dialect=Dialect.GFM).read_mode == "gfm"
    text = "import A from 'https://a.example/a.js'"
    assert urls(extract(text, path="a.md")) == ["https://a.example/a.js"]


@pytest.mark.parametrize("style", MirrorStyle)
def test_urls_in_imports_are_not_fixed(style: MirrorStyle) -> None:
    text = f"import a from '{ORIGINAL}'\n\n<Tabs>\n[a]({ORIGINAL})\n</Tabs>\n"
    patch = check_fix(text.encode(), "a.mdx", style)
    assert patch.after.decode().count(WAYBACK) == 1
    assert f"import a from '{ORIGINAL}'" in patch.after.decode()
