"""Test the examples for schedules. docs/schedules.md says what is not tested."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any

import click
import pytest
import yaml

from crawler.cli.main import holdfast
from crawler.config import load_config
from tests.acceptance.folder import LIBRARY, PATIENCE, Done, Folder, environment

SCHEDULES = LIBRARY / "examples" / "schedules"
NAMED = (
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@wiki.example",
    "-c",
    "commit.gpgsign=false",
    "-c",
    "init.defaultBranch=main",
)


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """Run a command as CI does: with the commands of this environment and no other variables of it."""
    variables = (
        environment()
        | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(cwd),
        }
        | (env or {})
    )
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def git(folder: Path, *arguments: str) -> str:
    done = run("git", *NAMED, *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- the files


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("github.yml", "vendor.github-workflows"),
        ("github-action.yml", "vendor.github-workflows"),
        ("gitlab.yml", "vendor.gitlab-ci"),
    ],
)
def test_ci_files_match_the_schemas_of_the_services(name: str, schema: str) -> None:
    done = run("check-jsonschema", "--builtin-schema", schema, SCHEDULES / name, cwd=LIBRARY)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_the_units_and_rates_them_secure(tmp_path: Path) -> None:
    for name in ("holdfast.service", "holdfast.timer"):
        text = (
            (SCHEDULES / name)
            .read_text(encoding="utf-8")
            .replace("/opt/holdfast/bin/holdfast", "/bin/true")
        )
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = run("systemd-analyze", "verify", *tmp_path.glob("holdfast.*"), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    exposed = run(
        "systemd-analyze",
        "security",
        "--offline=yes",
        "--threshold=20",
        tmp_path / "holdfast.service",
        cwd=tmp_path,
    )
    assert exposed.returncode == 0, exposed.stdout  # 20 is 2.0 of 10


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(SCHEDULES.glob("kubernetes*.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            spec = document.get("spec", {})
            spec = spec.get("jobTemplate", {}).get("spec", spec)
            if "template" in spec:
                yield f"{file.name}: {document['metadata']['name']}", spec["template"]["spec"]


@pytest.mark.parametrize("pod", [pytest.param(pod, id=name) for name, pod in pods()])
def test_pods_run_without_root_and_write_only_to_volumes(pod: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["automountServiceAccountToken"] is False
    assert (
        pod["enableServiceLinks"] is False
    )  # Kubernetes would set HOLDFAST_…_SERVICE_HOST, which is no setting
    for container in (*pod.get("initContainers", ()), *pod["containers"]):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {mount["name"] for mount in container["volumeMounts"]} <= {
            volume["name"] for volume in pod["volumes"]
        }
    assert all("memory" in container["resources"]["limits"] for container in pod["containers"])


# The beginning of a Holdfast command in a script, a crontab, a unit or a CI file.
COMMAND = re.compile(
    r"(?:^\s*(?:- |run: |ExecStart=\S*/)?|&& |\|\|? |; )holdfast ((?:run|scan|check|report|fix|gate|db|worker|plan)\b[^\n;&|>]*)",
    re.MULTILINE,
)


def written() -> Iterator[tuple[str, str]]:
    """Return the examples, each command on a line of its own."""
    for file in sorted(SCHEDULES.iterdir()):
        text = re.sub(r"\\\n\s*", "", file.read_text(encoding="utf-8"))
        text = re.sub(r">-\n\s*(.*)\n\s*", r"\1 ", text)
        yield (
            file.name,
            re.sub(
                r"^CMD \[(.*)\]",
                lambda match: "holdfast " + re.sub(r'[",]', " ", match[1]).strip(),
                text,
                flags=re.MULTILINE,
            ),
        )


def commands() -> Iterator[tuple[str, list[str]]]:
    """Return every command of Holdfast in the examples."""
    for name, text in written():
        for line in COMMAND.findall(text):
            yield name, shlex.split(line)
    for name, pod in pods():
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            if "holdfast" in container["image"]:
                yield name, container["args"]
    for hook in yaml.safe_load((LIBRARY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        for line in re.findall(r"holdfast ((?:scan|gate)[^\"$]*)", hook["entry"]):
            yield hook["id"], shlex.split(line)


def test_the_commands_in_the_examples_are_found() -> None:
    places = [name for name, _ in commands()]
    expected = {
        "Dockerfile": 1,
        "action.sh": 1,
        "crontab": 4,
        "github.yml": 5,
        "gitlab.yml": 5,
        "history.sh": 2,
        "holdfast.service": 1,
        "propose.sh": 1,
    }
    assert {name: places.count(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [pytest.param(*each, id=f"{each[0]}: {' '.join(each[1])}") for each in commands()],
)
def test_every_command_in_the_examples_exists(name: str, words: list[str]) -> None:
    command: click.Command = holdfast
    with click.Context(holdfast) as context:
        while isinstance(command, click.Group) and words:
            found = command.get_command(context, words[0])
            assert found, words
            command, words = found, [word for word in words[1:] if word != "$@"]
        command.make_context("holdfast", words)


def test_every_variable_in_the_examples_is_a_setting(tmp_path: Path) -> None:
    """An unknown HOLDFAST_… is an error: CI services hand all their variables to every command."""
    files = [*SCHEDULES.iterdir(), LIBRARY / "docs" / "schedules.md"]
    named = {
        name
        for file in files
        if file.is_file()
        for name in re.findall(r"HOLDFAST_\w+", file.read_text(encoding="utf-8"))
    }
    assert {"HOLDFAST_DB", "HOLDFAST_WAYBACK_KEY", "HOLDFAST_CONFIG"} <= named
    values = {
        "HOLDFAST_WAYBACK_KEY": "k",
        "HOLDFAST_WAYBACK_SECRET": "s",
        "HOLDFAST_WEBHOOK_URL": "https://hooks.example/",
    }
    load_config(
        start=tmp_path,
        environment={name: values.get(name, "x") for name in named - {"HOLDFAST_CONFIG"}},
    )


def test_every_example_is_explained() -> None:
    explained = (LIBRARY / "docs" / "schedules.md").read_text(encoding="utf-8")
    assert [
        file.name
        for file in SCHEDULES.iterdir()
        if file.name not in explained and file.name != "__pycache__"
    ] == []


# --- the image


def is_sent(path: str) -> bool:
    """Return whether a file goes into the build: the last pattern that matches it or a folder above decides.

    https://docs.docker.com/build/concepts/context/#dockerignore-files
    """
    sent, above = True, [path, *(parent.as_posix() for parent in PurePosixPath(path).parents)]
    for line in (SCHEDULES / "Dockerfile.dockerignore").read_text(encoding="utf-8").split():
        pattern = line.removeprefix("!")
        deep = pattern.removeprefix("**/")
        if any(
            fnmatch(PurePosixPath(each).name if deep != pattern else each, deep) for each in above
        ):
            sent = line != pattern
    return sent


def test_the_image_has_only_the_listed_files_and_no_root_user(tmp_path: Path) -> None:
    """The steps of the Dockerfile that need neither its base image nor a package index."""
    wanted = (
        "LICENSE",
        "README.md",
        "pyproject.toml",
        "setup.py",
        "requirements.lock",
        "requirements-fleet.lock",
        "crawler",
        "reports",
        "store",
    )
    context = tmp_path / "context"
    for name in wanted:
        files = [LIBRARY / name] if (LIBRARY / name).is_file() else (LIBRARY / name).rglob("*")
        for file in files:
            path = file.relative_to(LIBRARY).as_posix()
            if file.is_file() and is_sent(path):
                (context / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, context / path)
    assert [
        is_sent(path)
        for path in ("crawler/cli/commands/run.py", "tests/conftest.py", ".git/config")
    ] == [True, False, False]
    quiet = {"PYTHONWARNINGS": "default"}  # warnings of setuptools are of no interest here
    pip = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        tmp_path,
        context,
    )
    done = run(*pip, cwd=tmp_path, env=quiet)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("holdfast_crawler-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert {
        "crawler/cli/main.py",
        "reports/templates/report.html",
        "reports/schemas/notification-2.json",
        "store/migrations/env.py",
    } <= names
    assert not [name for name in names if name.startswith("tests/")]

    steps = (SCHEDULES / "Dockerfile").read_text(encoding="utf-8").splitlines()
    last_stage = steps[
        max(number for number, line in enumerate(steps) if line.startswith("FROM ")) :
    ]
    assert "USER 10001" in last_stage
    assert any("--require-hashes --requirement /source/${LOCK}" in line for line in steps)
    assert not [line for line in last_stage if "pip" in line]


# --- pre-commit


def test_the_hooks_run_under_pre_commit(tmp_path: Path) -> None:
    """Uses the installed Holdfast: an environment of its own would need a package index."""
    hooks = yaml.safe_load((LIBRARY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert (
        run(
            "pre-commit", "validate-manifest", LIBRARY / ".pre-commit-hooks.yaml", cwd=tmp_path
        ).returncode
        == 0
    )
    assert (
        run(
            "pre-commit", "validate-config", SCHEDULES / "pre-commit-config.yaml", cwd=tmp_path
        ).returncode
        == 0
    )
    (named,) = yaml.safe_load((SCHEDULES / "pre-commit-config.yaml").read_text(encoding="utf-8"))[
        "repos"
    ]
    given = {hook["id"]: hook for hook in named["hooks"]}
    assert set(given) == {hook["id"] for hook in hooks}
    local = {
        "repos": [
            {
                "repo": "local",
                "hooks": [hook | given[hook["id"]] | {"language": "system"} for hook in hooks],
            }
        ]
    }
    (tmp_path / ".pre-commit-config.yaml").write_text(yaml.safe_dump(local), encoding="utf-8")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("[b](b.md)\n", encoding="utf-8")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    env = {"PRE_COMMIT_HOME": str(tmp_path / ".cache")}
    failed = run("pre-commit", "run", "--all-files", cwd=tmp_path, env=env)
    assert failed.returncode == 1, failed.stdout
    assert "docs/a.md:1:5: b.md: no such page or file" in failed.stdout
    (tmp_path / "docs" / "b.md").write_text("# b\n", encoding="utf-8")
    git(tmp_path, "add", ".")
    passed = run("pre-commit", "run", "--all-files", cwd=tmp_path, env=env)
    assert passed.returncode == 0, passed.stdout
    assert passed.stdout.count("Passed") == 3
    assert "0 new citations" in passed.stdout
    assert not (tmp_path / ".holdfast").exists()


# --- the scripts


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a shallow clone of a wiki, as CI checks it out."""
    origin, wiki = tmp_path / "origin.git", tmp_path / "writing"
    git(tmp_path, "init", "--bare", str(origin))
    git(origin, "config", "receive.advertisePushOptions", "true")
    git(tmp_path, "init", str(wiki))
    (wiki / "docs").mkdir()
    (wiki / "docs" / "a.md").write_text("<http://a.example/>\n", encoding="utf-8")
    git(wiki, "add", ".")
    git(wiki, "commit", "-m", "first")
    git(wiki, "push", f"file://{origin}", "HEAD:refs/heads/main")
    git(origin, "symbolic-ref", "HEAD", "refs/heads/main")
    git(tmp_path, "clone", "--depth", "1", f"file://{origin}", "clone")
    return tmp_path / "clone"


