"""Check that the setup works: configuration, pages, database, notifications, network and API keys.

`run_checks` yields one result after the other. Nothing is changed, and no captures are requested.
"""

from crawler.doctor.checks import run_checks
from crawler.doctor.model import CheckResult, CheckStatus

__all__ = ["CheckResult", "CheckStatus", "run_checks"]
