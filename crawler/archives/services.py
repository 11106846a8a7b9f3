"""List the known archive services. A new one is an entry here and in the table of the tests.

See docs/archives.md. Sources are the services' documentation, and the URLs that the link bots of
Wikipedia found in use. The web archives of institutions are in `crawler.archives.institutions`.

The functions of `url_patterns` take a pattern for the path before the time, and return patterns of
URLs below it: `memento` is PATH/TIME/ORIGINAL, `captures` the list PATH/*/ORIGINAL, `latest` is
PATH/ORIGINAL without a time. `MirrorUrlPattern` takes a pattern for the whole path. In patterns of
queries, `(?:(?=…NAME=(…))|)` reads a parameter that may be missing or at any place.
"""

from __future__ import annotations

from crawler.archives.institutions import INSTITUTIONS
from crawler.archives.interface import MirrorUrlPattern, Service, Trust
from crawler.archives.snapshot_ids import freezepage_time, webcitation_time
from crawler.archives.url_patterns import (
    ABSOLUTE_ORIGINAL,
    MODIFIER,
    ORIGINAL,
    URL_PARAMETER,
    captures,
    latest,
    memento,
)

_WAYBACK = Service(
    name="wayback",
    title="Wayback Machine",
    trust=Trust.INSTITUTION,
    hosts=(
        "web.archive.org", "archive.org", "wayback.archive.org", "web.wayback.archive.org",
        "classic-web.archive.org", "replay.archive.org", "replay-web.archive.org",
        "web-beta.archive.org", "liveweb.archive.org", "waybackmachine.org",
        "web.waybackmachine.org", "api.wayback.archive.org", "replay.web.archive.org",
        "replay.waybackmachine.org",
    ),
    url_patterns=(
        MirrorUrlPattern(rf"/web/(?!/)(?P<timestamp>\d{{0,14}}){MODIFIER}/(?:_embed/)?{ORIGINAL}"),
        MirrorUrlPattern(
            rf"(?:/web|/memento|/liveweb)?/(?:(?P<timestamp>\d{{1,14}}){MODIFIER}/)?(?:_embed/)?{ABSOLUTE_ORIGINAL}"
        ),
        captures("(?:/web)?"),
    ),
    mirror_template="https://web.archive.org/web/{timestamp}{modifier}/{original}",
)  # fmt: skip

_ARCHIVE_TODAY = Service(
    name="archive.today",
    title="archive.today",
    # Wikipedia's decision of 2026-02-20: altered snapshots, visitors used for an attack.
    trust=Trust.DOUBTED,
    trust_source="https://en.wikipedia.org/wiki/Wikipedia:Requests_for_comment/Archive.is_RFC_5",
    hosts=(
        "archive.today", "archive.is", "archive.ph", "archive.li", "archive.fo", "archive.vn",
        "archive.md",
        "archiveiya74codqgiixo33q62qlrqtkgmcitqx5u2oeqnmn5bpcbiyd.onion", "archivecaslytosk.onion",
    ),
    url_patterns=(
        MirrorUrlPattern(rf"/(?P<timestamp>(?:19|20)\d\d[\d.-]{{0,15}})/{ORIGINAL}"),
        MirrorUrlPattern(rf"/(?:newest|oldest|timegate)/{ORIGINAL}"),
        MirrorUrlPattern(rf"/{ABSOLUTE_ORIGINAL}"),
        # A link on the page of a snapshot: the id is that of the snapshot, not of the link.
        MirrorUrlPattern(rf"/o/[A-Za-z0-9]{{4,7}}/{ORIGINAL}"),
        MirrorUrlPattern(r"/(?P<original>(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}/.*)"),
        MirrorUrlPattern(
            r"/(?:wip/)?(?!(?:about|blog|donate|newest|news|oldest|search|submit|timegate|timemap)\b)"
            r"(?P<id>[A-Za-z0-9]{4,7})(?:[/?#].*)?"
        ),
    ),
    mirror_template="https://archive.today/{timestamp}/{original}",
)  # fmt: skip

_PERMA_ID = r"/(?P<id>[A-Za-z0-9]{4}-[A-Za-z0-9]{4}|0[A-Za-z0-9]{8,10})"

_GOOGLE_CACHE = Service(
    name="google-cache",
    title="Google's cache",
    trust=Trust.ENDED,
    trust_source="Google removed it in 2024",
    hosts=("webcache.googleusercontent.com",),
    # Search terms may follow the URL after a + or space.
    url_patterns=(
        MirrorUrlPattern(
            r"/search\?(?:[^#]*&)?q=cache(?::|%3[Aa])(?:[\w-]{12}(?::|%3[Aa]))?(?P<quoted>(?:(?!%20)[^+&#\s])+).*"
        ),
    ),
)

_WEBCITATION = Service(
    name="webcitation",
    title="WebCite",
    trust=Trust.ENDED,
    trust_source="observed 2026-09-30: read-only stubs, on and off",
    hosts=("webcitation.org",),
    url_patterns=(
        MirrorUrlPattern(rf"/(?P<id>[0-9A-Za-z]{{9}})\?{URL_PARAMETER}"),
        MirrorUrlPattern(r"/(?P<id>[0-9A-Za-z]{9})(?:[?#].*)?"),
        MirrorUrlPattern(
            r"/query(?:\.php)?\?(?:(?=(?:[^#]*&)?id=(?P<id>[0-9A-Za-z]+))|)(?:(?=(?:[^#]*&)?url=(?P<quoted>[^&#]+))|)"
            r"(?:(?=(?:[^#]*&)?date=(?P<timestamp>[\d-]+))|).*"
        ),
    ),
    time_of_id=webcitation_time,
)