def test_the_history_is_kept_on_a_branch_of_its_own(clone: Path, tmp_path: Path) -> None:
    script, databases = SCHEDULES / "history.sh", [tmp_path / f"{number}.db" for number in range(3)]
    env = [{"HOLDFAST_DB": f"sqlite:///{database}"} for database in databases]
    first = run(script, "load", cwd=clone, env=env[0])
    assert (first.returncode, first.stderr) == (
        0,
        "history.sh: no branch holdfast-history: starting a new history\n",
    )
    assert run("holdfast", "scan", "docs", cwd=clone, env=env[0]).returncode == 0
    for night in (0, 1):
        assert run(script, "save", cwd=clone, env=env[night]).returncode == 0
        assert git(clone.parent / "origin.git", "rev-list", "--count", "holdfast-history") == "1"
        loaded = run(script, "load", cwd=clone, env=env[night + 1])
        assert loaded.returncode == 0, loaded.stderr
        assert (
            "1 unchanged" in run("holdfast", "scan", "docs", cwd=clone, env=env[night + 1]).stderr
        )
    shutil.rmtree(clone.parent / "origin.git")
    lost = run(script, "load", cwd=clone, env={"HOLDFAST_DB": f"sqlite:///{tmp_path}/lost.db"})
    assert lost.returncode != 0
    assert "begins today" not in lost.stderr


