"""Capture pages into the local archive, from probes or with further requests, and verify them.

The format of the archive is in `crawler.local_archive`. Queries of the store select the links that
need a copy. Import from the modules: nothing is imported here, as reports need only `replay_urls`.
"""
