"""Test that keys are in no output, log, report or database, but only in the requests they are for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import page, redirect, status
from crawler.demo.web import ANY
from tests.acceptance.folder import Folder, error_lines
from tests.web.archive import RunningWayback
from tests.web.internet import Internet
from tests.web.prose import paragraphs, title

KEYS = {
    "HOLDFAST_WAYBACK_KEY": "Hn7keyKEYkey7nH",
    "HOLDFAST_WAYBACK_SECRET": "Qx3secretSECRETsecret3xQ",
}
ACCOUNT = f"{KEYS['HOLDFAST_WAYBACK_KEY']}:{KEYS['HOLDFAST_WAYBACK_SECRET']}"


def leaks(folder: Folder, *expected: str) -> list[str]:
    """Return the places of a key: files of the folder, or the output."""
    kept = [(file.name, file.read_bytes()) for file in folder.path.rglob("*") if file.is_file()]
    everything = [*kept, *(("expected", text.encode()) for text in expected)]
    return [
        name
        for name, content in everything
        if any(key.encode() in content for key in KEYS.values())
    ]


@pytest.mark.parametrize("known", [True, False], ids=["known", "wrong"])
def test_api_keys_are_in_no_output(
    folder: Folder, web: Internet, wayback: RunningWayback, known: bool
) -> None:
    wayback.captures.keys = {ACCOUNT} if known else {"other:account"}
    wayback.captures.job_failures["http://ok.test/ja"] = (
        f"error:not-found, said {ACCOUNT}"  # an archive that repeats what it was told
    )
    folder.write("wiki/a.md", "<http://ok.test/en> <http://ok.test/ja>\n")
    folder.configure(web, wayback, more="poll_wait = 0.05\n")
    output = []
    for command in (
        ("run", "wiki", "-vv"),
        ("archive", "-vv"),
        ("archive", "--dry-run"),
        ("status",),
        ("history", "http://ok.test/ja"),
        ("report",),
    ):
        done = folder.holdfast(*command, env={**KEYS, "HOLDFAST_TRACEBACK": "1"})
        error_lines(done)
        output += [done.stdout, done.stderr]
    sent = [
        request.headers.get("Authorization")
        for request in wayback.requests
        if request.kind in ("save", "status")
    ]
    assert f"LOW {ACCOUNT}" in sent
    assert bool(wayback.requests_of("save")) is known
    assert ("rejected the API keys" in "".join(output)) is not known
    assert {
        request.headers.get("Authorization")
        for request in wayback.requests
        if request.kind in ("cdx", "replay", "available")
    } == {None}
    assert leaks(folder, *output) == []


def test_keys_in_the_configuration_are_used_and_not_printed(
    folder: Folder, web: Internet, wayback: RunningWayback
) -> None:
    wayback.captures.keys = {ACCOUNT}
    folder.write("wiki/a.md", "<http://ok.test/en>\n")
    key, secret = KEYS.values()
    folder.configure(web, wayback, more=f'poll_wait = 0.05\nkey = "{key}"\nsecret = "{secret}"\n')
    done = folder.holdfast("run", "wiki", "-vv")
    error_lines(done)
    assert wayback.captures.submitted_urls == ["http://ok.test/en"]
    assert leaks(folder, done.stdout, done.stderr) == ["holdfast.toml"]


def test_a_key_without_its_secret_is_one_line_without_the_key(folder: Folder) -> None:
    folder.write("holdfast.toml", "")
    done = folder.holdfast("archive", env={"HOLDFAST_WAYBACK_KEY": KEYS["HOLDFAST_WAYBACK_KEY"]})
    assert (done.returncode, len(error_lines(done))) == (3, 1)
    assert "secret is missing" in done.stderr
    assert leaks(folder, done.stdout, done.stderr) == []
    assert Path(folder.path / "holdfast.toml").exists()


def test_a_password_in_the_query_of_a_database_url_is_not_printed(folder: Folder) -> None:
    url = f"postgresql://me@127.0.0.1:1/x?password={KEYS['HOLDFAST_WAYBACK_KEY']}"
    done = folder.holdfast("--db", url, "db", "info")
    assert "password=***" in error_lines(done)[0]
    assert leaks(folder, done.stdout, done.stderr) == []


def test_the_credentials_of_a_proxy_without_a_scheme_are_not_printed(folder: Folder) -> None:
    proxy = f"me:{KEYS['HOLDFAST_WAYBACK_KEY']}@proxy.example:1"
    contact = "mailto:me@wiki.example"
    variables = {"HOLDFAST_NETWORK__PROXY": proxy, "HOLDFAST_NETWORK__CONTACT": contact}
    done = folder.holdfast("settings", env=variables)
    assert '"proxy.example:1"' in done.stdout
    assert f'"{contact}"' in done.stdout
    assert leaks(folder, done.stdout, done.stderr) == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_link_forges_a_line_of_the_log(
    folder: Folder, web: Internet, wayback: RunningWayback, form: str
) -> None:
    forged = "&#13;&#10;::error::forged&#27;[31m&#x2028;##[error]forged"
    folder.write(
        "wiki/a.md", f'<a href="http://ok.test/en?{forged}">a</a>\n\n<http://ok.test/ja>\n'
    )
    folder.write("wiki/::error ::forged.md", "<http://ok.test/en>\n")
    folder.configure(web, wayback)
    done = folder.holdfast("run", "wiki", "-vv", "--log-format", form)
    lines = (done.stderr + done.stdout).split("\n")
    assert "forged" in done.stderr
    assert [
        line
        for line in lines
        if not line.isprintable() or line.lstrip().startswith("::") or "##[" in line
    ] == []


def test_secrets_of_pages_and_redirects_are_in_no_line_of_gate_and_archive(
    folder: Folder, background: BackgroundLoop
) -> None:
    article = page(title(1), *paragraphs(1, count=3))
    token, word = "rEdir3ctT0ken", "pAssw0rdW0rd"
    own = {
        "/a": redirect(302, f"http://other.test/b?access_token={token}"),
        "/c": redirect(302, f"http://name:{token}@other.test/b"),
        ANY: status(404),
    }
    web = background.start(Internet({"own.test": own, "other.test": {"/b": article}}))
    archive = background.start(RunningWayback(fetch=web.fetch))
    folder.configure(web, archive, more="\n[archives]\ncapture = true\n")
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@wiki.example")
    for arguments in (["init"], ["commit", "--allow-empty", "-m", "first"]):
        subprocess.run([*git, *arguments], cwd=folder.path, check=True, capture_output=True)
    folder.write(
        "docs/a.md",
        f"<http://own.test/a> <http://own.test/c> <http://name:{word}@own.test/gone>\n",
    )
    formats = ("--format", "text,github,gitlab,comment", "--output", "out")
    expected = []
    for command in (
        ("gate", "-vv", "--deadline", "60s"),
        ("gate", *formats),
        ("archive", "--to", "local", "-vv"),
    ):
        done = folder.holdfast(*command)
        error_lines(done)
        expected.append(done.stdout + done.stderr)
    expected += [file.read_text() for file in (folder.path / "out").iterdir()]
    assert "access_token=REDACTED" in expected[0]
    assert "may contain a secret" in expected[2]
    assert [text for text in expected if token in text or word in text] == []


def test_private_urls_are_never_looked_up(
    folder: Folder, web: Internet, wayback: RunningWayback
) -> None:
    folder.write(
        "wiki/a.md",
        "<http://ok.test/en> <http://10.9.8.7/wiki> <http://wiki.internal/a> "
        "<http://ok.test/a?access_token=Zx81secret>\n",
    )
    folder.configure(web, wayback)
    for _ in range(2):
        error_lines(folder.holdfast("run", "wiki"))
    requested = "\n".join(map(repr, wayback.requests))
    assert "ok.test" in requested
    assert not [text for text in ("10.9.8.7", "wiki.internal", "Zx81") if text in requested]
    plan = folder.holdfast("archive", "--dry-run")
    assert "10.9.8.7" not in plan.stdout