def stub(folder: Path, name: str, script: str) -> dict[str, str]:
    """Put a command before all others, and return the environment in which it is found."""
    (folder / "bin").mkdir(exist_ok=True)
    file = folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)
    return {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def test_the_patch_is_proposed_once_and_replaced_when_it_changes(
    clone: Path, tmp_path: Path
) -> None:
    origin, script = tmp_path / "origin.git", SCHEDULES / "propose.sh"
    mend = 'echo "$*" >>"$HOME/../asked"; printf "%s\\n" "$MENDED" >docs/a.md'
    env = stub(tmp_path, "holdfast", mend) | {"GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main"}
    stub(
        tmp_path,
        "gh",
        'echo "$*" >>"$HOME/../gh"; if [ "$2" = list ]; then cat "$HOME/../open" 2>/dev/null || true; fi',
    )

    nothing = run(script, "docs", cwd=clone, env=env | {"MENDED": "<http://a.example/>"})
    assert (nothing.returncode, nothing.stderr) == (0, "propose.sh: nothing to fix\n")
    assert git(origin, "branch", "--format=%(refname:short)") == "main"

    offered = run(script, "docs", cwd=clone, env=env | {"MENDED": "<http://copy.example/>"})
    assert offered.returncode == 0, offered.stderr
    assert git(origin, "show", "holdfast-patch:docs/a.md") == "<http://copy.example/>"
    assert git(origin, "rev-parse", "holdfast-patch^") == git(origin, "rev-parse", "main")
    assert git(clone, "status", "--porcelain") == ""
    (tmp_path / "open").write_text("7\n")

    before = git(origin, "rev-parse", "holdfast-patch")
    again = run(script, "docs", cwd=clone, env=env | {"MENDED": "<http://copy.example/>"})
    assert (again.returncode, again.stderr) == (
        0,
        "propose.sh: already proposed on holdfast-patch\n",
    )
    assert git(origin, "rev-parse", "holdfast-patch") == before
    assert git(clone, "status", "--porcelain") == ""

    assert (
        run(script, "docs", cwd=clone, env=env | {"MENDED": "<http://better.example/>"}).returncode
        == 0
    )
    assert git(origin, "show", "holdfast-patch:docs/a.md") == "<http://better.example/>"
    asked = (tmp_path / "gh").read_text().splitlines()
    assert [line.split()[:2] for line in asked] == [
        ["pr", "list"],
        ["pr", "create"],
        ["pr", "list"],
    ]
    assert (tmp_path / "asked").read_text().splitlines() == ["fix --write docs"] * 4


def test_the_push_options_request_a_merge_request_on_gitlab(clone: Path, tmp_path: Path) -> None:
    hook = tmp_path / "origin.git" / "hooks" / "post-receive"
    hook.write_text(
        f'#!/bin/sh\nfor n in 0 1 2 3; do eval echo "\\$GIT_PUSH_OPTION_$n"; done >"{tmp_path}/options"\n',
        encoding="utf-8",
    )
    hook.chmod(0o755)
    env = stub(tmp_path, "holdfast", 'printf "mended\\n" >docs/a.md') | {
        "GITLAB_CI": "true",
        "CI_COMMIT_REF_NAME": "main",
    }
    done = run(SCHEDULES / "propose.sh", cwd=clone, env=env)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "options").read_text().splitlines()[:2] == [
        "merge_request.create",
        "merge_request.target=main",
    ]


