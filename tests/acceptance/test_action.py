"""Test action.yml by running its steps as the runner of GitHub Actions does."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from crawler.demo.background import BackgroundLoop
from crawler.demo.responses import status
from crawler.demo.web import ANY, Behaviour
from tests.acceptance.folder import LIBRARY, Done, configuration, holdfast_program
from tests.acceptance.seed import article
from tests.acceptance.test_examples import comments, git, run
from tests.web.archive import RunningWayback
from tests.web.internet import Internet

ACTION = yaml.safe_load((LIBRARY / "action.yml").read_text("utf-8"))
FINE, LOST, NEW = (f"http://here.example/{name}" for name in ("fine", "lost", "new-and-lost"))


@dataclass
class Runner:
    """The parts of a runner that the action sees.

    Attributes:
        work: The work tree.
        temp: A folder that lives as long as a job.
        github: The context `github`, flat.
        env: Further variables of each step.
        outputs: What the steps gave as outputs.
        ran: Names of the steps that ran, with their exit codes.
        printed: What they printed.
    """

    work: Path
    temp: Path
    github: dict[str, str]
    env: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    ran: dict[str, int] = field(default_factory=dict)
    printed: str = ""

    def run(self, **inputs: str) -> int:
        """Run the steps with these inputs, and return the exit code of the job."""
        given = {
            name.replace("-", "_"): self.filled(str(each.get("default", "")), {})
            for name, each in ACTION["inputs"].items()
        } | inputs
        failed = 0
        for step in ACTION["runs"]["steps"]:
            condition = str(step.get("if", "true"))
            if not self.holds(condition, given) or (failed and "always()" not in condition):
                continue
            if "uses" in step:
                self.ran[step["uses"].partition("@")[0]] = 0
                continue
            done = self.step(step, given)
            self.printed += done.stdout + done.stderr
            self.ran[step["name"]] = done.returncode
            if "id" in step:
                self.outcomes[step["id"]] = "failure" if done.returncode else "success"
            failed = failed or done.returncode
        return failed

    def step(self, step: Mapping[str, Any], inputs: Mapping[str, str]) -> Done:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "a value of an input must not be run as code"
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        env = {name: self.filled(str(value), inputs) for name, value in step.get("env", {}).items()}
        done = run(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"],
            cwd=self.work,
            env=self.env
            | {name: str(file) for name, file in files.items()}
            | {
                "GITHUB_ACTION_PATH": str(LIBRARY),
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": self.github["event_name"],
                "GITHUB_BASE_REF": self.github.get("base_ref", ""),
                "GITHUB_REF_NAME": "main",
                "GITHUB_REPOSITORY": self.github["repository"],
                "GITHUB_API_URL": self.github.get("api_url", ""),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
                "RUNNER_TEMP": str(self.temp),
                "RUNNER_OS": "Linux",
            }
            | env,
        )  # fmt: skip
        lines = files["GITHUB_OUTPUT"].read_text("utf-8").splitlines()
        if "id" in step:
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
        for line in files["GITHUB_ENV"].read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            self.env[name] = value
        for line in files["GITHUB_PATH"].read_text("utf-8").splitlines():
            self.env["PATH"] = f"{line}{os.pathsep}{self.env.get('PATH', os.environ['PATH'])}"
        return done

    def value(self, name: str, inputs: Mapping[str, str]) -> str:
        kind, _, rest = name.partition(".")
        if kind == "inputs":
            return inputs[rest.replace("-", "_")]
        if kind == "runner":
            return str(self.temp)
        if kind == "steps":
            step, _, what = rest.partition(".")
            if what == "outcome":
                return self.outcomes.get(step, "skipped")
            return self.outputs.get(step, {}).get(what.removeprefix("outputs."), "")
        assert kind == "github", name
        return self.github.get(rest, "")

    def filled(self, text: str, inputs: Mapping[str, str]) -> str:
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: self.value(found[1], inputs), text)

    def holds(self, condition: str, inputs: Mapping[str, str]) -> bool:
        """Evaluate a condition: comparisons joined by &&."""
        for part in map(str.strip, condition.split("&&")):
            if part in {"true", "always()"}:
                continue
            left, operator, right = re.fullmatch(r"(\S+) (==|!=) (\S+)", part).groups()  # type: ignore[union-attr]
            sides = [
                side.strip("'") if side.startswith("'") else self.value(side, inputs)
                for side in (left, right)
            ]
            if (sides[0] == sides[1]) is not (operator == "=="):
                return False
        return True


@pytest.fixture(scope="module")
def own_internet(background: BackgroundLoop) -> Internet:
    sites: dict[str, dict[str, Behaviour]] = {
        "here.example": {"/fine": article("公告"), ANY: status(404)}
    }
    return background.start(Internet(sites))


@pytest.fixture
def runner(tmp_path: Path, own_internet: Internet, wayback: RunningWayback) -> Runner:
    """Return a shallow clone of a wiki, and a Python whose environments have Holdfast already."""
    wiki, origin = tmp_path / "wiki", tmp_path / "origin.git"
    wiki.mkdir()
    settings = configuration(own_internet.connect_to(wildcard=True), wayback.endpoint)
    (wiki / "holdfast.toml").write_text(settings, encoding="utf-8")
    (wiki / "docs").mkdir()
    (wiki / "docs" / "a.md").write_text(f"<{FINE}>\n\n<{LOST}>\n", encoding="utf-8")
    git(tmp_path, "init", "--bare", str(origin))
    git(wiki, "init")
    git(wiki, "add", ".")
    git(wiki, "commit", "-m", "first")
    git(wiki, "push", f"file://{origin}", "HEAD:refs/heads/main")
    git(origin, "symbolic-ref", "HEAD", "refs/heads/main")
    git(tmp_path, "clone", "--depth", "1", f"file://{origin}", "work")
    tools = tmp_path / "tools"
    tools.mkdir()
    python = tools / "python3"
    python.write_text(
        '#!/bin/sh\nmkdir -p "$3/bin"\n'
        'printf \'#!/bin/sh\\necho "$*" >>"$RUNNER_TEMP/pip"\\n\' >"$3/bin/pip"\n'
        f'cp "{holdfast_program()}" "$3/bin/holdfast"\n'
        'chmod +x "$3/bin/pip"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    temp = tmp_path / "temp"
    temp.mkdir()
    path = f"{tools}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Runner(
        tmp_path / "work",
        temp,
        {"event_name": "schedule", "repository": "o/wiki", "token": "hidden"},
        {"PATH": path},
    )


def test_the_action_file_has_the_form_that_github_requires() -> None:
    done = run(
        "check-jsonschema", "--builtin-schema", "vendor.github-actions", LIBRARY / "action.yml",
        cwd=LIBRARY,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "OWNER" not in (LIBRARY / "action.yml").read_text("utf-8")
    for step in ACTION["runs"]["steps"]:
        for script in re.findall(r"examples/schedules/([\w.]+)", step.get("run", "")):
            assert (LIBRARY / "examples" / "schedules" / script).is_file()


def test_two_nights_share_one_history(runner: Runner) -> None:
    assert runner.run(pages="docs", sarif="true") == 0, runner.printed
    assert "actions/cache" in runner.ran
    assert "github/codeql-action/upload-sarif" in runner.ran
    assert "Comment on the pull request" not in runner.ran
    pip = (runner.temp / "pip").read_text("utf-8")
    assert "--require-hashes" in pip
    reports = Path(runner.outputs["run"]["reports"])
    assert {"report.html", "report.md", "report.jsonl", "report.sarif"} <= {
        file.name for file in reports.iterdir()
    }
    assert (runner.temp / "summary.md").read_text("utf-8") == (reports / "report.md").read_text(
        "utf-8"
    )
    assert "docs/a.md" in runner.printed
    assert git(runner.work, "ls-remote", "--heads", "origin", "holdfast-history")
    assert git(runner.work, "status", "--porcelain") == ""

    (runner.temp / "holdfast.db").unlink()
    assert runner.run(pages="docs") == 0, runner.printed
    runs = [
        json.loads(line)["run"]
        for line in (reports / "report.jsonl").read_text("utf-8").splitlines()
    ]
    assert set(runs) == {2}


def test_findings_fail_the_job_after_everything_is_saved(runner: Runner) -> None:
    assert runner.run(pages="docs", fail_on="any") == 2
    assert runner.outputs["run"]["exit-code"] == "2"
    assert runner.ran["Save the history"] == 0
    assert git(runner.work, "ls-remote", "--heads", "origin", "holdfast-history")


def test_a_pull_request_is_commented_and_changes_no_history(runner: Runner) -> None:
    git(runner.work, "checkout", "--quiet", "-b", "topic")
    (runner.work / "docs" / "b.md").write_text(f"<{NEW}>\n", encoding="utf-8")
    (runner.work / "holdfast.toml").write_text("pages = 'elsewhere'\n", encoding="utf-8")
    git(runner.work, "add", ".")
    git(runner.work, "commit", "-m", "second")
    kept: list[dict[str, Any]] = []
    with comments(kept, []) as url:
        runner.github |= {
            "event_name": "pull_request",
            "base_ref": "main",
            "api_url": url,
            "event.pull_request.number": "7",
            "event.pull_request.head.repo.full_name": "o/wiki",
        }
        assert runner.run(pages="docs", fail_on="broken") == 0, runner.printed
        comment, of_the_gate = kept
        assert of_the_gate["body"].startswith("<!-- holdfast-gate -->\n**1 new citation, ")
        for each in kept:
            assert NEW in each["body"]
            assert LOST not in each["body"]
        assert comment["body"].startswith("<!-- holdfast -->\n")
        assert runner.run(pages="docs", fail_on="any") == 2, runner.printed
        assert runner.run(pages="docs", fail_on="never", gate="require-alive") == 2, runner.printed
        assert len(kept) == 2
    assert "Save the history" not in runner.ran
    assert not git(runner.work, "ls-remote", "--heads", "origin", "holdfast-history")

    runner.ran.clear()
    runner.github["event.pull_request.head.repo.full_name"] = "stranger/wiki"
    runner.run(pages="docs")
    assert "Comment on the pull request" not in runner.ran


@pytest.mark.parametrize(
    ("name", "mode"),
    [("pyproject.toml", "auto"), ("pyproject.toml", "once"), ("holdfast.toml", "once")],
)
def test_a_pull_request_does_not_choose_the_configuration(
    runner: Runner, name: str, mode: str
) -> None:
    settings = (runner.work / "holdfast.toml").read_text("utf-8")
    if name == "pyproject.toml":
        tables = re.sub(r"^\[", "[tool.holdfast.", settings, flags=re.MULTILINE)
        settings = f"[tool.holdfast]\n{tables}"
        git(runner.work, "rm", "--quiet", "holdfast.toml")
        (runner.work / name).write_text(settings, encoding="utf-8")
        git(runner.work, "add", name)
        git(runner.work, "commit", "-m", "settings")
        git(runner.work, "push", "--quiet", "origin", "HEAD:refs/heads/main")
    git(runner.work, "checkout", "--quiet", "-b", "topic")
    (runner.work / "docs" / "b.md").write_text(f"<{NEW}>\n", encoding="utf-8")
    skipping = settings.replace("[", 'exclude = [".*"]\n[', 1)
    if name == "pyproject.toml":
        skipping = settings.replace("\n", '\nexclude = [".*"]\n', 1)
    (runner.work / name).write_text(skipping, encoding="utf-8")
    git(runner.work, "add", "docs", name)
    git(runner.work, "commit", "-m", "topic")
    runner.github |= {"event_name": "pull_request", "base_ref": "main"}
    code = runner.run(pages="docs", mode=mode, fail_on="any", comment="false")
    assert code == 2, runner.printed
    assert (runner.work / name).read_text("utf-8") == settings


def test_once_needs_no_history(runner: Runner) -> None:
    assert runner.run(pages="docs", mode="once") == 2, runner.printed
    assert "Load the history" not in runner.ran
    assert not git(runner.work, "ls-remote", "--heads", "origin", "holdfast-history")


def test_wrong_input_fails_the_job(runner: Runner) -> None:
    assert runner.run(mode="weekly") == 3
    assert "unknown mode 'weekly'" in runner.printed
    assert runner.run(pages="nowhere") == 3
    assert "nowhere: no such file or folder" in runner.printed


def test_a_value_of_an_input_is_never_run(runner: Runner) -> None:
    runner.run(pages='$(touch "$RUNNER_TEMP/owned") `touch owned` ; touch owned', mode="once")
    assert not (runner.temp / "owned").exists()
    assert not (runner.work / "owned").exists()