_GHOSTARCHIVE = Service(
    name="ghostarchive",
    title="Ghost Archive",
    trust=Trust.OPERATOR,
    hosts=("ghostarchive.org",),
    url_patterns=(
        memento("/archive"),
        MirrorUrlPattern(r"/archive/(?P<id>[A-Za-z0-9]{5})(?:[/?#].*)?"),
        MirrorUrlPattern(
            r"/varchive/(?:youtube/(?P<timestamp>\d{8})/)?(?P<id>[\w-]{11})(?:[/?#].*)?",
            "https://www.youtube.com/watch?v={id}",
        ),
    ),
)

_MEGALODON = Service(
    name="megalodon",
    title="ウェブ魚拓",
    trust=Trust.OPERATOR,
    hosts=(
        "megalodon.jp",
        "s01.megalodon.jp",
        "s02.megalodon.jp",
        "s03.megalodon.jp",
        "s04.megalodon.jp",
    ),
    url_patterns=(
        MirrorUrlPattern(
            rf"/(?:(?:ref|pc)/)?(?P<timestamp>(?:19|20)\d\d-\d{{4}}-\d{{4}}-\d{{2}})/{ORIGINAL}"
        ),
    ),
    utc_offset=9,
)

SERVICES: tuple[Service, ...] = (
    _WAYBACK,
    _ARCHIVE_TODAY,
    Service(
        name="perma.cc",
        title="Perma.cc",
        trust=Trust.INSTITUTION,
        hosts=("perma.cc", "perma-archives.org", "rejouer.perma.cc"),
        url_patterns=(
            # The form that Wikipedia writes; the service ignores the query.
            MirrorUrlPattern(
                rf"{_PERMA_ID}\?(?:(?=(?:[^#]*&)?ts=(?P<timestamp>(?:19|20)\d{{2,12}})(?:[&#]|\Z))|){URL_PARAMETER}"
            ),
            MirrorUrlPattern(rf"{_PERMA_ID}(?:[/?#].*)?"),
            memento("(?:/[^/?#]+)*"),
            MirrorUrlPattern(rf"/warc/(?P<id>[A-Za-z0-9]{{4}}-[A-Za-z0-9]{{4}})/{ORIGINAL}"),
        ),
    ),
    _GHOSTARCHIVE,
    _WEBCITATION,
    _MEGALODON,
    # Short links of the same service: they contain neither the original nor the time.
    Service(
        name="gyotaku",
        title="ウェブ魚拓 (gyo.tc)",
        trust=Trust.OPERATOR,
        hosts=("gyo.tc",),
        url_patterns=(MirrorUrlPattern(r"/(?P<id>[A-Za-z0-9]+)(?:[/?#].*)?"),),
    ),
    *INSTITUTIONS,
    Service(
        name="internet-memory",
        title="Internet Memory Foundation",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: serves no copies",
        hosts=(
            "tna.europarchive.org",
            "collection.europarchive.org",
            "collections.europarchive.org",
            "collection.internetmemory.org",
            "collections.internetmemory.org",
        ),
        url_patterns=(memento("(?:/[a-z]+)?"),),
    ),
    Service(
        name="wikiwix",
        title="Wikiwix",
        trust=Trust.OPERATOR,
        hosts=("archive.wikiwix.com",),
        url_patterns=(
            memento("/cache"),
            MirrorUrlPattern(rf"/cache/(?:\w+\.php)?\?{URL_PARAMETER}"),
        ),
    ),
    Service(
        name="timetravel",
        title="Memento Time Travel",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: its host name does not exist; it ended on 2025-09-05",
        hosts=("timetravel.mementoweb.org",),
        url_patterns=(memento("/(?:memento|api/json|list|reconstruct)"), latest("/timegate")),
    ),
    Service(
        name="conifer",
        title="Conifer",
        trust=Trust.OPERATOR,
        hosts=("conifer.rhizome.org", "webrecorder.io"),
        url_patterns=(memento("/[^/?#]+/[^/?#]+(?:/list/[^/?#]+/[^/?#]+)?"),),
    ),
    Service(
        name="freezepage",
        title="FreezePage",
        trust=Trust.OPERATOR,
        hosts=("freezepage.com",),
        url_patterns=(MirrorUrlPattern(r"/(?P<id>\d{10}[A-Z]+)(?:[/?#].*)?"),),
        time_of_id=freezepage_time,
    ),
    Service(
        name="archive.st",
        title="Archive.st",
        trust=Trust.OPERATOR,
        hosts=("archive.st",),
        # Its URLs contain only the host of the original.
        url_patterns=(
            MirrorUrlPattern(
                r"/archive/(?P<year>\d{4})/(?P<month>\d\d?)/(?P<day>\d\d?)/[^/?#]+/(?P<id>[A-Za-z0-9]+)(?:[/?#].*)?"
            ),
        ),
    ),
    _GOOGLE_CACHE,
    # Only its search terms may contain the original.
    Service(
        name="bing-cache",
        title="Bing's cache",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: serves no copies",
        hosts=("cc.bingj.com",),
        url_patterns=(MirrorUrlPattern(r"/cache\.aspx\?(?:[^#]*&)?d=(?P<id>\d+).*"),),
    ),
    Service(
        name="yandex-cache",
        title="Yandex's cache",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: serves no copies",
        hosts=("hghltd.yandex.net", "yandexwebcache.net"),
        url_patterns=(MirrorUrlPattern(rf"/yandbtm\?{URL_PARAMETER}"),),
    ),
)
