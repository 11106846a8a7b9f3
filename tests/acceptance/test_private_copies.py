"""Test that copies under addresses with somebody's token are used nowhere."""

from __future__ import annotations

import pytest

from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs

CITED = "http://dead.test/news/ferry.html"
TEXT = f"<title>The ferry</title><body>{''.join(f'<p>{text}</p>' for text in paragraphs(2))}"


@pytest.fixture
def archive(background: BackgroundLoop) -> RunningWayback:
    return background.start(RunningWayback())


@pytest.fixture
def dead(background: BackgroundLoop) -> Internet:
    hosts = ("dead.test", "new.test", "other.test")
    return background.start(Internet({host: {ANY: status(404)} for host in hosts}))


def page(original: str) -> StoredSnapshot:
    return StoredSnapshot(original=original, timestamp="20210701000100", body=TEXT.encode())


def redirect(original: str, target: str) -> StoredSnapshot:
    return StoredSnapshot(
        original=original, timestamp="20210701000000", status=301, headers={"Location": target}
    )


@pytest.mark.parametrize(
    ("target", "is_used"),
    [
        ("http://new.test/ferry?access_token=s3cret", False),
        ("http://new.test/ferry?next=%2Fx%3Ftoken%3Ds3cret", False),
        ("http://name:s3cret@new.test/ferry", False),
        ("http://new.test/ferry?id=7", True),
    ],
)
def test_where_a_captured_redirect_led_is_no_copy_if_its_address_is_private(
    folder: Folder, dead: Internet, archive: RunningWayback, target: str, *, is_used: bool
) -> None:
    archive.snapshots += [
        redirect(CITED, target),
        page(target),
        redirect("http://dead.test/news/harbour.html", "http://other.test/harbour"),
        page("http://other.test/harbour"),
    ]
    folder.configure(dead, archive)
    folder.write("wiki/a.md", f"- [The ferry]({CITED}), accessed 2021-08-05\n")
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    (named,) = [row["best_mirror"] for row in folder.report() if row["url"] == CITED]
    assert bool(named) == is_used
    patch = folder.holdfast("fix", "wiki", "--suspects").stdout
    assert ("new.test" in patch) == is_used
    assert "s3cret" not in str(folder.query("SELECT url FROM link")) + patch + done.stderr


PRIVATE = "http://name:s3cret@dead.test/news/ferry.html"


def memento_archive(archive: RunningWayback, kind: str) -> str:
    """Return the configuration of the archive as one with Memento, beside one without copies."""
    return f'\n[archives.memento.ours]\n{kind} = "{archive.endpoint}/web/{kind}/{PATHS[kind]}"\n'


PATHS = {"timemap": "link/", "timegate": ""}


RECORDED = [
    *((kind, original) for kind in ("cdx", *PATHS) for original in (PRIVATE, CITED)),
    ("cdx", f"{CITED}?share_token=s3cret"),
    ("cdx", f"{CITED}?utm_source=news"),
]


@pytest.mark.parametrize("recorded", RECORDED, ids=": ".join)
def test_a_copy_recorded_under_a_private_address_is_not_used(
    folder: Folder,
    background: BackgroundLoop,
    dead: Internet,
    archive: RunningWayback,
    recorded: tuple[str, str],
) -> None:
    kind, original = recorded
    archive.snapshots.append(page(original))
    empty = archive if kind == "cdx" else background.start(RunningWayback())
    more = "" if kind == "cdx" else memento_archive(archive, kind)
    folder.configure(dead, empty, more=more)
    folder.write("wiki/a.md", f"- [The ferry]({CITED}), accessed 2021-08-05\n")
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    error_lines(done)
    (named,) = [row["best_mirror"] for row in folder.report() if row["url"] == CITED]
    patch = folder.holdfast("fix", "wiki", "--suspects").stdout
    assert ("20210701000100" in (named or "")) == ("s3cret" not in original)
    stored = str(folder.query("SELECT url FROM link"))
    assert "s3cret" not in stored + patch + done.stdout + done.stderr


def test_where_a_cited_copy_leads_is_named_nowhere_if_it_is_private(
    folder: Folder, dead: Internet, archive: RunningWayback
) -> None:
    archive.snapshots.append(page(PRIVATE))
    folder.configure(dead, archive)
    by_year = f"https://web.archive.org/web/2021/{CITED}"
    other = f"https://web.archive.org/web/20210805110426/{CITED}"
    text = f"- [The ferry]({by_year})\n- [The ferry again]({other})\n"
    folder.write("wiki/a.md", text)
    done = folder.holdfast("run", "wiki", "--fail-on", "never")
    shown = folder.holdfast("fix", "wiki", "--suspects")
    told = "".join(
        folder.run_in_process("report", "--format", form, "--since", "all").stdout
        for form in ("jsonl", "markdown", "html", "csv")
    )
    assert "20210701000100" in told
    assert "s3cret" not in done.stdout + done.stderr + shown.stdout + shown.stderr + told
