"""Check that the setup works: configuration, pages, database, notifications, network and API keys.

`run_checks` yields one result after the other. Nothing is changed, and no captures are requested.
"""

from crawler.doctor.checks import run_checks
from crawler.doctor.model import Check, CheckStatus

__all__ = ["Check", "CheckStatus", "run_checks"]
