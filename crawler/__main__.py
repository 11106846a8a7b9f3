"""Run `holdfast`: the entry point of `python -m crawler` and of the installed program.

It handles Ctrl-C before it imports the command line, which takes most of the time of a short
command. Until the command line takes over, nothing is open and Ctrl-C ends the process at once.
"""

import os
import sys

_STOPPED = 130  # ExitCode.STOPPED, which is not imported yet


def main() -> None:
    """Handle Ctrl-C, then import the command line, run it and exit."""
    try:
        sys.unraisablehook = _stop_or_report
        import signal  # noqa: PLC0415

        # A shell starts background jobs with SIGINT ignored, and that stays.
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _stop)
    except KeyboardInterrupt:
        _stop()

    from crawler.cli.main import main as run_command_line  # noqa: PLC0415

    run_command_line()


def _stop(*_: object) -> None:
    """End the process at once, silently: the terminal shows ^C, a JSON log gets only JSON."""
    os._exit(_STOPPED)


def _stop_or_report(unraisable: "sys.UnraisableHookArgs") -> None:
    """End the process if Ctrl-C came in a callback, where no exception can be raised.

    Python would print a traceback and continue.
    """
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _stop()
    sys.__unraisablehook__(unraisable)


if __name__ == "__main__":
    main()
