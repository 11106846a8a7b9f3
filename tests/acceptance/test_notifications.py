"""Test notifications of newly broken links: by webhook and mail, once, and none without news."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import Folder, error_lines
from tests.schemas import validator
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.receivers import Hook, Mailbox, running_hook, running_mailbox

LOST, SECRET, FINE = (
    "http://lost.example/a",
    "http://lost.example/b?token=hidden",
    "http://fine.example/",
)
AGAIN = "the report contains everything, and the next run tries again"
SITES: dict[str, dict[str, Behaviour]] = {
    "lost.example": {ANY: status(404)},
    "fine.example": {ANY: page("Fine", "All is well here.")},
}


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    return background.start(Internet(SITES))


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_hook() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as running:
        yield running


@pytest.fixture(scope="module")
def past(
    tmp_path_factory: pytest.TempPathFactory,
    own_internet: Internet,
    running_wayback: RunningWayback,
) -> Folder:
    """Return a wiki of which two links are to be confirmed broken by the next run, and one is alive."""
    folder = Folder(tmp_path_factory.mktemp("past"))
    folder.configure(own_internet, running_wayback)
    folder.write("page.md", f"<{LOST}>\n\n<{SECRET}>\n\n<{FINE}>\n")
    folder.write(
        "holdfast.toml",
        'wiki = "notes"\n' + (folder.path / "holdfast.toml").read_text(encoding="utf-8"),
    )
    for days in (4, 7):
        assert folder.holdfast("run", "page.md", "--fail-on", "any").returncode == 2
        folder.age_history(timedelta(days=days))
    return folder


@pytest.fixture
def wiki(folder: Folder, past: Folder, hook: Hook, mailbox: Mailbox) -> Folder:
    """Return a copy of it with recipients of notifications."""
    shutil.copytree(past.path, folder.path, dirs_exist_ok=True)
    notify = f"""
