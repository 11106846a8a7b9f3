"""Capture pages into the local archive, from probes or by requests of their own, and verify them.

The format of the archive is in `crawler.local_archive`; which links want a copy, the store decides.
"""

from crawler.local_capture.job import (
    capture_locally,
    complete_captures,
    incomplete_captures,
    wanted_local_captures,
)
from crawler.local_capture.probe_capture import capture_from_probes
from crawler.local_capture.replay_urls import update_replay_urls
from crawler.local_capture.verify import verify_local_mirrors

__all__ = [
    "capture_from_probes",
    "capture_locally",
    "complete_captures",
    "incomplete_captures",
    "update_replay_urls",
    "verify_local_mirrors",
    "wanted_local_captures",
]
