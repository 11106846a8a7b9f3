"""List the known archive services. A new one is an entry here and in the table of the tests.

See docs/archives.md. Sources are the services' documentation, and the URLs that the link bots of
Wikipedia found in use.
"""

from __future__ import annotations

import re

from crawler.archives.interface import MirrorUrlPattern, Service, Trust
from crawler.archives.snapshot_ids import freezepage_time, webcitation_time

_TIMESTAMP = r"(?P<timestamp>(?:19|20)\d{2,12})"
_MODIFIER = r"(?P<modifier>(?:[a-z]{2}\d?_)?)"
_MOMENT = rf"{_TIMESTAMP}{_MODIFIER}"
_ORIGINAL = r"(?P<original>[^/].*)"
_ABSOLUTE = r"(?P<original>(?i:(?:https?|ftp)(?::|%(?:25)*3a)(?:/|%(?:25)*2f)).+)"
_URL_PARAMETER = r"(?:[^#]*&)?url=(?P<quoted>[^&#]+).*"


def _pattern(pattern: str, original: str = "") -> MirrorUrlPattern:
    return MirrorUrlPattern(re.compile(pattern), original)


def _memento(prefix: str) -> MirrorUrlPattern:
    """Return the form most archives share: prefix, time, optional modifier, original."""
    return _pattern(rf"{prefix}/{_MOMENT}/{_ORIGINAL}")


def _captures(prefix: str) -> MirrorUrlPattern:
    """Return the form of a list of captures: the original is known, the time is not."""
    return _pattern(rf"{prefix}/\d{{0,14}}(?P<modifier>\*)/{_ORIGINAL}")


_WAYBACK = Service(
    name="wayback",
    title="Wayback Machine",
    trust=Trust.INSTITUTION,
    hosts=(
        "web.archive.org", "archive.org", "wayback.archive.org", "web.wayback.archive.org",
        "classic-web.archive.org", "replay.archive.org", "replay-web.archive.org",
        "web-beta.archive.org", "liveweb.archive.org", "waybackmachine.org",
    ),
    url_patterns=(
        _pattern(rf"/web/(?!/)(?P<timestamp>\d{{0,14}}){_MODIFIER}/(?:_embed/)?{_ORIGINAL}"),
        _pattern(rf"(?:/web)?/(?:(?P<timestamp>\d{{1,14}}){_MODIFIER}/)?(?:_embed/)?{_ABSOLUTE}"),
        # The list of captures of one URL; that of a whole site (…/*) contains no original.
        _pattern(r"(?:/web)?/\d{0,14}(?P<modifier>\*)/(?P<original>[^/].*[^*])"),
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
        _pattern(rf"/(?P<timestamp>(?:19|20)\d\d[\d.-]{{0,15}})/{_ORIGINAL}"),
        _pattern(rf"/(?:newest|oldest|timegate)/{_ORIGINAL}"),
        _pattern(rf"/{_ABSOLUTE}"),
        _pattern(
            r"/(?:wip/)?(?!(?:about|blog|donate|newest|news|oldest|search|submit|timegate|timemap)\b)"
            r"(?P<id>[A-Za-z0-9]{4,7})(?:[/?#].*)?"
        ),
    ),
    mirror_template="https://archive.today/{timestamp}/{original}",
)  # fmt: skip

