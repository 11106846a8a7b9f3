"""Capture pages into the local archive, from probes or with further requests, and verify them.

The format of the archive is in `crawler.local_archive`. The database queries that select the links
to be captured are in `store.work`. This package imports nothing itself, because reports need only
its module `replay_urls`.
"""
