"""List the web archives of libraries, archives, parliaments and universities.

Those in Europe are in `crawler.archives.institutions_in_europe`. Most of them replay by pywb or
OpenWayback, whose URLs differ in their prefix alone. Where an entry names no source, its patterns
are those of the link bots of Wikipedia (InternetArchiveBot, `APII.php`; GreenC's WaybackMedic).

The functions of `url_patterns` take a pattern for the path before the time, and return patterns of
URLs below it: `memento` is PATH/TIME/ORIGINAL, `captures` the list PATH/*/ORIGINAL, `latest` is
PATH/ORIGINAL without a time, and `replay` is all three.
"""

from __future__ import annotations

from typing import Final

from crawler.archives.institutions_in_europe import EUROPEAN_INSTITUTIONS
from crawler.archives.interface import MirrorUrlPattern, Service, Trust
from crawler.archives.url_patterns import captures, latest, memento, replay

_ANY_FOLDER = "/[A-Za-z0-9]+"
# PANDORA leaves out the scheme. A first segment that looks like a file name is not a host.
_PANDORA_ORIGINAL = (
    r"(?P<original>(?![^/]*\.(?:aspx?|cfm|docx?|gif|html?|jpe?g|jsp|pdf|php|png|txt)(?:[/?#]|$))"
    r"[^/].*)"
)

_NLA = Service(
    name="nla",
    title="Australian Web Archive",
    trust=Trust.INSTITUTION,
    # web.archive.org.au: https://github.com/webis-de/archive-query-log, list of archives.
    hosts=(
        "nla.gov.au",
        "pandora.nla.gov.au",
        "webarchive.nla.gov.au",
        "content.webarchive.nla.gov.au",
        "trove.nla.gov.au",
        "web.archive.org.au",
    ),
    url_patterns=(
        MirrorUrlPattern(rf"/pan/\d+/(?P<timestamp>\d{{8}}(?:-\d{{4}})?)/{_PANDORA_ORIGINAL}"),
        MirrorUrlPattern(
            r"/nph-arch/\d{4}/[A-Z](?P<year>\d{4})-(?P<month>[A-Z][a-z]{2})-(?P<day>\d\d?)/(?P<original>[^/].*)"
        ),
        *replay("/(?:(?:gov|awa)(?:-nobanner)?(?:/wayback)?|wayback|nph-wb)"),
    ),
)

# The older form of its URLs contains the id of a collection of many pages, and no time.
# Source: URLs cited in public repositories, 2011 to 2026.
_WARP = Service(
    name="warp",
    title="国立国会図書館インターネット資料収集保存事業 (WARP)",
    trust=Trust.INSTITUTION,
    hosts=("warp.ndl.go.jp", "warp.da.ndl.go.jp"),
    url_patterns=(
        *replay("/(?:web|[0-9]+)"),
        MirrorUrlPattern(
            r"/(?:[a-z]+/)*info(?::|%3[Aa])ndljp/pid/\d+/(?P<original>(?:https?:/+)?[^/?#]+\..+)"
        ),
        MirrorUrlPattern(r"/[^?#]*\?(?:[^#]*&)?originalUrl=(?P<quoted>[^&#]+).*"),
    ),
)

INSTITUTIONS: Final[tuple[Service, ...]] = (
    *EUROPEAN_INSTITUTIONS,
    Service(
        name="archive-it",
        title="Archive-It",
        trust=Trust.INSTITUTION,
        hosts=("archive-it.org", "wayback.archive-it.org", "web.archive-it.org"),
        url_patterns=replay(r"/(?:\d+(?:-test)?|all|org-\d+|collections/\d+)"),
        mirror_template="https://wayback.archive-it.org/all/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="loc.gov",
        title="Library of Congress",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.loc.gov", "webarchives.loc.gov"),
        url_patterns=(memento(_ANY_FOLDER), captures(_ANY_FOLDER), latest("/(?:all|web|legacy)")),
        mirror_template="https://webarchive.loc.gov/all/{timestamp}{modifier}/{original}",
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
        url_patterns=replay("(?:/was|/web)?"),
        mirror_template="https://swap.stanford.edu/was/{timestamp}{modifier}/{original}",
    ),
    _WARP,
    _NLA,
    # Sources of the next ones: https://github.com/webis-de/archive-query-log (list of archives),
    # https://github.com/overbrowsing/wasteback-machine (src/archives), mementoweb/robustlinks.
    Service(
        name="ntu-taiwan",
        title="臺灣大學網站典藏庫",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.lib.ntu.edu.tw",),
        url_patterns=replay("/archive/wayback"),
    ),
    Service(
        name="natlib-nz",
        title="New Zealand Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("ndhadeliver.natlib.govt.nz",),
        url_patterns=replay("/webarchive"),
    ),
    Service(
        name="banq",
        title="Bibliothèque et Archives nationales du Québec",
        trust=Trust.INSTITUTION,
        hosts=("waext.banq.qc.ca",),
        url_patterns=replay("/wayback"),
    ),
    Service(
        name="nli-israel",
        title="ארכיון האינטרנט הישראלי",
        trust=Trust.INSTITUTION,
        hosts=("wayback.nli.org.il",),
        url_patterns=replay(""),
    ),
    Service(
        name="unt",
        title="University of North Texas Libraries",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.library.unt.edu",),
        url_patterns=(memento(_ANY_FOLDER), captures(_ANY_FOLDER)),
    ),
    Service(
        name="eot",
        title="End of Term Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("eot.us.archive.org", "eotarchive.cdlib.org"),
        url_patterns=(memento("/(?:search/[^/?#]+|[^/?#]+)"), captures("/eot"), latest("/eot")),
    ),
    Service(
        name="webharvest",
        title="Congressional and Federal Government Web Harvests",
        trust=Trust.INSTITUTION,
        hosts=("webharvest.gov",),
        url_patterns=(memento(f"(?:{_ANY_FOLDER})?"), captures(_ANY_FOLDER)),
    ),
    Service(
        name="bibalex",
        title="Bibliotheca Alexandrina",
        trust=Trust.INSTITUTION,
        hosts=("web.archive.bibalex.org", "archive.bibalex.org", "web.petabox.bibalex.org"),
        url_patterns=replay("(?:/web)?"),
        mirror_template="http://web.archive.bibalex.org/web/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="lac",
        title="Library and Archives Canada",
        trust=Trust.INSTITUTION,
        # webarchiveweb: https://github.com/overbrowsing/wasteback-machine, src/archives/gcwa.
        hosts=(
            "webarchive.bac-lac.gc.ca",
            "collectionscanada.gc.ca",
            "collectionscanada.ca",
            "webarchiveweb.wayback.bac-lac.canada.ca",
            "webarchiveweb.bac-lac.canada.ca",
        ),
        url_patterns=replay("/(?:wayback|archivesweb|webarchives|web|lac-all)"),
    ),
    Service(
        name="nlb",
        title="National Library Board Singapore",
        trust=Trust.INSTITUTION,
        hosts=("eresources.nlb.gov.sg",),
        url_patterns=replay("/webarchives/wayback"),
        mirror_template="https://eresources.nlb.gov.sg/webarchives/wayback/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="york",
        title="York University Libraries",
        trust=Trust.INSTITUTION,
        hosts=("digital.library.yorku.ca", "wayback.library.yorku.ca"),
        url_patterns=replay("/(?:wayback|all)"),
    ),
)
