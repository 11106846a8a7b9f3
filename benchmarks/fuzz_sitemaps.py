"""Fuzz the readers of sitemaps, robots.txt, style sheets, pages and records with atheris.

    pip install atheris
    python benchmarks/fuzz_sitemaps.py -max_total_time=600 -timeout=10 [CORPUS]

Every reader must return a value, whatever the input.
"""

from __future__ import annotations

import sys

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["crawler", "store"]):
    from crawler.archives.mirror_urls import parse_mirror
    from crawler.http.charsets import decode_page
    from crawler.http.chunked import dechunk
    from crawler.http.fetch import FetchResponse
    from crawler.http.sitemaps import read_sitemap
    from crawler.http.urls import join_url, link_key, split_url
    from crawler.local_archive.model import RecordDamaged
    from crawler.local_archive.page_requisites import css_requisites, page_requisites
    from crawler.local_archive.warc_reader import read_record
    from crawler.politeness.robots import parse_robots

URL = "https://fuzz.example/a/b"


def read_anything(data: bytes) -> None:
    """Pass one input to every reader."""
    label, _, rest = data.partition(b"\n")
    headers = {"content-type": f"text/html; charset={label.decode('latin-1')}"}
    read_sitemap(rest, headers, URL)
    robots = parse_robots(FetchResponse(status=200, body=data))
    assert robots.crawl_delay >= 0
    robots.allows(URL)
    for sitemap in robots.sitemaps:
        join_url(URL, sitemap)
    encoding, text = decode_page(rest, headers["content-type"])
    text.encode()
    page_requisites(text, URL, encoding=encoding)
    css_requisites(text, URL)
    address = parse_mirror(f"https://web.archive.org/web/{text[:2_000]}")
    split_url((address.original if address else None) or text[:2_000])
    link_key(text[:2_000])
    dechunk(data)
    try:
        record = read_record(data)
        record.content, record.http_status, record.http_headers  # noqa: B018
    except RecordDamaged:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_anything)
    atheris.Fuzz()
