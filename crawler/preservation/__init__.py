"""Preserve cited pages in web archives: look up mirrors, request captures, review mirrors.

`run_archive_step` is the whole step. The archives' clients are in `crawler.archive_clients`, and
copies on the local disk in `crawler.local_capture`.

Import from the modules: nothing is imported here, as jobs without lookups do not need the archives'
clients.
"""
