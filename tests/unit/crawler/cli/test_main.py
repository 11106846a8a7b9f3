"""Test how a command ends: the exit code, and the one line that says why."""

from __future__ import annotations

import re
from collections.abc import Callable

import click
import pytest

from crawler.cli import main
from crawler.cli.exit_codes import CommandFailed, ExitCode
from crawler.config import ConfigError
from store.errors import DatabaseDamaged, DatabaseNewer, DatabaseUnavailable, DatabaseUrlError

ExitAndOutput = tuple[int, str]


@pytest.fixture
def run_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[object], ExitAndOutput]:
    """Return a function that runs a command which returns or raises a given result."""

    def end(result: object) -> ExitAndOutput:
        @click.command()
        def command() -> object:
            if isinstance(result, BaseException):
                raise result
            return result

        monkeypatch.setattr(main._Commands, "get_command", lambda *_: command)
        code = main.run(["report"])
        return code, capsys.readouterr().err

    return end


@pytest.mark.parametrize(
    ("result", "code"),
    [(ExitCode.OK, 0), (None, 0), (ExitCode.FINDINGS, 2)],
)
def test_a_command_without_an_error_prints_nothing(
    run_command: Callable[[object], ExitAndOutput], result: object, code: int
) -> None:
    assert run_command(result) == (code, "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandFailed("what to fix"), 3),
        (CommandFailed("what to fix", ExitCode.FAILED), 1),
        (ConfigError("what to fix"), 3),
        (DatabaseUrlError("what to fix"), 3),
        (DatabaseNewer("what to fix"), 3),
        (DatabaseDamaged("what to fix"), 3),
        (DatabaseUnavailable("what to fix"), 1),
        (CommandFailed("what\nto\n  fix"), 3),
    ],
)
def test_an_error_of_the_user_is_one_line(
    run_command: Callable[[object], ExitAndOutput], error: Exception, code: int
) -> None:
    assert run_command(error) == (code, "holdfast: what to fix\n")


def test_ctrl_c_ends_with_exit_code_130(run_command: Callable[[object], ExitAndOutput]) -> None:
    code, output = run_command(KeyboardInterrupt())
    assert (code, output.strip()) == (130, "holdfast: stopped")


def test_an_internal_error_is_raised_only_with_holdfast_traceback(
    run_command: Callable[[object], ExitAndOutput], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOLDFAST_TRACEBACK", raising=False)
    code, output = run_command(ZeroDivisionError("division by zero"))
    assert code == 1
    assert (
        output
        == "holdfast: unexpected ZeroDivisionError: division by zero (a bug in Holdfast; set HOLDFAST_TRACEBACK=1 for the traceback)\n"
    )
    monkeypatch.setenv("HOLDFAST_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run_command(ZeroDivisionError("division by zero"))


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "-h"]])
def test_help_has_examples(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 0
    assert re.search(r"Examples:\n +holdfast ", capsys.readouterr().out)
