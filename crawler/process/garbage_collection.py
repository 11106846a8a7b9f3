"""Set how often Python's garbage collector runs in each phase of a command.

By default it would take a tenth of the time of a short command. Objects of imported modules are
never freed, so it is useless to search them. A command has three phases: it imports the command
line (`disable_for_start`), then its own modules (`enable_for_imports`), and then does its work.
"""

from __future__ import annotations

import gc
from typing import Final

# The number of new objects that starts a collection; Python's default is 700 to 2,000.
_THRESHOLD_FOR_IMPORTS: Final = 1_000_000
_THRESHOLD_FOR_SHORT_WORK: Final = 100_000
_THRESHOLD_FOR_CRAWLS: Final = 10_000  # a crawl runs for hours, so garbage must not pile up
_OLDER_GENERATIONS: Final = (20, 20)  # collections of younger objects before one of older ones


def disable_for_start() -> None:
    """Disable the collector while the command line is imported."""
    gc.disable()


def enable_for_imports() -> None:
    """Enable the collector that `disable_for_start` disabled, at the highest threshold."""
    if not gc.isenabled():
        gc.enable()
        gc.set_threshold(_THRESHOLD_FOR_IMPORTS, *_OLDER_GENERATIONS)


def enable_for_work() -> None:
    """Exclude the objects that exist from collection, and collect more often from now on.

    It has no effect where `enable_for_imports` did not enable the collector, as in tests.
    """
    if gc.get_threshold()[0] >= _THRESHOLD_FOR_IMPORTS:
        gc.freeze()
        gc.set_threshold(_THRESHOLD_FOR_SHORT_WORK, *_OLDER_GENERATIONS)


def enable_for_crawls() -> None:
    """Exclude the objects that exist from collection, and collect as often as a long job needs.

    To search the imported modules would take 5 % of the time of a long job.
    """
    gc.freeze()
    gc.set_threshold(_THRESHOLD_FOR_CRAWLS, *_OLDER_GENERATIONS)