@contextmanager
def comments(
    kept: list[dict[str, Any]], requests: list[tuple[str, str, dict[str, str]]]
) -> Iterator[str]:
    """Serve comments as GitHub and GitLab do, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = json.loads(
                self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null"
            )
            requests.append((self.command, self.path, dict(self.headers)))
            response: Any = kept
            if self.command == "POST":
                response = {"id": 100 + len(kept), **body}
                kept.append(response)
            elif self.command in {"PATCH", "PUT"}:
                response = next(
                    comment
                    for comment in kept
                    if comment["id"] == int(self.path.rpartition("/")[2])
                )
                response |= body
            written = json.dumps(response).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = do_PATCH = do_PUT = answer  # noqa: N815  the library's names

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("service", ["GitHub", "GitLab"])
def test_a_comment_replaces_the_one_before(tmp_path: Path, service: str) -> None:
    gate: dict[str, Any] = {"id": 2, "body": "<!-- holdfast-gate -->\nof the gate\n"}
    kept: list[dict[str, Any]] = [{"id": 1, "body": "a person's: <!-- holdfast -->"}, gate]
    requests: list[tuple[str, str, dict[str, str]]] = []
    file = tmp_path / "comment.md"
    with comments(kept, requests) as url:
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": url,
            "GITHUB_REPOSITORY": "o/wiki",
            "GITHUB_TOKEN": "hidden",
            "PULL_REQUEST": "7",
        }
        gitlab = {
            "CI_API_V4_URL": url,
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            "CITATIONS_COMMENT_TOKEN": "hidden",
        }
        for text in ("first", "second"):
            file.write_text(f"<!-- holdfast -->\n{text}\n", encoding="utf-8")
            done = run(
                sys.executable,
                SCHEDULES / "comment.py",
                file,
                cwd=tmp_path,
                env=github if service == "GitHub" else gitlab,
            )
            assert done.returncode == 0, done.stderr
    assert [comment["body"] for comment in kept] == [
        "a person's: <!-- holdfast -->",
        gate["body"],
        "<!-- holdfast -->\nsecond\n",
    ]
    where = (
        "/repos/o/wiki/issues/7/comments"
        if service == "GitHub"
        else "/projects/5/merge_requests/7/notes"
    )
    changed = (
        ("PATCH", "/repos/o/wiki/issues/comments/102")
        if service == "GitHub"
        else ("PUT", f"{where}/102")
    )
    assert [(method, path.partition("?")[0]) for method, path, _ in requests] == [
        ("GET", where),
        ("POST", where),
        ("GET", where),
        changed,
    ]
    assert all(
        "hidden" in (headers.get("Authorization", "") + headers.get("Private-Token", ""))
        for _, _, headers in requests
    )


def test_a_comment_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    file.write_text("<!-- holdfast -->\n", encoding="utf-8")
    done = run(
        sys.executable, SCHEDULES / "comment.py", file, cwd=tmp_path, env={"GITHUB_ACTIONS": "true"}
    )
    assert (done.returncode, done.stderr) == (
        1,
        "comment.py: GITHUB_API_URL is not set: set it in the CI job\n",
    )
    file.write_text("something else", encoding="utf-8")
    assert (
        "is not a comment: write it with --format comment"
        in run(sys.executable, SCHEDULES / "comment.py", file, cwd=tmp_path).stderr
    )


# --- cron


def test_cron_mails_only_new_findings_and_errors(folder: Folder, tmp_path: Path) -> None:
    """Run the lines of the crontab under sh, with a stub in place of Holdfast."""
    lines = [
        line
        for line in (SCHEDULES / "crontab").read_text(encoding="utf-8").splitlines()
        if re.match(r"[\d*]", line)
    ]
    nightly, monthly = (line.split(maxsplit=5)[5] for line in lines)
    (tmp_path / "wiki").mkdir()
    for code, printed in ((0, ""), (1, "holdfast: no network\n"), (2, "the report\n")):
        script = f'[ "$1" = report ] && {{ echo the report; exit 2; }}\n[ {code} -ne 1 ] || echo "holdfast: no network"\nexit {code}'
        done = run("sh", "-c", nightly, cwd=tmp_path, env=stub(tmp_path, "holdfast", script))
        assert done.stdout + done.stderr == printed
    done = run(
        "sh",
        "-c",
        monthly,
        cwd=tmp_path / "wiki",
        env={"HOME": str(tmp_path)} | stub(tmp_path, "holdfast", "echo $*"),
    )
    assert done.stdout.splitlines() == ["db prune -q", "db check -q"]
