"""Test `holdfast gate`: citations that a change adds are checked, captured and verified."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest

import crawler
from crawler.demo.archive_data import StoredSnapshot
from crawler.demo.archive_faults import SimulatedFault
from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Done, Folder, configuration, error_lines, one_line
from tests.web.archive import RunningWayback
from tests.web.internet import BLACK_HOLE, Internet
from tests.web.prose import paragraphs, title

CAPTURES = "\n[archives]\ncapture = true\n"


def press(number: int) -> str:
    return f"http://press.test/{number}"


OLD, NEW, DEAD = "http://press.test/1", "http://press.test/2", "http://press.test/gone"
COPIED = "http://press.test/3"
DAY = "20210805110426"


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    pages = {
        f"/{number}": page(title(number), *paragraphs(number, count=3)) for number in range(1, 40)
    }
    return background.start(Internet({"press.test": {ANY: status(404), **pages}}))


@pytest.fixture
def archive(background: BackgroundLoop, own_internet: Internet) -> RunningWayback:
    own_internet.reset()
    return background.start(RunningWayback(fetch=own_internet.fetch))


def git(folder: Folder, *arguments: str) -> str:
    named = ("-c", "user.name=t", "-c", "user.email=t@wiki.example", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *named, *arguments], cwd=folder.path, check=True, capture_output=True, text=True)  # fmt: skip
    return done.stdout


def commit(folder: Folder, subject: str) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-m", subject)


@pytest.fixture
def wiki(folder: Folder, own_internet: Internet, archive: RunningWayback) -> Folder:
    """Return a repository whose branch `topic` is to add citations."""
    folder.configure(own_internet, archive, more=CAPTURES)
    folder.write(".gitignore", ".holdfast/\nout/\n")
    folder.write("docs/a.md", f"# A\n\nThe [old source]({OLD}).\n")
    git(folder, "init", "--initial-branch=main")
    commit(folder, "first")
    git(folder, "switch", "-c", "topic")
    return folder


def gate(folder: Folder, *arguments: str, code: int = 0) -> Done:
    done = folder.holdfast("gate", *arguments)
    error_lines(done)
    assert done.returncode == code, done.stderr
    return done


def saved(archive: RunningWayback) -> list[str]:
    return [snapshot.original for snapshot in archive.snapshots]


def test_a_new_citation_is_captured_verified_and_the_patch_adds_its_copy(
    wiki: Folder, archive: RunningWayback
) -> None:
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). A [new one]({NEW}).\n")
    commit(wiki, "second")
    done = gate(wiki, "--changed-since", "main", "--mode", "require-copy", "--style", "beside")
    assert saved(archive) == [NEW]
    assert "1 new citation, 1 with a verified copy, 1 copy to add to the page" in done.stdout
    patch = gate(wiki, "--changed-since", "main", "--format", "patch", "--style", "beside").stdout
    subprocess.run(["git", "apply"], cwd=wiki.path, input=patch.encode(), check=True)
    after = (wiki.path / "docs/a.md").read_text()
    assert f"({NEW}) ([Archived](http" in after
    assert after.count("Archived") == 1
    again = gate(
        wiki, "--changed-since", "main", "--mode", "require-copy", "--mode", "require-alive"
    )
    assert "1 new citation, 1 with a verified copy\n" in again.stdout


def test_modes_decide_what_stops_a_change(wiki: Folder, archive: RunningWayback) -> None:
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). It is [gone]({DEAD}), this [is not]({NEW}).\n")  # fmt: skip
    options = (
        "--changed-since",
        "main",
        "--format",
        "github,gitlab,comment,text",
        "--output",
        "out",
    )
    gate(wiki, *options)
    for mode in ("require-copy", "require-alive"):
        gate(wiki, *options, "--mode", mode, code=2)
    assert saved(archive) == [NEW]
    text = (wiki.path / "out/gate.txt").read_text()
    assert f"docs/a.md:3:53: {DEAD}: it fails: page not found" in text
    assert "no verified copy: the link fails, so no capture was requested" in text
    lines = (wiki.path / "out/gate.github.txt").read_text().splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::notice"]
    assert "file=docs/a.md,line=3,col=53" in lines[0]
    issues = json.loads((wiki.path / "out/gate.gitlab.json").read_text())
    assert [(issue["severity"], issue["location"]["lines"]["begin"]) for issue in issues] == [("major", 3), ("info", 3)]  # fmt: skip
    comment = (wiki.path / "out/gate.comment.md").read_text()
    assert comment.startswith("<!-- holdfast-gate -->\n**2 new citations, 1 with a verified copy")
    assert "```diff\ndiff --git a/docs/a.md b/docs/a.md\n" in comment


def test_the_copy_of_a_failing_link_is_shown_to_be_added_by_hand(
    wiki: Folder, archive: RunningWayback
) -> None:
    body = page(title(2), *paragraphs(2, count=3)).html
    archive.snapshots.append(StoredSnapshot(original=DEAD, timestamp=DAY, body=body))
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). It is [gone]({DEAD}).\n")
    done = gate(wiki, "--changed-since", "main", "--format", "text,patch", "--output", "out")
    text = (wiki.path / "out/gate.txt").read_text()
    assert f"copy to add by hand: https://web.archive.org/web/{DAY}/{DEAD}" in text
    assert "1 with a verified copy, 1 copy to add by hand, 1 failing" in text
    assert not (wiki.path / "out/gate.patch").read_bytes(), done.stderr


def test_an_archive_that_was_not_reached_leaves_a_failing_link_undecided(wiki: Folder) -> None:
    text = (wiki.path / "holdfast.toml").read_text()
    unreachable = re.sub(r'endpoint = "http://[^/"]+', 'endpoint = "http://127.0.0.1:9', text)
    wiki.write("holdfast.toml", unreachable)
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). It is [gone]({DEAD}).\n")
    options = ("--changed-since", "main", "--mode", "require-copy")
    done = wiki.holdfast("gate", *options)
    assert done.returncode == 2, done.stderr
    assert f"{DEAD}: it fails: page not found (404); no verified copy: the archive did not answer" in done.stdout  # fmt: skip
    assert wiki.holdfast("gate", *options, "--when-undecided", "pass").returncode == 0


def test_moved_renamed_and_rewritten_citations_are_not_new(
    wiki: Folder, own_internet: Internet
) -> None:
    wiki.write("docs/b.md", f"# B\n\nMoved here: the [old source]({OLD}#part).\n")
    (wiki.path / "docs/a.md").unlink()
    commit(wiki, "second")
    done = gate(wiki, "--changed-since", "main", "--mode", "require-copy")
    assert done.stdout.startswith("0 new citations")
    assert own_internet.visits == []
    wiki.write("docs/b.md", f"# B\n\nThe [old source]({OLD}#part).\n\nAnd once [more]({OLD}).\n")
    done = gate(wiki, "--mode", "require-copy")
    assert "docs/b.md:5:17" in done.stdout
    assert "1 new citation" in done.stdout


@pytest.mark.parametrize("staged", [[], ["--staged"]])
def test_committed_changes_are_pointed_at_where_nothing_else_is_new(
    wiki: Folder, own_internet: Internet, staged: list[str]
) -> None:
    kind = "staged" if staged else "not committed"
    assert gate(wiki, *staged).stderr.splitlines() == [
        "0 new citations",
        f"nothing that is {kind} cites a new URL",
    ]
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). A [new one]({NEW}).\n")
    commit(wiki, "second")
    hint = "use --changed-since main to check what 1 commit since main added"
    assert gate(wiki, *staged).stderr.splitlines() == [
        "0 new citations",
        f"nothing that is {kind} cites a new URL: {hint}",
    ]
    git(wiki, "update-ref", "refs/remotes/origin/trunk", "main")
    git(wiki, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert "use --changed-since origin/trunk to check" in gate(wiki, *staged).stderr
    assert gate(wiki, "--changed-since", "HEAD").stderr.splitlines() == ["0 new citations"]
    assert own_internet.visits == []


def test_pre_commit_sees_what_is_staged_even_before_the_first_commit(
    folder: Folder, own_internet: Internet, archive: RunningWayback
) -> None:
    folder.configure(own_internet, archive, more=CAPTURES)
    folder.write("docs/a.md", f"[old source]({OLD})\n")
    git(folder, "init", "--initial-branch=main")
    git(folder, "add", "docs/a.md")
    folder.write("docs/untracked.md", f"[new]({NEW})\n")
    done = gate(folder, "--staged", "--mode", "require-copy")
    assert "1 new citation, 1 with a verified copy" in done.stdout
    assert saved(archive) == [OLD]


def test_without_keys_or_network_it_reports_that_and_passes_if_configured(
    wiki: Folder, own_internet: Internet, archive: RunningWayback
) -> None:
    wiki.configure(own_internet, archive)
    wiki.write("docs/a.md", f"[old source]({OLD}) [new]({NEW})\n")
    strict = ("--mode", "require-copy", "--mode", "require-alive")
    done = gate(wiki, *strict, code=2)
    assert "captures are off (no API keys, no archives.capture)" in done.stdout
    assert "No captures were requested: set API keys" in done.stdout
    gate(wiki, *strict, "--when-undecided", "pass")
    assert saved(archive) == []


def test_no_network_at_all_condemns_nothing(wiki: Folder, internet: Internet) -> None:
    wiki.write("docs/a.md", f"[old source]({OLD}) [new]({NEW})\n")
    nowhere = internet.connect_to()[f"{BLACK_HOLE}:80"]
    wiki.write(
        "holdfast.toml", configuration({"*:80": nowhere, "*:443": nowhere}, f"http://{nowhere}")
    )
    strict = ("--mode", "require-copy", "--mode", "require-alive")
    done = gate(wiki, *strict, code=2)
    assert "There is no network: nothing was checked, and no archive was queried." in done.stdout
    assert "no verified copy: no archive was queried" in done.stdout
    assert "it fails" not in done.stdout
    gate(wiki, *strict, "--when-undecided", "pass")


def test_an_archive_that_does_not_answer_is_named(wiki: Folder) -> None:
    wiki.write("docs/a.md", f"[old source]({OLD}) [new]({NEW})\n")
    config = wiki.path / "holdfast.toml"
    head, _, tail = config.read_text().partition("[archives.wayback]")
    config.write_text(
        f"{head}[archives.wayback]" + re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:9", tail)
    )
    done = gate(wiki, "--mode", "require-copy", code=2)
    assert "no verified copy: the archive did not answer" in done.stdout
    gate(wiki, "--mode", "require-copy", "--when-undecided", "pass")


def test_eight_hundred_new_links_end_with_the_time_and_the_newest_come_first(
    wiki: Folder, archive: RunningWayback, own_internet: Internet
) -> None:
    config = wiki.path / "holdfast.toml"
    config.write_text(config.read_text().replace("interval = 0.0", "interval = 0.2", 1))
    many = "\n".join(f"- [{number}](http://press.test/many/{number})" for number in range(800))
    wiki.write("docs/many.md", f"# Many\n\n{many}\n")
    commit(wiki, "second")
    wiki.write("docs/newest.md", f"[new]({NEW})\n")
    done = gate(
        wiki, "--changed-since", "main", "--deadline", "25s", "--mode", "require-copy", code=2
    )
    assert "The time was over before everything was done" in done.stdout
    assert saved(archive) == [NEW]
    visited = {visit.url for visit in own_internet.visits}
    assert NEW in visited
    assert len([url for url in visited if "/many/" in url]) < 800
    assert "801 new citations" in done.stdout


def test_staged_pages_are_checked_and_not_the_work_tree(
    wiki: Folder, own_internet: Internet
) -> None:
    strict = ("--staged", "--mode", "require-alive")
    wiki.write("docs/partly.md", f"[staged]({DEAD})\n")
    wiki.write("docs/absent.md", f"[staged]({DEAD}?absent)\n")
    wiki.write("docs/large.md", f"[staged]({DEAD}?large)\n")
    wiki.write("docs/linked.md", f"[staged]({DEAD}?linked)\n")
    git(wiki, "mv", "docs/a.md", "docs/renamed.md")
    wiki.write("docs/renamed.md", f"# A\n\nThe [old source]({OLD}). [staged]({DEAD}?renamed)\n")
    git(wiki, "add", ".")
    wiki.write("docs/partly.md", f"[not staged]({NEW})\n")
    (wiki.path / "docs/absent.md").unlink()
    wiki.write("docs/large.md", b"x" * (21 * 1024 * 1024))
    (wiki.path / "docs/linked.md").unlink()
    (wiki.path / "docs/linked.md").symlink_to("partly.md")
    wiki.write("docs/renamed.md", f"# A\n\n[not staged]({COPIED})\n")
    done = gate(wiki, *strict, code=2)
    for name in ("partly", "absent", "large", "linked"):
        assert f"docs/{name}.md:1:10: {DEAD}" in done.stdout
    assert f"{DEAD}?renamed: it fails" in done.stdout
    assert "5 new citations, 0 with a verified copy" in done.stdout
    assert not {NEW, COPIED} & {visit.url for visit in own_internet.visits}


def test_broken_links_in_the_work_tree_alone_do_not_fail_the_gate(wiki: Folder) -> None:
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). A [new one]({NEW}).\n")
    git(wiki, "add", ".")
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). A [new one]({NEW}). [x]({DEAD})\n")
    done = gate(wiki, "--staged", "--mode", "require-alive", "--mode", "require-copy")
    assert "1 new citation, 1 with a verified copy" in done.stdout
    assert "docs/a.md: not in the patch: it has changes that are not staged" in done.stderr
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}).\n")
    git(wiki, "add", ".")
    wiki.write("docs/a.md", f"# A\n\nThe [old source]({OLD}). [x]({DEAD})\n")
    assert "0 new citations" in gate(wiki, "--staged", "--mode", "require-alive").stderr


def test_a_hook_checks_the_commit_of_some_files_only(wiki: Folder) -> None:
    wiki.write("docs/b.md", "b\n")
    commit(wiki, "second")
    call = shlex.join([sys.executable, "-m", "crawler", "gate", "--staged"])
    hook = wiki.write(
        ".git/hooks/pre-commit", f"#!/bin/sh\nexec {call} --mode require-alive >hook.txt 2>&1\n"
    )
    hook.chmod(0o755)
    wiki.write("docs/a.md", f"[bad]({DEAD})\n")
    wiki.write("docs/b.md", f"[good]({NEW})\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(crawler.__file__).parents[1])}
    for name, is_accepted in (("docs/a.md", False), ("docs/b.md", True)):
        git(wiki, "add", "docs")
        done = subprocess.run(
            [
                *[
                    "git",
                    "-c",
                    "user.name=t",
                    "-c",
                    "user.email=t@wiki.example",
                    "commit",
                    "-m",
                    "x",
                ],
                name,
            ],
            cwd=wiki.path,
            env=environment,
            capture_output=True,
            check=False,
        )
        text = (wiki.path / "hook.txt").read_text()
        assert (done.returncode == 0) is is_accepted, text
        assert "1 new citation\n" in text


def test_staged_pages_that_cannot_be_read_fail_the_gate(wiki: Folder) -> None:
    wiki.write("docs/large.md", f"[new]({DEAD})\n" + "x" * (20 * 1024 * 1024))
    (wiki.path / "docs/link.md").symlink_to("a.md")
    git(wiki, "add", ".")
    wiki.write("docs/large.md", "small\n")
    (wiki.path / "docs/link.md").unlink()
    wiki.write("docs/link.md", "no link any more\n")
    done = gate(wiki, "--staged", "--mode", "require-alive", code=2)
    assert "docs/large.md: not compared: is staged with more than 20 MB" in done.stderr
    assert "docs/link.md: not compared: is staged as something else than a regular" in done.stderr


def test_a_large_page_gets_its_patch_and_one_that_is_too_slow_does_not(wiki: Folder) -> None:
    wiki.write("docs/slow.md", "[a](" * 4_500_000 + f"\n\n[new]({NEW})\n")
    wiki.write("docs/large.md", "word " * 40_000 + f"\n\n[new]({COPIED})\n")
    done = gate(wiki, "--format", "patch", "--style", "beside")
    assert "docs/slow.md: cannot be read: the parser " in done.stderr
    assert "docs/large.md" in done.stdout
    assert "docs/slow.md" not in done.stdout


KEYS = {"HOLDFAST_WAYBACK_KEY": "AKEY", "HOLDFAST_WAYBACK_SECRET": "SSECRET"}


@pytest.fixture
def account(wiki: Folder, own_internet: Internet, archive: RunningWayback) -> RunningWayback:
    """Return the archive with an account that may have one pending capture at a time."""
    wiki.configure(own_internet, archive, more=f"poll_wait = 0.1\n{CAPTURES}")
    archive.captures.keys = {"AKEY:SSECRET"}
    archive.captures.max_concurrent = 1
    commit(wiki, "settings")
    return archive


def gate_in_time(wiki: Folder, *arguments: str, seconds: int) -> Done:
    """Run a gate for as long as it needs, with more time if this machine is busy."""
    for deadline in (seconds, 5 * seconds):
        done = wiki.holdfast("gate", "--deadline", f"{deadline}s", *arguments, env=KEYS)
        if "The time was over" not in done.stdout:
            break
    return done


def test_a_capture_that_never_ends_holds_up_no_other_and_is_polled_by_the_next_gate(
    wiki: Folder, account: RunningWayback
) -> None:
    account.captures.stuck_urls = {NEW}
    wiki.write("docs/a.md", f"[old]({OLD}) [stuck]({NEW}) [other]({COPIED})\n")
    strict = ("--mode", "require-copy")
    done = gate_in_time(wiki, *strict, seconds=30)
    assert done.returncode == 2, done.stderr
    assert f"{NEW}: no verified copy: not captured yet" in done.stdout
    assert "2 new citations, 1 with a verified copy" in done.stdout
    assert "The time was over" not in done.stdout
    assert account.captures.submitted_urls == [NEW, COPIED]
    wiki.write("docs/b.md", f"[one more]({press(4)})\n")
    done = gate_in_time(wiki, *strict, seconds=30)
    assert "3 new citations, 2 with a verified copy" in done.stdout
    account.captures.stuck_urls = ()
    account.captures.status_requests_needed = 0  # so that the first poll gets the result
    done = gate_in_time(wiki, *strict, seconds=30)
    assert done.returncode == 0, done.stdout
    assert account.captures.submitted_urls == [NEW, COPIED, press(4)]


class _Refused(dict[str, str]):
    """Errors with which the first submissions, or all, are refused."""

    def __init__(self, error: str, times: float) -> None:
        super().__init__({"*": error})
        self.left = times

    def get(self, url: str, default: Any = None, /) -> Any:
        if url != "*" or self.left <= 0:
            return default
        self.left -= 1
        return self["*"]


def test_a_free_session_of_the_account_is_waited_for(wiki: Folder, account: RunningWayback) -> None:
    account.captures.submit_errors = _Refused("error:user-session-limit", times=3)
    wiki.write("docs/a.md", f"[old]({OLD}) [new]({NEW}) [other]({COPIED})\n")
    done = wiki.holdfast("gate", "--deadline", "60s", "--mode", "require-copy", env=KEYS)
    assert done.returncode == 0, done.stdout
    assert "2 new citations, 2 with a verified copy" in done.stdout
    assert len(account.captures.submitted_urls) == 5


def test_sessions_that_are_never_free_are_no_fault_of_the_links(
    wiki: Folder, account: RunningWayback
) -> None:
    account.captures.submit_errors = _Refused("error:user-session-limit", times=inf)
    wiki.write("docs/a.md", f"[old]({OLD}) [new]({NEW})\n")
    strict = ("--mode", "require-copy")
    done = gate_in_time(wiki, *strict, seconds=20)
    assert done.returncode == 2
    assert f"{NEW}: no verified copy: the archive's limit of captures is reached" in done.stdout
    assert "The archive accepts no more captures at once" in done.stdout
    assert "The time was over" not in done.stdout
    assert done.stderr.count("accepts no captures now") == 1
    assert gate_in_time(wiki, *strict, "--when-undecided", "pass", seconds=20).returncode == 0
    account.captures.submit_errors = {}
    assert gate_in_time(wiki, *strict, seconds=20).returncode == 0
    assert wiki.query("SELECT tries FROM capture") == [(1,)]


def test_an_archive_that_holds_the_response_to_a_capture_leaves_time_for_the_rest(
    wiki: Folder, archive: RunningWayback
) -> None:
    archive.faults["save"] = SimulatedFault(delay=60)
    wiki.write("docs/a.md", f"[old]({OLD}) [new]({NEW})\n")
    done = gate(wiki, "--deadline", "20s", "--mode", "require-copy", code=2)
    assert f"{NEW}: no verified copy: not captured yet" in done.stdout
    assert "The time was over" not in done.stdout


@pytest.mark.parametrize(
    "named",
    [
        {"timestamp": "20261399000000", "original_url": NEW},
        {"timestamp": "20980101000000", "original_url": NEW},
        {"timestamp": DAY, "original_url": "no address"},
    ],
)
def test_a_finished_capture_of_no_possible_copy_is_none(
    wiki: Folder, account: RunningWayback, named: dict[str, str]
) -> None:
    account.captures.max_concurrent = 9  # the fake's own job is never polled, so it stays
    job_id = f"spn2-{hashlib.sha1(NEW.encode(), usedforsecurity=False).hexdigest()}"
    finished = json.dumps([{"status": "success", "job_id": job_id, **named}])
    account.faults["status"] = SimulatedFault(
        status=200, mimetype="application/json", body=finished
    )
    wiki.write("docs/a.md", f"[old]({OLD}) [new]({NEW})\n")
    done = wiki.holdfast("gate", "--deadline", "30s", "--mode", "require-copy", env=KEYS)
    assert f"{NEW}: no verified copy: the archive made no usable copy" in done.stdout
    assert {status for (status,) in wiki.query("SELECT status FROM capture")} == {
        "captured-unusable"
    }


def test_copies_that_pages_cite_are_verified_and_count(
    wiki: Folder, archive: RunningWayback
) -> None:
    body = page(title(3), *paragraphs(3, count=3)).html
    archive.snapshots.append(StoredSnapshot(original=COPIED, timestamp=DAY, body=body))
    copy = f"https://web.archive.org/web/{DAY}/{COPIED}"
    wrong = f"https://web.archive.org/web/{DAY}/{DEAD}"
    wiki.write("docs/a.md", f"[old source]({OLD})\n\n- [both]({COPIED}) ([Archived]({copy}))\n")
    done = gate(wiki, "--mode", "require-copy")
    assert done.stdout == "1 new citation, 1 with a verified copy\n"
    assert saved(archive) == [COPIED]
    wiki.write("docs/a.md", f'[old source]({OLD})\n\n- [no such copy]({wrong} "{DEAD}")\n')
    done = gate(wiki, "--mode", "require-copy", code=2)
    assert "the copy that it leads to does not show the page" in done.stdout


def hide_by_gitignore(wiki: Folder) -> str:
    """Add a page that git tracks and .gitignore leaves out."""
    wiki.write("docs/new.md", f"[new]({DEAD})\n")
    git(wiki, "add", "docs/new.md")
    wiki.write(".gitignore", ".holdfast/\nout/\ndocs/new.md\n")
    return "docs/new.md: not compared: is tracked by git, but left out by a .gitignore file"


def hide_by_size(wiki: Folder) -> str:
    wiki.write("docs/new.md", f"[new]({DEAD})\n" + "x" * (20 * 1024 * 1024))
    return "docs/new.md: not compared: was skipped: it is larger than 20 MB"


def hide_by_control_characters(wiki: Folder) -> str:
    wiki.write("docs/new.md", b"\0" * 99 + f"[new]({DEAD})\n".encode())
    return "docs/new.md: not compared: was skipped: the file is binary"


def hide_by_file_name(wiki: Folder) -> str:
    wiki.write(os.fsdecode(b"docs/caf\xe9.md"), f"[new]({DEAD})\n")
    return r"docs/caf\xe9.md: not compared: was skipped, its name is not UTF-8"


def hide_outside(wiki: Folder) -> str:
    outside = wiki.path.parent / "outside.md"
    outside.write_text(f"[new]({DEAD})\n")
    (wiki.path / "docs/new.md").symlink_to(outside)
    return "docs/new.md: not compared: was skipped, it is a symbolic link that leads outside"


def hide_in_submodule(wiki: Folder) -> str:
    other = Folder(wiki.path.parent / "other")
    other.write("new.md", f"[new]({DEAD})\n")
    git(other, "init")
    commit(other, "first")
    allowed = ("-c", "protocol.file.allow=always")
    git(wiki, *allowed, "submodule", "add", str(other.path), "docs/other")
    return "docs/other: not compared: is in a submodule that the change updates"


HIDING = [
    hide_by_gitignore,
    hide_by_size,
    hide_by_control_characters,
    hide_by_file_name,
    hide_outside,
    hide_in_submodule,
]


@pytest.mark.parametrize("hide", HIDING)
def test_a_page_that_cannot_be_read_stops_the_change(
    wiki: Folder, hide: Callable[[Folder], str]
) -> None:
    warning = hide(wiki)
    commit(wiki, "second")
    strict = ("--changed-since", "main", "--mode", "require-alive")
    done = gate(wiki, *strict, code=2)
    assert f"warning: {warning}" in done.stderr
    assert "Pages of the change could not be read or compared" in done.stdout
    gate(wiki, *strict, "--when-undecided", "pass")
    gate(wiki, "--changed-since", "main")


def test_pages_behind_a_new_symbolic_link_are_new(wiki: Folder) -> None:
    config = (wiki.path / "holdfast.toml").read_text()
    wiki.write("holdfast.toml", f'pages = ["docs"]\n{config}')
    wiki.write("drafts/page.md", f"[draft]({DEAD})\n")
    commit(wiki, "drafts")
    git(wiki, "branch", "--force", "main")
    (wiki.path / "docs/linked").symlink_to("../drafts")
    commit(wiki, "link")
    done = gate(wiki, "--changed-since", "main", "--mode", "require-alive", code=2)
    assert f"docs/linked/page.md:1:9: {DEAD}: it fails" in done.stdout


def test_no_files_of_a_wiki_are_taken_for_its_repository(wiki: Folder) -> None:
    below = Folder(wiki.path / "wiki")
    below.write("docs/new.md", f"[new]({DEAD})\n")
    below.write("HEAD", "ref: refs/heads/main\n")
    below.write("refs/heads/main", "0" * 39 + "1\n")
    below.write("objects/x", "x")
    below.write("config", "[core]\nbare = false\nworktree = ..\n")
    (wiki.path / "holdfast.toml").rename(below.path / "holdfast.toml")
    commit(wiki, "second")
    done = gate(below, "--changed-since", "main", "--mode", "require-alive", code=2)
    assert f"docs/new.md:1:7: {DEAD}: it fails" in done.stdout


def test_no_file_name_is_a_command_to_a_ci_runner(wiki: Folder) -> None:
    wiki.write("::error file=a.md::forged.md", f"[new]({DEAD})\n")
    wiki.write("line\n::warning::forged.md", f"[new]({DEAD})\n")
    done = gate(wiki, "--mode", "require-alive", code=2)
    assert done.stdout.count("forged.md:1:7") == 2
    lines = (done.stdout + done.stderr).split("\n")
    assert [line for line in lines if line.lstrip().startswith("::")] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.wiki", "<ref>{{cite web |url=ORIGINAL |title=Both |archive-url=COPY |archive-date=2021-08-05}}</ref>\n"),
        ("a.wiki", "* [ORIGINAL both] ([COPY archived])\n"),
        ("a.bib", "@misc{both,\n  title = {Both},\n  url = {ORIGINAL},\n  archiveurl = {COPY}\n}\n"),
        ("a.rst", "`Both <ORIGINAL>`_ (`archived <COPY>`__)\n"),
        ("a.html", '<p><a href="ORIGINAL">both</a> (<a href="COPY">archived</a>)</p>\n'),
        ("b.md", "Both[^1].\n\n[^1]: <ORIGINAL>, archived: <COPY>\n"),
        ("c.md", "# Both\n\n[both][1] [Archived][2]\n\n[1]: ORIGINAL\n[2]: COPY\n"),
    ],
)  # fmt: skip
def test_a_copy_beside_its_link_is_no_citation_of_its_own(
    wiki: Folder, archive: RunningWayback, name: str, text: str
) -> None:
    body = page(title(3), *paragraphs(3, count=3)).html
    archive.snapshots.append(StoredSnapshot(original=COPIED, timestamp=DAY, body=body))
    bad = f"https://web.archive.org/web/{DAY}/{DEAD}"
    for copy, counted in (
        (f"https://web.archive.org/web/{DAY}/{COPIED}", "1 new citation, 1 with a verified copy\n"),
        (bad, "2 new citations"),
    ):
        original = DEAD if copy == bad else COPIED
        wiki.write(f"docs/{name}", text.replace("ORIGINAL", original).replace("COPY", copy))
        assert gate(wiki).stdout.splitlines(keepends=True)[-1].startswith(counted)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--changed-since", "nosuch"], "unknown revision 'nosuch'"),
        (["--staged", "--changed-since", "main"], "two changes: use only one of them"),
        (["--format", "text,patch"], "several formats need a folder: use --output FOLDER"),
        (["--format", "text,patch", "--output", "gate.txt"], "need a folder, not gate.txt"),
        (["--format", "text,patch", "--output", "/dev/null"], "need a folder, not /dev/null"),
    ],
)
def test_an_impossible_request_is_one_line(
    wiki: Folder, arguments: list[str], problem: str
) -> None:
    assert problem in one_line(wiki.run_in_process("gate", *arguments), 3)
    assert not (wiki.path / ".holdfast").exists()


def test_the_output_is_a_file_as_that_of_report_is(wiki: Folder) -> None:
    """A device is written to and stays one; a file without a suffix is replaced."""
    wiki.write("result", "an earlier result")
    gate(wiki, "--changed-since", "main", "--output", "result")
    assert "0 new citations" in (wiki.path / "result").read_text()
    done = gate(wiki, "--changed-since", "main", "--output", "/dev/stderr")
    assert "0 new citations" in done.stderr
    gate(wiki, "--changed-since", "main", "--output", os.devnull)
    assert Path(os.devnull).is_char_device()


def test_no_merge_base_is_one_line_or_passes_by_choice(wiki: Folder, tmp_path: Path) -> None:
    git(wiki, "switch", "--orphan", "other")
    commit_message = git(wiki, "commit", "--allow-empty", "-m", "other")
    assert commit_message
    wiki.write("docs/a.md", f"[new]({NEW})\n")
    wiki.write("holdfast.toml", "")
    output = one_line(wiki.run_in_process("gate", "--changed-since", "main"), 3)
    assert output.endswith("give --changed-since the branch that HEAD was made from")
    done = wiki.run_in_process("gate", "--changed-since", "main", "--when-undecided", "pass")
    assert done.returncode == 0
    assert "warning: no citation was checked: HEAD and 'main' have no common" in done.stderr


def test_the_message_about_a_shallow_clone_asks_to_fetch_more(wiki: Folder) -> None:
    wiki.write("docs/a.md", f"[new]({NEW})\n")
    commit(wiki, "second")
    git(wiki, "switch", "main")
    wiki.write("docs/c.md", "c\n")
    commit(wiki, "third")
    git(wiki, "switch", "topic")
    clone = Folder(wiki.path / "out" / "clone")
    git(wiki, "clone", "--depth", "1", f"file://{wiki.path}", str(clone.path))
    git(clone, "fetch", "--depth", "1", "origin", "main:refs/remotes/origin/main")
    output = one_line(clone.run_in_process("gate", "--changed-since", "origin/main"), 3)
    assert output.endswith("fetch more of the history (git fetch --unshallow)")


def test_annotations_name_pages_from_the_top_of_the_repository(
    tmp_path: Path, own_internet: Internet, archive: RunningWayback
) -> None:
    folder = Folder(tmp_path / "wiki")
    folder.configure(own_internet, archive)
    folder.write("docs/a.md", "# A\n")
    git(Folder(tmp_path), "init", "--initial-branch=main")
    commit(folder, "first")
    folder.write("docs/a.md", f"# A\n\nIt is [gone]({DEAD}).\n")
    gate(folder, "--format", "github,gitlab", "--output", "out")
    (command,) = (folder.path / "out/gate.github.txt").read_text().splitlines()
    assert "file=wiki/docs/a.md,line=3,col=14" in command
    (issue,) = json.loads((folder.path / "out/gate.gitlab.json").read_text())
    assert issue["location"]["path"] == "wiki/docs/a.md"