[notify.webhook]
url = {json.dumps(hook.url)}
retry_wait = 0.0
[notify.mail]
to = ["ann@wiki.example"]
host = "127.0.0.1"
port = {mailbox.port}
security = "none"
"""
    folder.write(
        "holdfast.toml", (folder.path / "holdfast.toml").read_text(encoding="utf-8") + notify
    )
    return folder


def test_newly_broken_links_are_sent_once_to_each_channel(
    wiki: Folder,
    own_internet: Internet,
    hook: Hook,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (hook.received, mailbox.mails) == ([], [])  # nothing was confirmed yet
    done = wiki.holdfast("run", "page.md")
    assert done.returncode == 2
    ((_, _, body),) = hook.received
    document = json.loads(body)
    validator("notification-2.json").validate(document)
    assert document["counts"] == {"broken": 1, "recovered": 0, "withheld": 1}
    assert [
        (row["url"], row["citations"][0]["page"], row["citations"][0]["line"])
        for row in document["broken"]
    ] == [(LOST, "page.md", 1)]
    (mail,) = mailbox.mails
    assert (
        mail["Subject"]
        == document["subject"]
        == "notes: 1 newly broken, 1 not named (private URLs)"
    )
    assert b"hidden" not in body + mail.as_bytes()
    output = [line for line in error_lines(done) if line.startswith("notification sent to")]
    assert output == [
        *(
            f"notification sent to the {where}: {mail['Subject']}"
            for where in ("webhook at 127.0.0.1", "mail server 127.0.0.1")
        ),
    ]
    assert "services/T0" not in done.stderr

    assert wiki.holdfast("run", "page.md").returncode == 0
    assert wiki.run_in_process("report").returncode == 0
    assert (len(hook.received), len(mailbox.mails)) == (1, 1)

    monkeypatch.setitem(SITES["lost.example"], ANY, SITES["fine.example"][ANY])
    wiki.age_history(timedelta(days=60))
    assert wiki.holdfast("check").returncode == 0
    assert json.loads(hook.received[1][2])["counts"] == {"broken": 0, "recovered": 1, "withheld": 1}
    assert mailbox.mails[1]["Subject"] == "notes: 1 recovered, 1 not named (private URLs)"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_path_of_a_webhook_is_in_no_log_however_much_is_logged(
    wiki: Folder, hook: Hook, mailbox: Mailbox, form: str
) -> None:
    done = wiki.holdfast("run", "page.md", "-vv", "--log-format", form)
    assert len(hook.received) == 1
    assert "scrapy" in done.stderr  # what Scrapy did is told in detail
    assert "services/T0" not in done.stderr


@pytest.mark.parametrize(("required", "code"), [(False, 2), (True, 1)])
def test_an_undelivered_notification_is_a_warning_unless_required(
    wiki: Folder, hook: Hook, mailbox: Mailbox, required: bool, code: int
) -> None:
    hook.answers = [500]
    config = wiki.path / "holdfast.toml"
    config.write_text(
        config.read_text(encoding="utf-8").replace(
            "[notify.webhook]", f"[notify]\nrequired = {str(required).lower()}\n[notify.webhook]"
        )
    )
    done = wiki.holdfast("run", "page.md", "-q")
    assert done.returncode == code
    assert error_lines(done) == [
        f"warning: notification not delivered: the webhook at 127.0.0.1 responded 500; {AGAIN}"
    ]
    assert (len(hook.received), len(mailbox.mails)) == (4, 1)  # the other way is tried all the same


def test_undelivered_changes_are_in_the_next_notification_of_their_channel(
    wiki: Folder, hook: Hook, mailbox: Mailbox, own_internet: Internet
) -> None:
    hook.answers = [404]
    assert wiki.holdfast("run", "page.md").returncode == 2
    assert (
        len(hook.received),
        len(mailbox.mails),
        wiki.count("pending_notification", "channel = 'webhook'"),
    ) == (1, 1, 1)
    hook.answers = [204]
    done = wiki.holdfast("run", "page.md")
    assert done.returncode == 0  # nothing new
    assert (len(hook.received), len(mailbox.mails), wiki.count("pending_notification")) == (2, 1, 0)
    first, second = (json.loads(body) for _, _, body in hook.received)
    assert second["counts"] == first["counts"] == {"broken": 1, "recovered": 0, "withheld": 1}
    assert (second["broken"], second["id"]) == (first["broken"], first["id"])
    assert second["run"] == first["run"] + 1
    assert wiki.holdfast("run", "page.md").returncode == 0
    assert len(hook.received) == 2


def test_mails_are_sent_after_an_outage_of_the_server_unless_they_are_too_old(
    wiki: Folder, hook: Hook, mailbox: Mailbox
) -> None:
    mailbox.refused = frozenset({"ann@wiki.example"})
    done = wiki.holdfast("run", "page.md", "-q")
    assert error_lines(done) == [
        f"warning: notification not delivered: the mail server 127.0.0.1 refused every recipient: check to and sender in [notify.mail]; {AGAIN}"
    ]
    assert (len(hook.received), mailbox.mails) == (1, [])
    mailbox.refused = frozenset()
    assert wiki.holdfast("run", "page.md").returncode == 0
    assert [mail["Subject"] for mail in mailbox.mails] == [
        "notes: 1 newly broken, 1 not named (private URLs)"
    ]
    assert (len(hook.received), wiki.count("pending_notification")) == (1, 0)


def test_after_a_month_it_is_left_to_the_reports(
    wiki: Folder, hook: Hook, mailbox: Mailbox
) -> None:
    hook.answers = [404]
    wiki.holdfast("run", "page.md", "-q")
    wiki.age_history(timedelta(days=31))
    hook.answers = [204]
    assert wiki.holdfast("run", "page.md").returncode == 0
    assert len(hook.received) == 1


def test_a_notice_follows_the_language_of_the_reports(
    wiki: Folder, hook: Hook, mailbox: Mailbox
) -> None:
    wiki.holdfast("run", "page.md", "--lang", "zh")
    ((_, _, body),), (mail,) = hook.received, mailbox.mails
    assert (
        json.loads(body)["subject"]
        == mail["Subject"]
        == "notes：新增失效 1 个，另有 1 个因网址不公开而未列出"
    )
    text, _ = mail.iter_parts()
    assert "未找到页面" in text.get_content()


def test_a_run_of_some_pages_sends_nothing_and_the_next_full_run_does(
    wiki: Folder, hook: Hook
) -> None:
    for command in (
        ["init"],
        ["add", "page.md"],
        ["-c", "user.name=t", "-c", "user.email=t@t.example", "commit", "-m", "first"],
    ):
        git(wiki, *command)
    file = wiki.path / "page.md"
    file.write_text(file.read_text(encoding="utf-8") + "\nmore\n", encoding="utf-8")
    assert wiki.holdfast("run", "page.md", "--changed-since", "HEAD").returncode == 2
    assert hook.received == []
    assert wiki.holdfast("run", "page.md").returncode == 2
    assert len(hook.received) == 1


def git(wiki: Folder, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=wiki.path, check=True, capture_output=True)


def test_doctor_lists_the_channels_and_sends_nothing(
    wiki: Folder, hook: Hook, mailbox: Mailbox
) -> None:
    done = wiki.run_in_process("doctor", "--offline")
    output = [
        line.split(maxsplit=1)[1]
        for line in done.stdout.splitlines()
        if "notifications go to" in line
    ]
    assert output == [
        "notifications go to the webhook at 127.0.0.1",
        "notifications go to the mail server 127.0.0.1",
    ]
    assert "services/T0" not in done.stdout
    assert (hook.received, mailbox.mails) == ([], [])
