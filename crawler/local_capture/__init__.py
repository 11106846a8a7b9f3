"""Capture pages into the local archive, from probes or by requests of their own, and verify them.

The format of the archive is in `crawler.local_archive`; which links want a copy, the store decides.
Import from the modules: nothing is imported here, as reports need only `replay_urls`.
"""
