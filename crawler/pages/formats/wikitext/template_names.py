"""Define the names of templates and parameters by which wikis cite pages, copies and dead links.

The names are those of the citation templates of Wikipedia in several languages.
"""

from __future__ import annotations

import re

URL_PARAMETERS = frozenset(
    [
        "url", "chapter-url", "chapterurl", "contribution-url", "contributionurl", "section-url",
        "sectionurl", "article-url", "entry-url", "event-url", "conference-url", "lay-url",
        "map-url", "transcript-url", "transcripturl", "lire en ligne", "osoite", "ссылка", "مسار",
    ]
)  # fmt: skip
# The parameter for a copy, with the one for its day; "" if that differs between wikis
COPY_PARAMETERS = {
    "archive-url": "archive-date",
    "archiveurl": "archivedate",
    "archiv-url": "archiv-datum",
    "archiefurl": "archiefdatum",  # Dutch
    "arkivurl": "",  # Swedish, Norwegian and Danish
    "arkiv-url": "",
    "arkisto": "arkistoitu",  # Finnish
    "arquivourl": "arquivodata",  # Portuguese
    "arxiuurl": "arxiudata",  # Catalan
    "arşivurl": "arşivtarihi",  # Turkish
    "arşiv-url": "arşiv-tarihi",
    "archiwum": "zarchiwizowano",  # Polish
    "url archivu": "datum archivace",  # Czech
    "urlarchivio": "dataarchivio",  # Italian
    "urlarchivo": "fechaarchivo",  # Spanish
    "보존url": "보존날짜",
    "مسار أرشيف": "تاريخ أرشيف",
}
ARCHIVE_PARAMETERS = tuple(COPY_PARAMETERS)
ARCHIVE_DATE_PARAMETERS = (
    *filter(None, COPY_PARAMETERS.values()), "arkivdatum", "arkivdato", "arkiv-datum", "arkiv-dato",
)  # fmt: skip
# Statuses with the values `live` and `dead`, and with `yes` and `no`
STATUS_PARAMETERS = ("url-status", "dead-url", "deadurl", "deadlink")
YES_OR_NO_PARAMETERS = frozenset(["dead-url", "deadurl", "deadlink"])
# Statuses that are read, and never written: the values differ between wikis.
OTHER_STATUS_PARAMETERS = ("offline", "urlmorto", "urlmuerta", "urlmorta", "dodeurl", "ölüurl")
# The day since which the link is dead
DEAD_SINCE_PARAMETERS = ("brisé le", "deadlinkdate")
DEAD_STATUSES = frozenset(
    [
        "dead", "yes", "y", "true", "unfit", "usurped", "deviated", "1", "ja", "sì", "sí", "si",
        "sim", "evet",
    ]
)  # fmt: skip
# Statuses that hide the original from readers, although it is dead
HIDING_STATUSES = frozenset(["unfit", "usurped", "deviated"])
ACCESS_PARAMETERS = (
    "access-date", "accessdate", "abruf", "consulté le", "acessodata", "accesso", "bezochtdatum",
    "data dostępu", "datum přístupu", "erişimtarihi", "fechaacceso", "hämtdatum", "besøksdato",
    "viitattu", "확인날짜", "تاريخ الوصول",
)  # fmt: skip
PUBLISHED_PARAMETERS = ("date", "datum", "publication-date")
TITLE_PARAMETERS = (
    "title", "titel", "titre", "chapter", "trans-title", "título", "titolo", "titulo", "tittel",
    "tytuł", "titul", "nimeke", "başlık", "заглавие", "títol", "제목", "عنوان",
)  # fmt: skip

# Templates that show a copy. Their `url` is that of the copy, and their `date` is its day; or they
# have the original in `url` and the time of a capture at the Wayback Machine.
COPY_TEMPLATE = re.compile(
    r"(?:web[ _-]?(?:archiv(?:e|ed)?|archief)|wayback|lien[ _]archive)\Z", re.IGNORECASE
)
CAPTURE_TIME_PARAMETERS = ("wayback", "date", "horodatage archive")
CAPTURE_TIME = re.compile(r"\d{8}(?:\d{6})?\Z")
# Templates that say that a link is dead, some of which have its URL
DEAD_LINK_TEMPLATE = re.compile(
    r"(?:toter[ _]link|dead[ _-]?(?:link|url)|lien[ _](?:brisé|mort|web[ _]brisé)|dode[ _]link"
    r"|enlace[ _]roto|(?:collegamento|link)[ _]interrotto|ligação[ _]inativa|martwy[ _]link"
    r"|död[ _]länk|død[ _](?:lenke|link)|dødt[ _]link|halott[ _]link|kuollut[ _]linkki"
    r"|ölü[ _]bağlantı|enllaç[ _]no[ _]actiu|недоступная[ _]ссылка|битая[ _]ссылка"
    r"|(?:недоступне|мертве)[ _]посилання|リンク切れ|死链|死鏈|失效链接|失效連結|깨진[ _]링크)\Z",
    re.IGNORECASE,
)
