"""Judge pages that contradict their status.

Under a success status, some are nothing but a server's message that it failed; under an error
status, some show what was cited.
"""

from __future__ import annotations

import re
from typing import Final

from crawler.http.html_text import count_letters
from crawler.http.urls import same_address
from crawler.liveness.archived_page import Likeness
from crawler.liveness.case import TINY_PAGE, Case, make_judgement
from crawler.liveness.comparison.citing_words import has_name_in_title, shows_cited_words
from crawler.liveness.phrases.address_names import FAILURE_STATUSES, names_error
from crawler.liveness.phrases.soft404_text import find_missing_sentence, has_missing_phrase
from crawler.liveness.phrases.wall_patterns import MAINTENANCE
from crawler.liveness.rules.redirects import is_home_page
from crawler.liveness.rules.soft404 import is_error_address
from store.vocabulary import Judgement, Reason

# Of WordPress, in the languages it is mostly installed in, and of servers and gateways.
_FAILURE = re.compile(
    r"error establishing a database connection|fehler beim aufbau einer datenbankverbindung|"
    r"erreur lors de la connexion à la base de données|"
    r"error al establecer una conexión con la base de datos|"
    r"erro ao estabelecer uma conexão com o banco de dados|"
    r"errore nello stabilire una connessione al database|"
    r"ошибка установки соединения с базой данных|ошибка подключения к базе данных|"
    r"建立数据库连接时出错|建立資料庫連線時發生錯誤|数据库连接(?:错误|失败|出错)|"
    r"データベース接続確立エラー|데이터베이스 연결 중 오류|"
    r"(?:could not|unable to|cannot|can't) connect to (?:the )?(?:database|mysql)[\w ]{0,20}|"
    r"(?:50[0234][ :-]*)?(?:internal server error|bad gateway|service (?:temporarily )?unavailable|"
    r"gateway time-?out)",
    re.IGNORECASE,
)
_MIN_CITED_LETTERS: Final = 200  # of a page with an error status that shows what was cited
_MAX_LETTERS_AROUND: Final = 24  # a heading, the name of the server's software


def failure_page(case: Case) -> Judgement | None:
    """Judge a page that consists of a server's message that it failed.

    Returns:
        SERVER_ERROR; None if the page says or shows anything else, or is about that failure by its
        address or citations.
    """
    if not case.served or case.text_length > TINY_PAGE or not case.text:
        return None
    match = _FAILURE.search(case.text)
    if match is None:
        return None
    if names_error(case.url, FAILURE_STATUSES, [match[0]], case.site.cited_as):
        return None
    if "static" not in case.page.html_markers:
        return None  # scripts, frames or videos show more
    if case.text_length - count_letters(match[0]) > _MAX_LETTERS_AROUND:
        return None
    return make_judgement(Reason.SERVER_ERROR, f"{case.status} with the text “{match[0]}”")


def shown_despite_error(case: Case) -> Judgement | None:
    """Judge a page that shows readers what was cited, or may do so, under an error status.

    Returns:
        OK if its text is the archived one, or its title has the words of a citation, above some
        text, and nothing says that something failed or is missing. CLIENT_LIMIT for an empty
        application or a page that sends its readers on under 404, as servers of files send these.
        None for any other response.
    """
    if case.status == 404 and (sent_on := _readers_sent_on(case)):
        return sent_on
    if case.status < 400 or not case.page.title or _says_that_it_failed(case):
        return None
    if case.status == 404 and "app-shell" in case.page.html_markers:
        return make_judgement(
            Reason.CLIENT_LIMIT, f"{case.status} with an application that scripts fill"
        )
    cited_as = case.site.cited_as
    is_titled = has_name_in_title(case.page.title, cited_as) or shows_cited_words(
        case.page, cited_as, in_title=True
    )
    is_cited = is_titled and case.text_length >= _MIN_CITED_LETTERS
    if not is_cited and case.likeness is not Likeness.SAME:
        return None
    return make_judgement(Reason.OK, f"{case.status}, but the page shows what is cited")


def _readers_sent_on(case: Case) -> Judgement | None:
    """Judge a page with little text that sends its readers to where they may find what was cited.

    Returns:
        CLIENT_LIMIT if a script opens an address made of the requested one, whatever the page's
        title, or if the page refreshes to no home or error page and is not titled as missing. None
        for other pages, and for those that say that something is missing.
    """
    says_missing = has_missing_phrase(case.text) or find_missing_sentence(case.text) is not None
    if case.text_length > TINY_PAGE or says_missing:
        return None
    if "forwards-address" in case.page.html_markers:
        return make_judgement(
            Reason.CLIENT_LIMIT, f"{case.status} with a script that opens another address"
        )
    target = case.page.refresh
    if not target or has_missing_phrase(case.title):
        return None
    if is_home_page(target) or is_error_address(target) or same_address(target, case.last.url):
        return None
    return make_judgement(Reason.CLIENT_LIMIT, f"{case.status} with a refresh to {target}")


def _says_that_it_failed(case: Case) -> bool:
    """Return whether a page with an error status says that something is missing or failed."""
    words = f"{case.title} {case.text}"
    if has_missing_phrase(words) or find_missing_sentence(case.text) is not None:
        return True
    return bool(_FAILURE.search(words) or MAINTENANCE.search(words))
