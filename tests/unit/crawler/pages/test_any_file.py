"""Test reading files of any name and bytes: each becomes a page or a warning."""

from __future__ import annotations

import json
import os
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.archives import pair_page
from crawler.cli.pages.scan_output import citation_object
from crawler.pages.formats.markdown import reader
from crawler.scan.discovery import find_pages
from crawler.scan.page_source import PageSource
from crawler.scan.process_pool import scan_pages
from store.vocabulary import Page, PageWarning

PAGE = b"[x](https://sound.example/)\n"
NAMES = st.binary(min_size=1, max_size=40).map(
    lambda name: name.replace(b"/", b"-").replace(b"\0", b"_")
)
OPENINGS = [
    b"",
    b"---\n",
    b"+++\n",
    b"{",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff\xfe\0\0",
    b"\0\0\xfe\xff",
    b"\xef\xbb\xbf" * 1_200,
]
PIECES = [
    *(
        b"https://a.example/",
        b"https://web.archive.org/web/2021/https://a.example/",
        b"[a](b)",
        b"[[a]]",
        b"![",
        b"](",
        b"<a href=",
        b">",
        b"<!--",
        b"`",
        b"\n",
    ),
    *(
        b"a: b\n",
        b"a = 1\n",
        b"- a\n",
        b"&a ",
        b"*a\n",
        b"a." * 300,
        b"9" * 5_000,
        b"'",
        b'"',
        b"---\n",
        b"+++\n",
        b"2022-13-45",
        b"}",
        b"[" * 50,
    ),
    *(
        b"\0",
        b"\r",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe9",
        "微信".encode(),
        "微信".encode("gb18030"),
        "é ".encode("cp1252"),
        "\u202e".encode(),
    ),
]
CONTENTS = st.tuples(
    st.sampled_from(OPENINGS),
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=9), max_size=30),
).map(lambda parts: parts[0] + b"".join(parts[1]))


def scan(folder: Path) -> list[Page | PageWarning]:
    """Return the pages and warnings of a scan of a folder, in any order."""
    found = list(find_pages(["."], folder))
    assert all(isinstance(each, PageSource | PageWarning) for each in found)
    results = list(scan_pages(found, finish=partial(pair_page, local_archive_url="")))
    return [each for each in results if isinstance(each, Page | PageWarning)]


def check_record(result: Page | PageWarning) -> None:
    """Check that a record has no lone surrogate and no invalid offset."""
    if isinstance(result, PageWarning):
        assert f"{result.page}{result.message}".encode()
        return
    assert f"{result.path}{result.title}{result.anchors}{result.warnings}{result.internal_links}".encode()
    for citation in result.citations:
        assert json.dumps(citation_object(citation), ensure_ascii=False).encode()
        assert 0 <= citation.start <= citation.end
        assert min(citation.line, citation.column) >= 1


@settings(max_examples=300)
@given(st.lists(st.tuples(NAMES, CONTENTS), min_size=1, max_size=4))
def test_pages_of_any_bytes_and_names_are_read_or_reported(
    files: list[tuple[bytes, bytes]],
) -> None:
    with TemporaryDirectory() as name:
        for stem, content in files:
            with open(os.path.join(os.fsencode(name), stem + b".md"), "wb") as file:  # noqa: PTH118, PTH123
                file.write(content)
        (Path(name) / "sound page.md").write_bytes(PAGE)
        results = scan(Path(name))
    for result in results:
        check_record(result)
    assert [
        page.citations[0].url
        for page in results
        if isinstance(page, Page) and page.path == "sound page.md"
    ] == ["https://sound.example/"]
    shown = {stem + b".md" for stem, _ in files if not stem.startswith(b".")} | {b"sound page.md"}
    assert len(
        {result.page if isinstance(result, PageWarning) else result.path for result in results}
    ) == len(shown)


@settings(max_examples=300)
@given(
    st.lists(
        st.binary(max_size=30) | st.sampled_from([b"*", b"**/", b"!", b"\\", b"[", b"]", b"\n"]),
        max_size=20,
    ).map(b"".join)
)
def test_any_bytes_in_gitignore_and_settings_leave_pages_readable(content: bytes) -> None:
    with TemporaryDirectory() as name:
        for file in (".gitignore", "mkdocs.yml"):
            (Path(name) / file).write_bytes(content)
        (Path(name) / "a.md").write_bytes(PAGE)
        for result in scan(Path(name)):
            check_record(result)


@pytest.mark.parametrize(
    "raised",
    [
        ValueError,
        RecursionError,
        OverflowError,
        MemoryError,
        AssertionError,
        type("Panic", (BaseException,), {}),
    ],
)
def test_an_exception_of_the_parser_leaves_the_urls_of_a_page_to_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise raised

    monkeypatch.setattr(reader, "read_markdown", fail)
    for number in range(3):
        (tmp_path / f"{number}.md").write_bytes(PAGE)
    pages = scan(tmp_path)
    assert [
        [citation.url for citation in page.citations] for page in pages if isinstance(page, Page)
    ] == [["https://sound.example/"]] * 3
    assert all(
        "the parser failed" in warning.message
        for page in pages
        if isinstance(page, Page)
        for warning in page.warnings
    )


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_keyboard_interrupt_ends_a_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    def stop(*_: Any, **__: Any) -> Any:
        raise raised

    monkeypatch.setattr(reader, "read_markdown", stop)
    (tmp_path / "a.md").write_bytes(PAGE)
    with pytest.raises(raised):
        scan(tmp_path)


def test_pages_after_the_time_limit_of_one_page_are_read_in_other_processes(
    tmp_path: Path,
) -> None:
    for number in range(5):
        (tmp_path / f"{number}.md").write_bytes(PAGE)
    pids: list[int] = []
    results = list(
        scan_pages(
            find_pages(["."], tmp_path),
            finish=partial(_read_slowly, pids, os.getpid()),
            time_limit=1.0,
            processes=1,
        )
    )
    assert len(results) == 5
    assert pids == [os.getpid()] * 2


def _read_slowly(pids: list[int], pid: int, page: Page) -> Page:
    """Take more than half of the time limit for a page that is read in the process of the test."""
    if os.getpid() == pid:
        pids.append(pid)
        time.sleep(0.6)
    return page
