"""Judge pages with a success status that are nothing but a server's message that it failed."""

from __future__ import annotations

import re
from typing import Final

from crawler.http.html_text import count_letters
from crawler.liveness.address_names import FAILURE_STATUSES, names_error
from crawler.liveness.case import TINY_PAGE, Case, make_judgement
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
_MAX_LETTERS_AROUND: Final = 24  # a heading, the name of the server's software


def failure_page(case: Case) -> Judgement | None:
    """Judge a page that consists of a server's message that it failed.

    Returns:
        SERVER_ERROR; None if the page says or shows anything else, or is about that failure by its
        address.
    """
    if not case.served or case.text_length > TINY_PAGE or not case.text:
        return None
    match = _FAILURE.search(case.text)
    if match is None or names_error(case.url, FAILURE_STATUSES, [match[0]]):
        return None
    if "static" not in case.page.html_markers:
        return None  # scripts, frames or videos show more
    if case.text_length - count_letters(match[0]) > _MAX_LETTERS_AROUND:
        return None
    return make_judgement(Reason.SERVER_ERROR, f"{case.status} with the text “{match[0]}”")
