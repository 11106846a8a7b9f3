"""Test parsing the URLs of every service, URLs that only look like one, and the round trip."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.archives import get_service, mirror_url, parse_mirror
from crawler.archives.mirror_urls import outermost_original
from crawler.archives.originals import parse_original
from crawler.archives.services import SERVICES
from store.vocabulary import MirrorAddress, OriginalSource

ORIGINAL = "http://example.org/a?b=1&c=2#d"

# url, service, timestamp, snapshot id, modifier, original
MIRRORS = [
    (f"https://web.archive.org/web/20210805110426/{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    (f"http://web.archive.org:80/web/20210805110426if_/{ORIGINAL}", "wayback", "20210805110426", "", "if_", ORIGINAL),
    (f"https://www.web.archive.org:443/web/2021id_/{ORIGINAL}", "wayback", "2021", "", "id_", ORIGINAL),
    (f"https://archive.org/web/20210805/{ORIGINAL}", "wayback", "20210805", "", "", ORIGINAL),
    (f"HTTPS://WEB.Archive.Org./web/20210805110426/{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    (f"https://web.archive.org/20210805110426/{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    (f"https://web.archive.org/web/20210805110426/_embed/{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    (f"https://web.archive.org/web/{ORIGINAL}", "wayback", "", "", "", ORIGINAL),
    (f"https://web.archive.org//web//20210805110426//{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    ("https://web.archive.org/web/20210805110426//https%3A%2F%2Fexample.org%2Fa%2F%2Fb", "wayback", "20210805110426", "", "", "https://example.org/a//b"),
    (f"https://web.archive.org/web/20210805110426wkrf_/{ORIGINAL}", "wayback", "20210805110426", "", "wkrf_", ORIGINAL),
    (f"https://replay.web.archive.org/20210805110426/{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    (f"http://replay.waybackmachine.org/20210805110426/{ORIGINAL}", "wayback", "20210805110426", "", "", ORIGINAL),
    (f"https://wayback.archive-it.org/1234-test/20210805110426/{ORIGINAL}", "archive-it", "20210805110426", "", "", ORIGINAL),
    (f"https://beta.webarchive.org.uk/wayback/archive/20210805110426/{ORIGINAL}", "ukwa", "20210805110426", "", "", ORIGINAL),
    (f"https://web.archive.org/{ORIGINAL}", "wayback", "", "", "", ORIGINAL),
    (f"https://web.archive.org/web/2/{ORIGINAL}", "wayback", "", "", "", ORIGINAL),
    (f"https://web.archive.org/web/id_/{ORIGINAL}", "wayback", "", "", "id_", ORIGINAL),
    (f"https://web.archive.org/web/*/{ORIGINAL}", "wayback", "", "", "*", ORIGINAL),
    (f"https://web.archive.org/web/2021*/{ORIGINAL}", "wayback", "", "", "*", ORIGINAL),
    (f"http://liveweb.archive.org/{ORIGINAL}", "wayback", "", "", "", ORIGINAL),
    (f"http://wayback.archive.org/web/20120101000000cm1_/{ORIGINAL}", "wayback", "20120101000000", "", "cm1_", ORIGINAL),
    ("https://web.archive.org/web/20210805110426/http:/example.org/one", "wayback", "20210805110426", "", "", "http://example.org/one"),
    ("https://web.archive.org/web/20210805110426/example.org/bare", "wayback", "20210805110426", "", "", "http://example.org/bare"),
    ("https://web.archive.org/web/20210805110426/www.example.org", "wayback", "20210805110426", "", "", "http://www.example.org"),
    ("https://web.archive.org/web/20071019050401/http://example.org:80/a", "wayback", "20071019050401", "", "", "http://example.org/a"),
    ("https://web.archive.org/web/20071019050401/https://example.org:443/a", "wayback", "20071019050401", "", "", "https://example.org/a"),
    ("https://web.archive.org/web/2007/http://example.org:9001//a", "wayback", "2007", "", "", "http://example.org:9001//a"),
    ("https://web.archive.org/web/2007/http://https//example.org", "wayback", "2007", "", "", "https://example.org"),
    ("https://web.archive.org/web/2007/https%3A%2F%2Fexample.org%2F%25B0%3Fa%3D1%26b", "wayback", "2007", "", "", "https://example.org/%B0?a=1&b"),
    ("https://web.archive.org/web/2007/https%3A//example.org/%26", "wayback", "2007", "", "", "https://example.org/%26"),
    ("https://web.archive.org/web/2007/http%253A%252F%252Fexample.org", "wayback", "2007", "", "", "http://example.org"),
    ("https://web.archive.org/web/2021/https://example.org/中 文（上）", "wayback", "2021", "", "", "https://example.org/中 文（上）"),
    ("https://web.archive.org/web/20211399/https://example.org/", "wayback", "20211399", "", "", "https://example.org/"),
    ("https://archive.ph/78efA", "archive.today", "", "78efA", "", None),
    ("http://archive.is/4IOa", "archive.today", "", "4IOa", "", None),
    ("https://www.archive.vn/wip/78efA", "archive.today", "", "78efA", "", None),
    ("https://archive.ph/y6DYO#selection-1971.1-276.8", "archive.today", "", "y6DYO", "", None),
    ("https://archive.is/7bCtI/image", "archive.today", "", "7bCtI", "", None),
    ("https://archive.is/uyiNO/33efbabda770f7065b62888475846408e8cdad54.jpg", "archive.today", "", "uyiNO", "", None),
    ("https://archive.md/78efA?kept", "archive.today", "", "78efA", "", None),
    ("http://archiveiya74codqgiixo33q62qlrqtkgmcitqx5u2oeqnmn5bpcbiyd.onion/klVuH", "archive.today", "", "klVuH", "", None),
    (f"https://archive.is/20120907191213/{ORIGINAL}", "archive.today", "20120907191213", "", "", ORIGINAL),
    (f"https://archive.today/2012.09.07-191213/{ORIGINAL}", "archive.today", "20120907191213", "", "", ORIGINAL),
    (f"https://archive.li/2012-09-07/{ORIGINAL}", "archive.today", "20120907", "", "", ORIGINAL),
    (f"https://archive.fo/2012/{ORIGINAL}", "archive.today", "2012", "", "", ORIGINAL),
    (f"https://archive.ph/newest/{ORIGINAL}", "archive.today", "", "", "", ORIGINAL),
    (f"https://archive.ph/{ORIGINAL}", "archive.today", "", "", "", ORIGINAL),
    ("https://perma.cc/A1B2-C3D4", "perma.cc", "", "A1B2-C3D4", "", None),
    ("https://perma.cc/0Hg62eLdZ3T?type=image", "perma.cc", "", "0Hg62eLdZ3T", "", None),
    ("https://perma.cc/A1B2-C3D4?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1&ts=20200102030405", "perma.cc", "20200102030405", "A1B2-C3D4", "", "https://example.org/a?b=1"),
    ("https://perma.cc/A1B2-C3D4?type=image&url=http://example.org/a", "perma.cc", "", "A1B2-C3D4", "", "http://example.org/a"),
    ("https://perma.cc/A1B2-C3D4?url=", "perma.cc", "", "A1B2-C3D4", "", None),
    (f"https://perma-archives.org/warc/20160101000000/{ORIGINAL}", "perma.cc", "20160101000000", "", "", ORIGINAL),
    (f"https://perma-archives.org/warc/A1B2-C3D4/{ORIGINAL}", "perma.cc", "", "A1B2-C3D4", "", ORIGINAL),
    (f"https://rejouer.perma.cc/w/id-1/20220101000000mp_/{ORIGINAL}", "perma.cc", "20220101000000", "", "mp_", ORIGINAL),
    ("https://ghostarchive.org/archive/aB3dE", "ghostarchive", "", "aB3dE", "", None),
    (f"https://ghostarchive.org/archive/20210805110426/{ORIGINAL}", "ghostarchive", "20210805110426", "", "", ORIGINAL),
    ("https://ghostarchive.org/varchive/dQw4w9WgXcQ", "ghostarchive", "", "dQw4w9WgXcQ", "", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("https://ghostarchive.org/varchive/youtube/20210805/dQw4w9WgXcQ", "ghostarchive", "20210805", "dQw4w9WgXcQ", "",
     "https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
    ("http://www.webcitation.org/5eWaHRbn4", "webcitation", "20090212051918", "5eWaHRbn4", "", None),
    ("http://www.webcitation.org/72ramyxT2?url=http://example.org/a", "webcitation", "20181002081445", "72ramyxT2", "", "http://example.org/a"),
    ("http://webcitation.org/72ramyxT2?url=http%3A%2F%2Fexample.org%2Fa%3Fb%3D1", "webcitation", "20181002081445", "72ramyxT2", "",
     "http://example.org/a?b=1"),
    ("http://www.webcitation.org/query?url=http://example.org/a&date=2009-02-12", "webcitation", "20090212", "", "", "http://example.org/a"),
    ("http://www.webcitation.org/query.php?id=1138911916587475", "webcitation", "20060202202516", "1138911916587475", "", None),
    ("https://megalodon.jp/2021-0805-1104-26/https://example.org:443/a", "megalodon", "20210805110426", "", "", "https://example.org/a"),
    ("http://megalodon.jp/2010-0102-0304-05/example.org/a", "megalodon", "20100102030405", "", "", "http://example.org/a"),
    ("https://megalodon.jp/ref/2021-0805-1104-26/example.org:443/", "megalodon", "20210805110426", "", "", "https://example.org/"),
    ("https://gyo.tc/1aB2c", "gyotaku", "", "1aB2c", "", None),
    (f"https://arquivo.pt/wayback/20140101000000/{ORIGINAL}", "arquivo.pt", "20140101000000", "", "", ORIGINAL),
    (f"https://arquivo.pt/wayback/wayback/20140101000000/{ORIGINAL}", "arquivo.pt", "20140101000000", "", "", ORIGINAL),
    (f"https://arquivo.pt/noFrame/replay/20140101000000id_/{ORIGINAL}", "arquivo.pt", "20140101000000", "", "id_", ORIGINAL),
    (f"https://wayback.archive-it.org/all/20140101000000/{ORIGINAL}", "archive-it", "20140101000000", "", "", ORIGINAL),
    (f"http://www.archive-it.org/1068/20140101000000/{ORIGINAL}", "archive-it", "20140101000000", "", "", ORIGINAL),
    (f"https://webarchive.loc.gov/lcwaN0001234/20140101000000/{ORIGINAL}", "loc.gov", "20140101000000", "", "", ORIGINAL),
    (f"https://webarchive.nationalarchives.gov.uk/ukgwa/20140101000000mp_/{ORIGINAL}", "ukgwa", "20140101000000", "", "mp_", ORIGINAL),
    (f"http://webarchive.nationalarchives.gov.uk/20140101000000/{ORIGINAL}", "ukgwa", "20140101000000", "", "", ORIGINAL),
    (f"http://webarchive.nationalarchives.gov.uk/+/{ORIGINAL}", "ukgwa", "", "", "+", ORIGINAL),
    (f"https://www.webarchive.org.uk/wayback/en/archive/20141117155105/{ORIGINAL}", "ukwa", "20141117155105", "", "", ORIGINAL),
    (f"https://www.webarchive.org.uk/en/ukwa/archive/20141117155105mp_/{ORIGINAL}", "ukwa", "20141117155105", "", "mp_", ORIGINAL),
    (f"https://www.webarchive.org.uk/wayback/archive/*/{ORIGINAL}", "ukwa", "", "", "*", ORIGINAL),
    (f"http://eot.us.archive.org/eot/20121101000000/{ORIGINAL}", "eot", "20121101000000", "", "", ORIGINAL),
    (f"https://eot.us.archive.org/eot/*/{ORIGINAL}", "eot", "", "", "*", ORIGINAL),
    (f"http://wayback.archive-it.org/org-77/20121101000000/{ORIGINAL}", "archive-it", "20121101000000", "", "", ORIGINAL),
    (f"https://archive-it.org/collections/123/*/{ORIGINAL}", "archive-it", "", "", "*", ORIGINAL),
    (f"https://webarchive.loc.gov/legacy/20121101000000/{ORIGINAL}", "loc.gov", "20121101000000", "", "", ORIGINAL),
    (f"https://webarchive.loc.gov/all/2012*/{ORIGINAL}", "loc.gov", "", "", "*", ORIGINAL),
    (f"http://webarchive.nationalarchives.gov.uk/tna/+/{ORIGINAL}", "ukgwa", "", "", "+", ORIGINAL),
    (f"https://arquivo.pt/wayback/*/{ORIGINAL}", "arquivo.pt", "", "", "*", ORIGINAL),
    (f"https://wayback.stanford.edu/was/20121101000000/{ORIGINAL}", "stanford", "20121101000000", "", "", ORIGINAL),
    (f"https://web.archive.org/web/20210101000000/http://web.archive.org/screenshot/{ORIGINAL}", "wayback", "20210101000000", "", "", ORIGINAL),
    (f"https://www.webarchive.org.uk/wayback/archive/20140101000000mp_/{ORIGINAL}", "ukwa", "20140101000000", "", "mp_", ORIGINAL),
    (f"http://webarchive.parliament.uk/20140101000000/{ORIGINAL}", "uk-parliament", "20140101000000", "", "", ORIGINAL),
    (f"https://webarchive.proni.gov.uk/20140101000000/{ORIGINAL}", "proni", "20140101000000", "", "", ORIGINAL),
    (f"https://swap.stanford.edu/20140101000000/{ORIGINAL}", "stanford", "20140101000000", "", "", ORIGINAL),
    (f"https://sul-swap-prod.stanford.edu/was/20140101000000/{ORIGINAL}", "stanford", "20140101000000", "", "", ORIGINAL),
    (f"http://wayback.vefsafn.is/wayback/20140101000000/{ORIGINAL}", "vefsafn", "20140101000000", "", "", ORIGINAL),
    (f"http://veebiarhiiv.digar.ee/a/20140101000000/{ORIGINAL}", "veebiarhiiv", "20140101000000", "", "", ORIGINAL),
    (f"https://www.webharvest.gov/peth04/20041015000000/{ORIGINAL}", "webharvest", "20041015000000", "", "", ORIGINAL),
    (f"http://web.archive.bibalex.org:80/web/20040101000000/{ORIGINAL}", "bibalex", "20040101000000", "", "", ORIGINAL),
    (f"http://www.collectionscanada.gc.ca/webarchives/20071115000000/{ORIGINAL}", "lac", "20071115000000", "", "", ORIGINAL),
    (f"http://webarchive.bac-lac.gc.ca:8080/wayback/20071115000000/{ORIGINAL}", "lac", "20071115000000", "", "", ORIGINAL),
    (f"http://eresources.nlb.gov.sg/webarchives/wayback/20140101000000/{ORIGINAL}", "nlb", "20140101000000", "", "", ORIGINAL),
    (f"https://digital.library.yorku.ca/wayback/20140101000000/{ORIGINAL}", "york", "20140101000000", "", "", ORIGINAL),
    (f"http://www.padi.cat:8080/wayback/20140101000000/{ORIGINAL}", "padicat", "20140101000000", "", "", ORIGINAL),
    (f"http://nukrobi2.nuk.uni-lj.si:8080/wayback/20140101000000/{ORIGINAL}", "nukrobi", "20140101000000", "", "", ORIGINAL),
    (f"http://tna.europarchive.org/20081209183550/{ORIGINAL}", "internet-memory", "20081209183550", "", "", ORIGINAL),
    (f"http://webarchives.loc.gov/all/20110818151937/{ORIGINAL}", "loc.gov", "20110818151937", "", "", ORIGINAL),
    (f"http://collection.europarchive.org/nli/20140101000000/{ORIGINAL}", "internet-memory", "20140101000000", "", "", ORIGINAL),
    (f"http://archive.wikiwix.com/cache/20140101000000/{ORIGINAL}", "wikiwix", "20140101000000", "", "", ORIGINAL),
    ("http://archive.wikiwix.com/cache/?url=http://example.org/a&title=b", "wikiwix", "", "", "", "http://example.org/a"),
    ("https://archive.wikiwix.com/cache/display2.php?url=http%3A%2F%2Fexample.org%2Fa", "wikiwix", "", "", "", "http://example.org/a"),
    (f"http://timetravel.mementoweb.org/memento/20140101000000/{ORIGINAL}", "timetravel", "20140101000000", "", "", ORIGINAL),
    (f"https://webrecorder.io/someone/things/20140101000000/{ORIGINAL}", "conifer", "20140101000000", "", "", ORIGINAL),
    (f"https://conifer.rhizome.org/someone/things/list/first/b1/20140101000000/{ORIGINAL}", "conifer", "20140101000000", "", "", ORIGINAL),
    ("http://pandora.nla.gov.au/pan/14231/20120727-0512/www.example.org/a", "nla", "201207270512", "", "", "http://www.example.org/a"),
    (f"http://pandora.nla.gov.au/nph-arch/2000/S2000-Mar-7/{ORIGINAL}", "nla", "20000307", "", "", ORIGINAL),
    (f"https://webarchive.nla.gov.au/awa/20140101000000/{ORIGINAL}", "nla", "20140101000000", "", "", ORIGINAL),
    (f"http://webarchive.nla.gov.au/gov/wayback/20140101000000/{ORIGINAL}", "nla", "20140101000000", "", "", ORIGINAL),
    ("http://www.freezepage.com/1290618045KXGJMBVHNL", "freezepage", "20101124170045", "1290618045KXGJMBVHNL", "", None),
    ("http://archive.st/archive/2018/6/9/example.org/aB1c/", "archive.st", "20180609", "aB1c", "", None),
    ("https://webcache.googleusercontent.com/search?q=cache:O2WCrIebToAJ:https://example.org/read.php%3Ftid%3D7+words+&cd=1", "google-cache", "", "", "",
     "https://example.org/read.php?tid=7"),
    ("http://webcache.googleusercontent.com/search?hl=en&q=cache:example.org/a%20words", "google-cache", "", "", "", "http://example.org/a"),
    ("http://cc.bingj.com/cache.aspx?q=example&d=4791028479&mkt=en", "bing-cache", "", "4791028479", "", None),
    ("http://hghltd.yandex.net/yandbtm?fmode=inject&url=http%3A%2F%2Fexample.org%2F&text=a", "yandex-cache", "", "", "", "http://example.org/"),
    # forms without a time, with other modifiers, and at other hosts of the same archives
    (f"https://archive.today/o/AbCd1/{ORIGINAL}", "archive.today", "", "", "", ORIGINAL),
    ("https://archive.is/o/ycQ4e/data.example.org/miami.osm.bz2", "archive.today", "", "", "", "http://data.example.org/miami.osm.bz2"),
    ("https://archive.ph/www.example.org/a", "archive.today", "", "", "", "http://www.example.org/a"),
    (f"http://web.waybackmachine.org/20050327004900/{ORIGINAL}", "wayback", "20050327004900", "", "", ORIGINAL),
    (f"http://api.wayback.archive.org/memento/20071222090517/{ORIGINAL}", "wayback", "20071222090517", "", "", ORIGINAL),
    (f"http://web.archive.org/liveweb/{ORIGINAL}", "wayback", "", "", "", ORIGINAL),
    (f"https://wayback.archive-it.org/all/{ORIGINAL}", "archive-it", "", "", "", ORIGINAL),
    (f"https://webarchive.nationalarchives.gov.uk/ukgwa/nobanner/20140101000000/{ORIGINAL}", "ukgwa", "20140101000000", "", "", ORIGINAL),
    (f"https://webarchive.nationalarchives.gov.uk/ukgwa/timegate/{ORIGINAL}", "ukgwa", "", "", "", ORIGINAL),
    (f"https://webarchive.nationalarchives.gov.uk/ukgwa/*/{ORIGINAL}", "ukgwa", "", "", "*", ORIGINAL),
    (f"https://webarchive.loc.gov/lcwa0010/20111109051100/{ORIGINAL}", "loc.gov", "20111109051100", "", "", ORIGINAL),
    (f"https://arquivo.pt/wayback/all/20091010102944/{ORIGINAL}", "arquivo.pt", "20091010102944", "", "", ORIGINAL),
    (f"https://vefsafn.is/20140101000000id_/{ORIGINAL}", "vefsafn", "20140101000000", "", "id_", ORIGINAL),
    (f"https://veebiarhiiv.digar.ee/a/20131014091520x_/{ORIGINAL}", "veebiarhiiv", "20131014091520", "", "x_", ORIGINAL),
    (f"https://veebiarhiiv.digar.ee/a/*/{ORIGINAL}", "veebiarhiiv", "", "", "*", ORIGINAL),
    (f"https://web.petabox.bibalex.org/web/20060521125008/{ORIGINAL}", "bibalex", "20060521125008", "", "", ORIGINAL),
    (f"https://webarchiveweb.wayback.bac-lac.canada.ca/web/20230216180145/{ORIGINAL}", "lac", "20230216180145", "", "", ORIGINAL),
    (f"https://wayback.padicat.cat/20140101000000np_/{ORIGINAL}", "padicat", "20140101000000", "", "np_", ORIGINAL),
    (f"https://arhiv.nuk.uni-lj.si/wayback/20160203130917/{ORIGINAL}", "nukrobi", "20160203130917", "", "", ORIGINAL),
    (f"https://wayback.library.yorku.ca/all/20160129214328/{ORIGINAL}", "york", "20160129214328", "", "", ORIGINAL),
    (f"http://pandora.nla.gov.au/nph-wb/20010328130000/{ORIGINAL}", "nla", "20010328130000", "", "", ORIGINAL),
    (f"https://web.archive.org.au/awa/20220302235108mp_/{ORIGINAL}", "nla", "20220302235108", "", "mp_", ORIGINAL),
    (f"http://timetravel.mementoweb.org/list/20140101000000/{ORIGINAL}", "timetravel", "20140101000000", "", "", ORIGINAL),
    (f"https://webarchive.nrscotland.gov.uk/20240326182106/{ORIGINAL}", "nrscotland", "20240326182106", "", "", ORIGINAL),
    ("https://webarchive.nrscotland.gov.uk/public/+/www.example.org/a", "nrscotland", "", "", "+", "http://www.example.org/a"),
    (f"https://wayback.webarchiv.cz/wayback/20221024073116/{ORIGINAL}", "webarchiv.cz", "20221024073116", "", "", ORIGINAL),
    (f"https://wayback.webarchiv.cz/wayback/*/{ORIGINAL}", "webarchiv.cz", "", "", "*", ORIGINAL),
    ("http://wayback.webarchiv.cz/wayback/example.org", "webarchiv.cz", "", "", "", "http://example.org"),
    ("https://warp.da.ndl.go.jp/info:ndljp/pid/11423429/www.example.org/a.xls", "warp", "", "", "", "http://www.example.org/a.xls"),
    (f"http://warp.ndl.go.jp/info:ndljp/pid/286890/{ORIGINAL}", "warp", "", "", "", ORIGINAL),
    ("https://warp.ndl.go.jp/web/20201211204344/www.example.org/a.pdf", "warp", "20201211204344", "", "", "http://www.example.org/a.pdf"),
    (f"https://webarchive.lib.ntu.edu.tw:443/archive/wayback/20240517055814/{ORIGINAL}", "ntu-taiwan", "20240517055814", "", "", ORIGINAL),
    (f"https://ndhadeliver.natlib.govt.nz/webarchive/20251113213257/{ORIGINAL}", "natlib-nz", "20251113213257", "", "", ORIGINAL),
    (f"https://haw.nsk.hr/wayback/20240101000000/{ORIGINAL}", "haw", "20240101000000", "", "", ORIGINAL),
    (f"https://waext.banq.qc.ca/wayback/20240101000000x_/{ORIGINAL}", "banq", "20240101000000", "", "x_", ORIGINAL),
    (f"https://webarchiv.onb.ac.at/web/20200203040506/{ORIGINAL}", "onb", "20200203040506", "", "", ORIGINAL),
    (f"http://langzeitarchivierung.bib-bvb.de/wayback/20121004142737/{ORIGINAL}", "bavaria", "20121004142737", "", "", ORIGINAL),
    (f"https://nettarkivet.nb.no/search/20240101000000/{ORIGINAL}", "nettarkivet", "20240101000000", "", "", ORIGINAL),
    (f"http://webadmin.oszk.hu/pywb/20240101000000/{ORIGINAL}", "oszk", "20240101000000", "", "", ORIGINAL),
    (f"http://wayback.nli.org.il:8080/19981202212610/{ORIGINAL}", "nli-israel", "19981202212610", "", "", ORIGINAL),
    (f"http://archive.aueb.gr/services/web/20140101000000/{ORIGINAL}", "aueb", "20140101000000", "", "", ORIGINAL),
    (f"https://webarchive.library.unt.edu/web/20130318055009mp_/{ORIGINAL}", "unt", "20130318055009", "", "mp_", ORIGINAL),
]  # fmt: skip

NO_MIRRORS = [
    "https://archive.ph/robots.txt",
    "https://archive.today/o/AbCd1/",
    "https://wayback.webarchiv.cz/wayback/cdx?url=http://example.org/",
    "https://wayback.webarchiv.cz/secure/*/http://example.org/*",
    "https://warp.da.ndl.go.jp/info:ndljp/pid/11423429",
    "https://warp.da.ndl.go.jp/info:ndljp/pid/11423429/",
    "https://dl.ndl.go.jp/info:ndljp/pid/1301543",
    "https://vefsafn.is/is/timemap/json/http://example.org/",
    "https://webarchive.nla.gov.au/tep/221557",
    "http://pandora.nla.gov.au/pan/10000/20000101-0000/index.html",
    "https://archive-it.org/collections/123",
    "https://webarchive.library.unt.edu/thumbs/dataset.tar",
    "https://www.digar.ee/arhiiv/nlib-digar:286389",
    "https://web.archive.org/web/changes/http://example.org/",
    "",
    "web.archive.org/web/2021/http://example.org/",
    "https://archive.org",
    "https://archive.org/",
    "https://archive.today",
    "https://archive.org/details/http-example-org",
    "https://archive.org/download/a/b",
    "https://archive.org/wayback/available?url=http://example.org/",
    "https://web.archive.org/save/http://example.org/",
    "https://web.archive.org/save/_embed/http://example.org/",
    "https://web.archive.org/cdx/search/cdx?url=http://example.org/",
    "https://web.archive.org/screenshot/http://example.org/",
    "https://web.archive.org/web/timemap/link/http://example.org/",
    "https://web.archive.org/web/*/http://example.org/*",
    "https://web.archive.org/web/20210805110426",
    "https://web.archive.org/web/20210805110426/",
    "https://web.archive.org/web/20210805110426/about:blank",
    "https://web.archive.org/web/20210805110426/http://",
    "https://web.archive.org/web/202108051104261/http://example.org/",
    "https://archive.ph/timemap/http://example.org/",
    "https://archive.ph/search/?q=example",
    "https://archive.ph/submit/?url=http://example.org/",
    "https://archive.is/faq",
    "https://blog.archive.today/post/1",
    "https://perma.cc/about",
    "https://ghostarchive.org/search?term=example",
    "http://www.webcitation.org/archive",
    "http://www.webcitation.org/query?id=",
    "https://megalodon.jp/?url=http://example.org/",
    "https://arquivo.pt/page/search?q=example",
    "https://webcache.googleusercontent.com/search?q=example",
    "https://www.nla.gov.au/collections",
    "https://notarchive.is/78efA",
    "https://archive.is.example.org/78efA",
    "https://example.org/web/20210805110426/http://example.com/",
    "http://user@archive.is/78efA",
    "ftp://archive.is/78efA",
    "mailto:someone@archive.is",
]


@pytest.mark.parametrize("row", MIRRORS, ids=[row[0] for row in MIRRORS])
def test_mirror_urls_are_parsed(row: tuple[str, str, str, str, str, str | None]) -> None:
    url, service, timestamp, snapshot_id, modifier, original = row
    assert parse_mirror(url) == MirrorAddress(
        service=service,
        timestamp=timestamp,
        snapshot_id=snapshot_id,
        modifier=modifier,
        original=original,
        original_source=OriginalSource.EMBEDDED if original else None,
        utc_offset=9 if service == "megalodon" else 0,
    )


def test_the_table_and_the_documentation_list_every_service() -> None:
    documented = (Path(__file__).parents[4] / "docs" / "archives.md").read_text(encoding="utf-8")
    assert {service.name for service in SERVICES} - {row[1] for row in MIRRORS} == set()
    assert [
        service.name
        for service in SERVICES
        if f"| `{service.name}` | {service.title} |" not in documented
    ] == []
    assert [
        service.name
        for service in SERVICES
        if not re.search(
            rf"^\| `{re.escape(service.name)}` .*\| {service.trust} \|$", documented, re.MULTILINE
        )
    ] == []


@pytest.mark.parametrize("url", NO_MIRRORS)
def test_urls_that_only_look_like_mirrors_are_not_parsed(url: str) -> None:
    assert parse_mirror(url) is None


@pytest.mark.parametrize(
    ("url", "service", "original"),
    [
        ("https://web.archive.org/web/2021/https://archive.is/20200101000000/https://example.org/a", "wayback", "https://example.org/a"),
        ("https://archive.ph/2022/https://web.archive.org/web/2021/http://example.org/a", "archive.today", "http://example.org/a"),
        ("https://web.archive.org/web/2021/https://web.archive.org/web/2020/https://archive.md/newest/example.org/", "wayback", "http://example.org/"),
        (
            "https://web.archive.org/web/2021if_/https://webcache.googleusercontent.com/search?q=cache:https://example.org/a%3Fb",
            "wayback",
            "https://example.org/a?b",
        ),
        ("https://web.archive.org/web/2021/https://web.archive.org/save/https://example.org/", "wayback", "https://web.archive.org/save/https://example.org/"),
        # the inner mirror does not tell what it is of
        ("https://web.archive.org/web/2021/https://archive.is/XZn19", "wayback", None),
    ],
)  # fmt: skip
def test_a_mirror_of_a_mirror_gives_the_innermost_original(
    url: str, service: str, original: str | None
) -> None:
    address = parse_mirror(url)
    assert address is not None
    assert (address.service, address.original) == (service, original)
    assert address.original_source is (OriginalSource.EMBEDDED if original else None)


def test_timestamps_of_megalodon_are_in_japan_time() -> None:
    address = parse_mirror("https://megalodon.jp/2021-0805-0104-26/https://example.org/")
    assert address is not None
    assert address.captured_at == datetime(2021, 8, 4, 16, 4, 26, tzinfo=UTC)


def test_snapshot_ids_keep_their_letter_case() -> None:
    upper, lower = (
        parse_mirror("https://archive.is/ABCde"),
        parse_mirror("https://archive.is/abcde"),
    )
    assert upper is not None
    assert lower is not None
    assert (upper.snapshot_id, lower.snapshot_id) == ("ABCde", "abcde")


BUILDABLE = [service.name for service in SERVICES if service.mirror_template]
_BOUNDS = datetime(1996, 1, 1), datetime(2099, 1, 1)  # noqa: DTZ001  Hypothesis takes naive ones
_TIMESTAMPS = st.datetimes(*_BOUNDS).map(lambda moment: moment.strftime("%Y%m%d%H%M%S"))
_TAILS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), max_size=40
).filter(lambda tail: "\u2028" not in tail)
_ORIGINALS = st.builds(
    "{}://{}.{}{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True),
    st.sampled_from(["example.org", "例え.jp", "example.com.cn"]),
    st.sampled_from(["", ":8080"]),
    _TAILS,
)


@given(
    st.sampled_from(BUILDABLE), _TIMESTAMPS, st.sampled_from(["", "id_", "if_", "im_"]), _ORIGINALS
)
@example("wayback", "20210805110426", "", "https://a.example.org/%E4%B8%AD?x=%c4%e3&y=http://b/#z")
def test_built_mirror_urls_are_parsed_back(
    service: str, timestamp: str, modifier: str, original: str
) -> None:
    if "{modifier}" not in get_service(service).mirror_template:
        modifier = ""
    assert parse_mirror(mirror_url(service, timestamp, original, modifier)) == MirrorAddress(
        service=service,
        timestamp=timestamp,
        modifier=modifier,
        original=original,
        original_source=OriginalSource.EMBEDDED,
    )


_HOSTS = st.sampled_from([host for service in SERVICES for host in service.hosts])


@given(
    st.text(max_size=200)
    | st.builds("http://{}/{}".format, _HOSTS, st.text(max_size=80))
    | st.builds("https://{}{}".format, _HOSTS, st.text(max_size=80))
)
def test_any_text_is_parsed_as_a_mirror_or_none(url: str) -> None:
    address = parse_mirror(url)
    if address is not None:
        assert address.original is None or address.original.startswith(
            ("http://", "https://", "ftp://")
        )
        assert address.captured_at is None or address.captured_at.tzinfo is UTC


@pytest.mark.parametrize(
    "url",
    [
        "https://web.archive.org/web/2021/" * 20_000 + "https://example.org/",
        "https://web.archive.org/web/2021/http" + "%25" * 100_000,
        "https://archive.ph/" + "2020." * 100_000,
        "https://perma-archives.org/" + "a/" * 100_000,
        "http://www.webcitation.org/query?" + "id&url&date=" * 20_000,
        "https://webcache.googleusercontent.com/search?" + "q=cache:" * 50_000 + "#",
        "https://web.archive.org/web/2021/http://" + "a." * 100_000 + "/",
    ],
)
def test_long_hostile_urls_are_parsed_in_time(url: str) -> None:
    parse_mirror(url)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "about:blank",
        "mailto:a@example.org",
        "javascript:x.y",
        "http://",
        "http:///",
        "nothing",
        "data:text/html,x",
    ],
)
def test_non_web_addresses_are_no_originals(written: str) -> None:
    assert parse_original(written) is None


def test_mirror_urls_that_cannot_be_built_raise_an_error() -> None:
    with pytest.raises(ValueError, match=r"at perma\.cc cannot be built"):
        mirror_url("perma.cc", "20210805110426", "https://example.org/")
    with pytest.raises(ValueError, match="no replay modifiers"):
        mirror_url("archive.today", "20210805110426", "https://example.org/", "id_")
    with pytest.raises(ValueError, match="invalid timestamp"):
        mirror_url("wayback", "", "https://example.org/")
    with pytest.raises(KeyError):
        mirror_url("nobody", "20210805110426", "https://example.org/")


def test_names_and_hosts_of_services_are_unique() -> None:
    hosts = [host for service in SERVICES for host in service.hosts]
    names = [service.name for service in SERVICES]
    assert len(set(hosts)) == len(hosts)
    assert len(set(names)) == len(names)
    assert not [host for host in hosts if host != host.lower() or host.startswith("www.")]
    assert get_service("archive.today").title == "archive.today"


@pytest.mark.parametrize(
    ("service", "timestamp", "modifier", "url"),
    [
        ("wayback", "2021", "", f"https://web.archive.org/web/2021/{ORIGINAL}"),
        (
            "wayback",
            "20210805110426",
            "id_",
            f"https://web.archive.org/web/20210805110426id_/{ORIGINAL}",
        ),
        ("archive.today", "20210805110426", "", f"https://archive.today/20210805110426/{ORIGINAL}"),
    ],
)
def test_mirror_urls_have_the_form_of_their_service(
    service: str, timestamp: str, modifier: str, url: str
) -> None:
    assert mirror_url(service, timestamp, ORIGINAL, modifier) == url
    if not modifier:
        assert mirror_url(service, timestamp, ORIGINAL) == url


@pytest.mark.parametrize("timestamp", ["202", "202108051104261", "2021-08", "２０２１"])
def test_an_invalid_timestamp_raises_an_error(timestamp: str) -> None:
    with pytest.raises(ValueError, match="use 4 to 14 digits"):
        mirror_url("wayback", timestamp, ORIGINAL)


@pytest.mark.parametrize(
    ("url", "original"),
    [
        (f"https://web.archive.org/web/2021/{ORIGINAL}", ORIGINAL),
        ("https://web.archive.org/web/2021/https://archive.ph/78efA", "https://archive.ph/78efA"),
        ("https://archive.ph/78efA", None),
        (ORIGINAL, None),
    ],
)
def test_outermost_original_is_what_a_mirror_replays(url: str, original: str | None) -> None:
    assert outermost_original(url) == original
