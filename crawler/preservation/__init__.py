"""Preserve cited pages in web archives: look up mirrors, request captures, review mirrors.

`run_archive_step` is the whole step. The archives' clients are in `crawler.archive_clients`, and
copies on the local disk in `crawler.local_capture`.
"""

from crawler.preservation.archive_session import WAYBACK, configured_services, may_capture
from crawler.preservation.archive_step import run_archive_step
from crawler.preservation.captures import NO_SESSION

__all__ = ["NO_SESSION", "WAYBACK", "configured_services", "may_capture", "run_archive_step"]
