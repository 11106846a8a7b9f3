"""Scrapy extensions: how probes pass through Scrapy's engine.

`EngineFetch` sends a prober's request through a running crawler, `ImmediateDownloader` passes it on
without a queue, and `ProbeDownloadHandler` sends it by our HTTP clients. What of Scrapy is used,
what is replaced and what that gains is in docs/decisions/0007-what-of-scrapy-we-use.md.
"""
