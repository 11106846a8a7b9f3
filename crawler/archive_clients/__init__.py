"""Query web archives over HTTP: look up snapshots, request captures, and poll pending captures.

`WaybackClient`, `SavePageNowClient` and `MementoClient` block; `AsyncArchive` runs them in worker
threads at the service's rate. What archives are is in `crawler.archives`.
"""
