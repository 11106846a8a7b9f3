"""List the web archives of institutions in Europe; those of others are in `institutions`.

Where an entry names no source, its patterns are those of the link bots of Wikipedia
(InternetArchiveBot, `APII.php`; GreenC's WaybackMedic). The functions that build patterns are
described in `crawler.archives.url_patterns`.
"""

from __future__ import annotations

from typing import Final

from crawler.archives.interface import MirrorUrlPattern, Service, Trust
from crawler.archives.url_patterns import replay

EUROPEAN_INSTITUTIONS: Final[tuple[Service, ...]] = (
    Service(
        name="arquivo.pt",
        title="Arquivo.pt",
        trust=Trust.INSTITUTION,
        hosts=("arquivo.pt", "preprod.arquivo.pt"),
        url_patterns=replay("/(?:(?:wayback/)?wayback|wayback/(?:all|web)|all|web|noFrame/replay)"),
        mirror_template="https://arquivo.pt/wayback/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="ukgwa",
        title="UK Government Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.nationalarchives.gov.uk", "webarchives.nationalarchives.gov.uk"),
        url_patterns=(
            *replay("(?:/(?:ukgwa|tna)(?:/timeline1|/nobanner)?)?"),
            MirrorUrlPattern(r"(?:/(?:ukgwa|tna))?/(?P<modifier>\+)/(?P<original>[^/].*)"),
        ),
        mirror_template="https://webarchive.nationalarchives.gov.uk/ukgwa/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="ukwa",
        title="UK Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.org.uk", "beta.webarchive.org.uk"),
        url_patterns=(
            *replay("/(?:[a-z]{2}/)?wayback/(?:[a-z]{2}/)?[a-z]+"),
            *replay("/(?:[a-z]{2}/)?(?:ukwa/)?(?:wayback/)?archive"),
        ),
        mirror_template="https://www.webarchive.org.uk/wayback/archive/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="uk-parliament",
        title="UK Parliament Web Archive",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.parliament.uk",),
        url_patterns=replay(""),
        mirror_template="https://webarchive.parliament.uk/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="proni",
        title="Public Record Office of Northern Ireland",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.proni.gov.uk",),
        url_patterns=replay(""),
        mirror_template="https://webarchive.proni.gov.uk/{timestamp}{modifier}/{original}",
    ),
    # Source: https://github.com/oduwsdl/MemGator, docs/archives.json; /public: cited pages.
    Service(
        name="nrscotland",
        title="National Records of Scotland",
        trust=Trust.INSTITUTION,
        hosts=("webarchive.nrscotland.gov.uk",),
        url_patterns=(
            *replay("(?:/public)?"),
            MirrorUrlPattern(r"(?:/public)?/(?P<modifier>\+)/(?P<original>[^/].*)"),
        ),
    ),
    Service(
        name="vefsafn",
        title="Vefsafn.is",
        trust=Trust.INSTITUTION,
        hosts=("vefsafn.is", "wayback.vefsafn.is"),
        url_patterns=replay("(?:/wayback|/is)?"),
        mirror_template="https://wayback.vefsafn.is/wayback/{timestamp}{modifier}/{original}",
    ),
    Service(
        name="veebiarhiiv",
        title="Eesti veebiarhiiv",
        trust=Trust.INSTITUTION,
        hosts=("veebiarhiiv.digar.ee",),
        url_patterns=replay("/a"),
        mirror_template="https://veebiarhiiv.digar.ee/a/{timestamp}{modifier}/{original}",
    ),
    # Source: the settings of its curators' software (Seeder) and its library's cataloguing rules.
    Service(
        name="webarchiv.cz",
        title="Webarchiv (Národní knihovna ČR)",
        trust=Trust.INSTITUTION,
        hosts=("wayback.webarchiv.cz", "webarchiv.cz"),
        url_patterns=(
            *replay("/(?:wayback|secure)"),
            MirrorUrlPattern(r"/wayback/(?P<original>[^/?#]+\.[a-z]{2,}(?:/.*)?)"),
        ),
    ),
    # Sources of the next ones: https://github.com/webis-de/archive-query-log (list of archives),
    # https://github.com/overbrowsing/wasteback-machine (src/archives), mementoweb/robustlinks.
    Service(
        name="haw",
        title="Hrvatski arhiv weba",
        trust=Trust.INSTITUTION,
        hosts=("haw.nsk.hr",),
        url_patterns=replay("/wayback"),
    ),
    Service(
        name="onb",
        title="Webarchiv Österreich",
        trust=Trust.INSTITUTION,
        hosts=("webarchiv.onb.ac.at",),
        url_patterns=replay("/web"),
    ),
    Service(
        name="bavaria",
        title="Bibliotheksverbund Bayern",
        trust=Trust.INSTITUTION,
        hosts=("langzeitarchivierung.bib-bvb.de",),
        url_patterns=replay("/wayback"),
    ),
    Service(
        name="nettarkivet",
        title="Nettarkivet (Nasjonalbiblioteket)",
        trust=Trust.INSTITUTION,
        hosts=("nettarkivet.nb.no",),
        url_patterns=replay("/search"),
    ),
    Service(
        name="oszk",
        title="OSZK Webarchívum",
        trust=Trust.INSTITUTION,
        hosts=("webadmin.oszk.hu",),
        url_patterns=replay("/pywb"),
    ),
    Service(
        name="aueb",
        title="Athens University of Economics and Business",
        trust=Trust.INSTITUTION,
        hosts=("archive.aueb.gr",),
        url_patterns=replay("/services/web"),
    ),
    Service(
        name="padicat",
        title="PADICAT",
        trust=Trust.INSTITUTION,
        hosts=("padi.cat", "padicat.cat", "wayback.padicat.cat"),
        url_patterns=replay("(?:/wayback)?"),
    ),
    Service(
        name="nukrobi",
        title="Spletni arhiv NUK",
        trust=Trust.INSTITUTION,
        hosts=("nukrobi2.nuk.uni-lj.si", "nukrobia.nuk.uni-lj.si", "arhiv.nuk.uni-lj.si"),
        url_patterns=replay("/wayback"),
    ),
)
