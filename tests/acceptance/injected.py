"""Run `holdfast` with a function that raises an unexpected exception for chosen arguments.

python -m tests.acceptance.injected MODULE:NAME WORD ARGUMENTS...
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

from crawler.cli.main import run
from crawler.jobs.job import Job


class Unexpected(Exception):
    """An exception that no code expects."""


def failing(function: Callable[..., Any], word: str) -> Callable[..., Any]:
    """Make a function fail if a word is in its arguments; those that are jobs do not count."""

    def check(*arguments: Any, **named: Any) -> None:
        values = [
            argument for argument in (*arguments, *named.values()) if not isinstance(argument, Job)
        ]
        if word in repr(values):
            raise Unexpected("words from outside")

    @wraps(function)
    async def asynchronous(*arguments: Any, **named: Any) -> Any:
        check(*arguments, **named)
        return await function(*arguments, **named)

    @wraps(function)
    def synchronous(*arguments: Any, **named: Any) -> Any:
        check(*arguments, **named)
        return function(*arguments, **named)

    return asynchronous if inspect.iscoroutinefunction(function) else synchronous


def main() -> None:
    place, word, *arguments = sys.argv[1:]
    module, _, names = place.partition(":")
    owner: Any = import_module(module)
    *path, last = names.split(".")
    for name in path:
        owner = getattr(owner, name)
    setattr(owner, last, failing(getattr(owner, last), word))
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
