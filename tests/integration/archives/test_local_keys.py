"""Test the keys of the local index against the reference library's, which pywb uses."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

from crawler.http.urls import request_url
from crawler.local_archive.surt import surt_key

HOSTS = [
    "example.org",
    "www.example.org",
    "WWW3.Example.ORG",
    "a.b.c.example",
    "192.0.2.1",
    "例え.jp",
    "example.org.",
    "www.com",
    "ww.example",
]
PATHS = [
    "/",
    "//",
    "/a",
    "/A/b",
    "/a/",
    "/a/../b",
    "/./a",
    "/a/./b/..",
    "/..",
    "/a%20b",
    "/%7ea",
    "/%2561",
    "/%25252561",
    "/%e5%9b%be",
    "/图",
    "/a;jsessionid=0123456789abcdef0123456789abcdef",
    "/(a(0123456789abcdefghijklmn))/p.aspx",
    "/(0123456789abcdefghijklmn)/x/p.aspx",
    "/(0123456789abcdefghijklmn)/p.html",
    "/x:y@z",
    "/a+b",
    "/a'b",
    "/a|b",
    "/%",
    "/%zz",
    "/a%2Fb",
    "/index.html",
    "/~u/",
    "/a,b",
    "/a\\b",
    "/%23",
    "/%3f",
    "/a%00b",
    "/(a)/b.aspx",
]
QUERIES = [
    "?",
    "?a=1",
    "?b=2&a=1",
    "?A=B",
    "?&",
    "?a&b=&c",
    "?a=1&a=0",
    "?sid=0123456789abcdef0123456789abcdef",
    "?x=1&sid=0123456789abcdef0123456789abcdef&y=2",
    "?sid=12",
    "?jsessionid=0123456789abcdef0123456789abcdef&",
    "?x=1&PHPSESSID=0123456789abcdef0123456789abcdef",
    "?ASPSESSIONIDABCDEFGH=abcdefghijklmnopqrstuvwx&a",
    "?cfid=1&cftoken=2&z=3",
    "?a=%26b",
    "?u=http://x.y/?z",
    "?q=%C4%E3",
    "?a=1#f",
    "?a?b",
    "?%",
    "?a=b=c&a=b",
    "?a=/../b",
    "?a=//b",
    "?图=图",
]
PORTS = ["", ":80", ":443", ":8080", ":"]
_REFERENCE = """
import json, sys, warnings
warnings.simplefilter("ignore")  # the source of surt has escapes that newer Pythons warn of
import surt
print(json.dumps([surt.surt(url) for url in json.load(sys.stdin)]))
"""


def test_keys_equal_those_of_the_reference_library(pywb_programs: Path) -> None:
    chooser = random.Random(5)
    candidates = [
        f"{scheme}://{chooser.choice(['', '', 'u@', 'u:p@'])}{chooser.choice(HOSTS)}{chooser.choice(PORTS)}{path}{query}"
        for scheme in ("http", "HTTPS")
        for path in PATHS
        for query in ["", *QUERIES]
    ]
    urls = [request_url(url) for url in candidates]
    completed = subprocess.run(
        [pywb_programs / "python", "-c", _REFERENCE],
        input=json.dumps(urls),
        capture_output=True,
        text=True,
        check=True,
    )
    reference_keys = json.loads(completed.stdout)
    assert [(url, surt_key(url)) for url in urls] == list(zip(urls, reference_keys, strict=True))
