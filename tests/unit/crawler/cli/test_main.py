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

Ended = tuple[int, str]


@pytest.fixture
def ending(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[object], Ended]:
    """Return a function that runs a command which returns or raises this, and returns exit code and output."""

    def end(result: object) -> Ended:
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
def test_a_finished_command_prints_nothing_more(
    ending: Callable[[object], Ended], result: object, code: int
) -> None:
    assert ending(result) == (code, "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandFailed("what to mend"), 3),
        (CommandFailed("what to mend", ExitCode.FAILED), 1),
        (ConfigError("what to mend"), 3),
        (DatabaseUrlError("what to mend"), 3),
        (DatabaseNewer("what to mend"), 3),
        (DatabaseDamaged("what to mend"), 3),
        (DatabaseUnavailable("what to mend"), 1),
        (CommandFailed("what\nto\n  mend"), 3),
    ],
)
def test_an_error_of_the_user_is_one_line(
    ending: Callable[[object], Ended], error: Exception, code: int
) -> None:
    assert ending(error) == (code, "holdfast: what to mend\n")


def test_ctrl_c_ends_with_its_own_code(ending: Callable[[object], Ended]) -> None:
    code, output = ending(KeyboardInterrupt())
    assert (code, output.strip()) == (130, "holdfast: stopped")


def test_an_internal_error_shows_its_traceback_only_when_verbose(
    ending: Callable[[object], Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOLDFAST_TRACEBACK", raising=False)
    code, output = ending(ZeroDivisionError("division by zero"))
    assert code == 1
    assert (
        output
        == "holdfast: unexpected ZeroDivisionError: division by zero (a bug in Holdfast; set HOLDFAST_TRACEBACK=1 for the traceback)\n"
    )
    monkeypatch.setenv("HOLDFAST_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        ending(ZeroDivisionError("division by zero"))


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "-h"]])
def test_help_has_examples(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 0
    assert re.search(r"Examples:\n +holdfast ", capsys.readouterr().out)