_GOOGLE_CACHE = Service(
    name="google-cache",
    title="Google's cache",
    trust=Trust.ENDED,
    trust_source="Google removed it in 2024",
    hosts=("webcache.googleusercontent.com",),
    # Search terms may follow the URL after a + or space.
    url_patterns=(
        _pattern(
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
        _pattern(rf"/(?P<id>[0-9A-Za-z]{{9}})\?{_URL_PARAMETER}"),
        _pattern(r"/(?P<id>[0-9A-Za-z]{9})(?:[?#].*)?"),
        _pattern(
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
        _memento("/archive"),
        _pattern(r"/archive/(?P<id>[A-Za-z0-9]{5})(?:[/?#].*)?"),
        _pattern(
            r"/varchive/(?:youtube/(?P<timestamp>\d{8})/)?(?P<id>[\w-]{11})(?:[/?#].*)?",
            "https://www.youtube.com/watch?v={id}",
        ),
    ),
)

_NLA = Service(
    name="nla",
    title="Australian Web Archive",
    trust=Trust.INSTITUTION,
    hosts=(
        "nla.gov.au",
        "pandora.nla.gov.au",
        "webarchive.nla.gov.au",
        "content.webarchive.nla.gov.au",
        "trove.nla.gov.au",
    ),
    url_patterns=(
        _pattern(rf"/pan/\d+/(?P<timestamp>\d{{8}}(?:-\d{{4}})?)/{_ORIGINAL}"),
        _pattern(
            rf"/nph-arch/\d{{4}}/[A-Z](?P<year>\d{{4}})-(?P<month>[A-Z][a-z]{{2}})-(?P<day>\d\d?)/{_ORIGINAL}"
        ),
        _memento("/(?:gov|awa)(?:/wayback)?"),
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
        _pattern(
            rf"/(?:(?:ref|pc)/)?(?P<timestamp>(?:19|20)\d\d-\d{{4}}-\d{{4}}-\d{{2}})/{_ORIGINAL}"
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
            _pattern(r"/(?P<id>[A-Za-z0-9]{4}-[A-Za-z0-9]{4}|0[A-Za-z0-9]{8,10})(?:[/?#].*)?"),
            _memento("(?:/[^/?#]+)*"),
            _pattern(rf"/warc/(?P<id>[A-Za-z0-9]{{4}}-[A-Za-z0-9]{{4}})/{_ORIGINAL}"),
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
        url_patterns=(_pattern(r"/(?P<id>[A-Za-z0-9]+)(?:[/?#].*)?"),),
    ),
    Service(
        name="arquivo.pt",
        title="Arquivo.pt",
        trust=Trust.INSTITUTION,
        hosts=("arquivo.pt", "preprod.arquivo.pt"),
        url_patterns=(
            _memento("(?:/wayback){1,2}"),
            _memento("/noFrame/replay"),
            _captures("(?:/wayback){1,2}"),
        ),
        mirror_template="https://arquivo.pt/wayback/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="archive-it",
        title="Archive-It",
        trust=Trust.INSTITUTION,
        hosts=("archive-it.org", "wayback.archive-it.org"),
        url_patterns=(
            _memento(r"/(?:\d+|all|org-\d+|collections/\d+)"),
            _captures(r"/(?:\d+|all|org-\d+|collections/\d+)"),
        ),
        mirror_template="https://wayback.archive-it.org/all/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="loc.gov",
        title="Library of Congress",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.loc.gov",),
        url_patterns=(
            _memento(r"/(?:all|legacy|web|congress\d+|lcwa[A-Z0-9]+)"),
            _captures(r"/(?:all|legacy|web|congress\d+|lcwa[A-Z0-9]+)"),
        ),
        mirror_template="https://webarchive.loc.gov/all/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="ukgwa",
        title="UK Government Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.nationalarchives.gov.uk",),
        url_patterns=(
            _memento("(?:/(?:ukgwa|tna)(?:/timeline1)?)?"),
            _pattern(rf"(?:/(?:ukgwa|tna))?/(?P<modifier>[+*])/{_ORIGINAL}"),
        ),
        mirror_template="https://webarchive.nationalarchives.gov.uk/ukgwa/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="ukwa",
        title="UK Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.org.uk",),
        url_patterns=(
            _memento("/(?:[a-z]{2}/)?wayback/(?:[a-z]{2}/)?[a-z]+"),
            _memento("/(?:[a-z]{2}/)?(?:ukwa/)?(?:wayback/)?archive"),
            _captures("/(?:[a-z]{2}/)?wayback/(?:[a-z]{2}/)?[a-z]+"),
        ),
        mirror_template="https://www.webarchive.org.uk/wayback/archive/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="uk-parliament",
        title="UK Parliament Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.parliament.uk",),
        url_patterns=(_memento(""),),
        mirror_template="https://webarchive.parliament.uk/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="proni",
        title="Public Record Office of Northern Ireland",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.proni.gov.uk",),
        url_patterns=(_memento(""),),
        mirror_template="https://webarchive.proni.gov.uk/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="stanford",
        title="Stanford Web Archive Portal",
        trust=Trust.INSTITUTION,
        hosts=(
            "swap.stanford.edu",
            "sul-swap.stanford.edu",
            "swap-prod.stanford.edu",
            "wayback.stanford.edu",
            "sul-swap-prod.stanford.edu",
        ),
        url_patterns=(_memento("(?:/was)?"),),
        mirror_template="https://swap.stanford.edu/was/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="vefsafn",
        title="Vefsafn.is",
        trust=Trust.INSTITUTION,
        hosts=("vefsafn.is", "wayback.vefsafn.is"),
        url_patterns=(_memento("/(?:wayback|is)"),),
        mirror_template="https://wayback.vefsafn.is/wayback/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="veebiarhiiv",
        title="Eesti veebiarhiiv",
        trust=Trust.INSTITUTION,
        hosts=("veebiarhiiv.digar.ee",),
        url_patterns=(_memento("/a"),),
        mirror_template="https://veebiarhiiv.digar.ee/a/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="eot",
        title="End of Term Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("eot.us.archive.org", "eotarchive.cdlib.org"),
        url_patterns=(_memento("/(?:eot|search/[^/?#]+|[^/?#]+)"), _captures("/eot")),
    ),
    Service(
        name="webharvest",
        title="Congressional and Federal Government Web Harvests",
        trust=Trust.INSTITUTION,
        hosts=("webharvest.gov",),
        url_patterns=(_memento("/[A-Za-z0-9]+"),),
    ),
    Service(
        name="bibalex",
        title="Bibliotheca Alexandrina",
        trust=Trust.INSTITUTION,
        hosts=("web.archive.bibalex.org",),
        url_patterns=(_memento("/web"),),
        mirror_template="http://web.archive.bibalex.org/web/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="lac",
        title="Library and Archives Canada",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.bac-lac.gc.ca", "collectionscanada.gc.ca", "collectionscanada.ca"),
        url_patterns=(_memento("/wayback"), _memento("/(?:archivesweb|webarchives)")),
    ),
    Service(
        name="nlb",
        title="National Library Board Singapore",
        trust=Trust.INSTITUTION,
        hosts=("eresources.nlb.gov.sg",),
        url_patterns=(_memento("/webarchives/wayback"),),
        mirror_template="https://eresources.nlb.gov.sg/webarchives/wayback/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="york",
        title="York University Libraries",
        trust=Trust.INSTITUTION,
        hosts=("digital.library.yorku.ca",),
        url_patterns=(_memento("/wayback"),),
    ),
    Service(
        name="padicat",
        title="PADICAT",
        trust=Trust.INSTITUTION,
        hosts=("padi.cat",),
        url_patterns=(_memento("/wayback"),),
    ),
    Service(
        name="nukrobi",
        title="Spletni arhiv NUK",
        trust=Trust.INSTITUTION,
        hosts=("nukrobi2.nuk.uni-lj.si",),
        url_patterns=(_memento("/wayback"),),
    ),
    Service(
        name="internet-memory",
        title="Internet Memory Foundation",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: serves no copies",
        hosts=(
            "collection.europarchive.org",
            "collections.europarchive.org",
            "collection.internetmemory.org",
            "collections.internetmemory.org",
        ),
        url_patterns=(_memento("/[a-z]+"),),
    ),
    Service(
        name="wikiwix",
        title="Wikiwix",
        trust=Trust.OPERATOR,
        hosts=("archive.wikiwix.com",),
        url_patterns=(_memento("/cache"), _pattern(rf"/cache/(?:\w+\.php)?\?{_URL_PARAMETER}")),
    ),
    Service(
        name="timetravel",
        title="Memento Time Travel",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: its host name does not exist; it ended on 2025-09-05",
        hosts=("timetravel.mementoweb.org",),
        url_patterns=(_memento("/(?:memento|api/json)"),),
    ),
    Service(
        name="conifer",
        title="Conifer",
        trust=Trust.OPERATOR,
        hosts=("conifer.rhizome.org", "webrecorder.io"),
        url_patterns=(_memento("/[^/?#]+/[^/?#]+(?:/list/[^/?#]+/[^/?#]+)?"),),
    ),
    _NLA,
    Service(
        name="freezepage",
        title="FreezePage",
        trust=Trust.OPERATOR,
        hosts=("freezepage.com",),
        url_patterns=(_pattern(r"/(?P<id>\d{10}[A-Z]+)(?:[/?#].*)?"),),
        time_of_id=freezepage_time,
    ),
    Service(
        name="archive.st",
        title="Archive.st",
        trust=Trust.OPERATOR,
        hosts=("archive.st",),
        # Of the original it contains the host alone, which is no URL.
        url_patterns=(
            _pattern(
                r"/archive/(?P<year>\d{4})/(?P<month>\d\d?)/(?P<day>\d\d?)/[^/?#]+/(?P<id>[A-Za-z0-9]+)(?:[/?#].*)?"
            ),
        ),
    ),
    _GOOGLE_CACHE,
    # The original is among its search terms, if at all.
    Service(
        name="bing-cache",
        title="Bing's cache",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: serves no copies",
        hosts=("cc.bingj.com",),
        url_patterns=(_pattern(r"/cache\.aspx\?(?:[^#]*&)?d=(?P<id>\d+).*"),),
    ),
    Service(
        name="yandex-cache",
        title="Yandex's cache",
        trust=Trust.ENDED,
        trust_source="observed 2026-09-30: serves no copies",
        hosts=("hghltd.yandex.net", "yandexwebcache.net"),
        url_patterns=(_pattern(rf"/yandbtm\?{_URL_PARAMETER}"),),
    ),
)
