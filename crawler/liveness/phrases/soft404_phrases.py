"""List what pages say when their content is missing, in the languages of the web's wikis.

`MISSING_PHRASES` has what a whole segment of a title (or a whole page) says. `MISSING_SENTENCES`
has regular expressions for text about the requested page: "the page you are looking for ...", never
just "not found". Everything is matched after `normalise`; `soft404` weighs the matches.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from crawler.liveness.phrases.soft404_more_languages import (
    MORE_FILLER_WORDS,
    MORE_PHRASES,
    MORE_REQUIRED_WORDS,
    MORE_SENTENCES,
)

_APOSTROPHES = str.maketrans("’‘ʼ´`", "'''''")


@lru_cache(maxsize=512)  # many rules normalise the same title and text
def normalise(text: str) -> str:
    """Return a text without differences of width, case, white space and apostrophes.

    Args:
        text: Any text.

    Returns:
        The text in lower case with single spaces.

    >>> normalise("Page  can’t be ＦＯＵＮＤ")
    "page can't be found"
    """
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.translate(_APOSTROPHES).split())


def compile_any(*patterns: str) -> re.Pattern[str]:
    """Return a pattern that matches where any of the patterns does."""
    return re.compile("|".join(patterns))


MISSING_PHRASES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "not found", "page not found", "file not found", "content not found", "article not found", "post not found", "document not found",
        "page cannot be found", "the page cannot be found", "page can't be found", "page could not be found", "page does not exist",
        "page doesn't exist", "this page does not exist", "this page doesn't exist", "page no longer exists", "page no longer available",
        "page missing", "missing page", "file or directory not found", "object not found", "resource not found",
        "the requested url was not found on this server", "nothing found here", "page removed", "article removed", "page has been removed",
        "we can't find that page", "we couldn't find that page", "this page isn't available", "page isn't available", "page not available",
    ),
    "zh": (
        "页面不存在", "页面未找到", "页面没有找到", "页面找不到", "找不到页面", "未找到页面", "没有找到页面", "找不到网页", "网页不存在", "无法找到该页",
        "无法找到页面", "无法找到网页", "该页面不存在", "此页面不存在", "您访问的页面不存在", "你访问的页面不存在", "您要访问的页面不存在", "页面丢失",
        "页面不见了", "页面已删除", "页面已失效", "内容不存在", "内容已删除", "文章不存在", "文章已删除", "帖子不存在", "主题不存在", "链接已失效",
        "错误页面", "用户不存在", "该用户不存在", "账号不存在", "你似乎来到了没有知识存在的荒原",
    ),
    "zh-hant": (
        "頁面不存在", "頁面未找到", "頁面找不到", "找不到頁面", "找不到此頁面", "找不到該頁面", "找不到網頁", "網頁不存在", "無法找到網頁", "無法找到頁面",
        "該頁面不存在", "您訪問的頁面不存在", "您要找的頁面不存在", "查無此頁", "頁面已刪除", "內容不存在", "文章不存在", "錯誤頁面",
    ),
    "ja": (
        "ページが見つかりません", "ページが見つかりませんでした", "ページは見つかりませんでした", "お探しのページは見つかりません",
        "お探しのページは見つかりませんでした", "お探しのページが見つかりません", "お探しのページが見つかりませんでした", "指定されたページは存在しません",
        "指定されたページが見つかりません", "ページは存在しません", "ページが存在しません", "ファイルが見つかりません", "記事が見つかりません",
        "ページが見つからない", "ページは削除されました", "該当するページがありません",
    ),
    "ko": (
        "페이지를 찾을 수 없습니다", "페이지를 찾을 수 없음", "페이지를 찾을 수 없어요", "찾을 수 없는 페이지", "찾을 수 없는 페이지입니다", "존재하지 않는 페이지",
        "존재하지 않는 페이지입니다", "페이지가 존재하지 않습니다", "요청하신 페이지를 찾을 수 없습니다", "존재하지 않는 게시물입니다", "삭제된 게시물입니다",
        "존재하지 않는 게시글입니다",
    ),
    "ru": (
        "страница не найдена", "страница не существует", "страницы не существует", "документ не найден", "файл не найден", "не найдено",
        "запрашиваемая страница не найдена", "запрошенная страница не найдена", "такой страницы нет", "такой страницы не существует",
        "страница удалена", "материал не найден",
    ),
    "de": (
        "seite nicht gefunden", "seite wurde nicht gefunden", "die seite wurde nicht gefunden", "seite konnte nicht gefunden werden",
        "seite existiert nicht", "diese seite existiert nicht", "seite nicht vorhanden", "seite nicht verfügbar", "datei nicht gefunden",
        "artikel nicht gefunden", "inhalt nicht gefunden", "nicht gefunden",
    ),
    "fr": (
        "page introuvable", "page non trouvée", "page inexistante", "page inconnue", "cette page n'existe pas", "cette page n'existe plus",
        "la page n'existe pas", "la page est introuvable", "contenu introuvable", "article introuvable", "fichier introuvable", "non trouvé",
        "page non disponible",
    ),
    "es": (
        "página no encontrada", "pagina no encontrada", "no se encontró la página", "no se ha encontrado la página", "la página no existe",
        "esta página no existe", "página inexistente", "archivo no encontrado", "contenido no encontrado", "no encontrado", "no encontrada",
        "página no disponible",
    ),
    **MORE_PHRASES,
}  # fmt: skip

# May surround a phrase of MISSING_PHRASES; titles of error pages may consist of these alone.
FILLER_WORDS: Final = MORE_FILLER_WORDS | frozenset(
    (
        "404", "410", "http", "https", "error", "code", "status", "oops", "ooops", "whoops", "sorry", "uh", "oh", "hmm",
        "错误", "出错了", "错误代码", "错误提示", "提示信息", "抱歉", "很抱歉", "对不起", "錯誤", "發生錯誤", "對不起", "エラー", "오류", "에러",
        "ошибка", "ой", "упс", "fehler", "entschuldigung", "leider", "erreur", "désolé", "oups", "código", "codigo", "ups", "vaya",
    )
)  # fmt: skip

_GONE_EN = (
    r"(?:not (?:be |been )?(?:found|located|exist)|n't (?:be )?(?:found|located|exist)|no longer|(?:been|was|were) (?:re)?moved|deleted|removed"
    r"|unavailable|not available|n't available|not here|n't here|missing|gone)"
)
_THING_EN = r"(?:page|file|document|article|content|url|resource|address|post|story|item|link|video|site|site page|web ?page)s?"
_PAGE_ZH = r"(?:[页頁]面|[网網][页頁]|[内內]容|文章|帖子|主[题題]|[视視影][频頻片]|[链鏈連][接結]|地址|[资資]源|文件|[网網]址|信息|日[志誌]|回答|[图圖]片|作品|商品|微博)"
_GONE_ZH = (
    r"(?:不存在|找不到|未找到|[没沒]有找到|[没沒]找到|已?[经經]?被?(?:[删刪]除|移除|下[线線]|下架|屏蔽)|失效|不[见見]了|[丢丟]失|走[丢丟]了|"
    r"[无無]法(?:找到|[访訪][问問]|[显顯]示|查看))"
)
_GONE_JA = r"(?:見つかりません|見つける?ことができません|見当たりません|存在しません|ございません|削除|移動|表示できません)"
_GONE_KO = r"(?:찾을 수 ?없|존재하지 않|삭제|변경|이동|사라)"
_GONE_RU = r"(?:не (?:найден|существу|обнаруж)|удал[её]н|отсутству|недоступ|перемещ)"
_GONE_DE = r"(?:nicht (?:mehr )?(?:gefunden|finden|verfügbar|vorhanden|existier)|existiert (?:leider )?nicht|gelöscht|entfernt|verschoben)"
_GONE_FR = r"(?:introuvable|n'existe (?:pas|plus)|n'est (?:pas|plus)|n'a (?:pas|pu)|pas (?:été )?trouvée?|supprimée?|déplacée?|plus disponible)"
_GONE_ES = r"(?:no (?:existe|se|está|ha|pud|fue)|ya no|(?:ha sido|fue) (?:eliminad|movid|borrad))"

MISSING_SENTENCES: Final[dict[str, tuple[re.Pattern[str], ...]]] = {
    language: tuple(re.compile(pattern) for pattern in patterns)
    for language, patterns in {
        "en": (
            (
                rf"\b{_THING_EN} (?:that |which )?you(?:'re| are| were|'ve| have)? (?:just |currently )?"
                rf"(?:look|search|try|tried|trying|request|follow|enter|ask|click|want|seek)[^.!?]{{0,80}}?{_GONE_EN}"
            ),
            (
                rf"\bwe(?:'re| are)?(?: very)?(?: sorry)?[^.!?]{{0,30}}(?:could ?n[o']t|can ?n[o']?t|couldn't|can't|unable to) (?:seem to )?"
                rf"(?:find|locate) (?:the|that|this|a|your) (?:\w+ )?{_THING_EN}"
            ),
            rf"\brequested (?:\w+ )?{_THING_EN}[^!?]{{0,120}}?{_GONE_EN}",
            r"(?:looks|seems) like nothing was found at this location",
            r"the link you followed may be broken|the page may have been removed",
            rf"\b(?:sorry|oops|whoops|uh oh|hmm)\b[^.?]{{0,40}}\b{_THING_EN}\b[^.!?]{{0,40}}{_GONE_EN}",
            (
                rf"\b(?:this|that) {_THING_EN} (?:has|was|is|does|doesn't|isn't|no|cannot|can't|could)[^.!?]{{0,40}}"
                r"(?:removed|deleted|not exist|exist anymore|longer (?:available|exists?)|not available|unavailable|not be found|n't exist)"
            ),
        ),
        "zh": (
            rf"[您你](?:所|要|想|正在|需要)*(?:[访訪][问問]|查找|[浏瀏][览覽]|[请請]求|打[开開]|查看|[寻尋]?找)的?{_PAGE_ZH}[^。!?]{{0,20}}{_GONE_ZH}",
            rf"(?:[请請]求|[访訪][问問]|查看|[浏瀏][览覽])的{_PAGE_ZH}[^。!?]{{0,12}}{_GONE_ZH}",
            rf"(?:抱歉|[对對]不起|很[遗遺]憾|非常抱歉|哎呀|糟糕|呃)[^。?]{{0,22}}{_PAGE_ZH}[^。!?]{{0,15}}{_GONE_ZH}",
            rf"(?:[该該此本]|[这這][个個]?|指定的?){_PAGE_ZH}(?:可能)?已?[经經]?[^。!?]{{0,8}}{_GONE_ZH}",
            r"[该該此](?:用[户戶]|[账帳帐][户戶号號])[^。!?]{0,6}(?:注[销銷]|不存在|封禁|屏蔽|停用)",
            rf"(?:(?:[无無]法|[没沒]有|[没沒]能|未能)找到|找不到)[您你该該此相][^。!?]{{0,12}}{_PAGE_ZH}",
        ),
        "ja": (
            rf"お探しの(?:ページ|記事|コンテンツ|ファイル|情報|動画|商品)[^。]{{0,50}}?{_GONE_JA}",
            rf"(?:ご?指定の|指定|アクセス|要求|リクエスト|入力|ご覧に)(?:され|した|しよう|いただ|なろう|なって)?[^。]{{0,12}}(?:ページ|url|記事|ファイル|アドレス)[^。]{{0,50}}?{_GONE_JA}",
            r"(?:この|当該)?(?:ページ|記事|動画)[はが](?:削除|移動|終了|存在し|公開を終了)(?:され|し|ま)[^。]{0,30}(?:可能性|ました|います|せん)",
            r"申し訳[^。]{0,30}(?:ページ|記事)[^。]{0,30}(?:見つかりません|存在しません|ありません|表示できません)",
        ),
        "ko": (
            rf"(?:요청하신|요청한|찾으시는|찾고 ?계신|방문하시려는|접속하신|입력하신|원하시는)[^.]{{0,25}}(?:페이지|게시물|게시글|주소|문서|콘텐츠|글|기사)[^.]{{0,50}}?{_GONE_KO}",
            r"(?:삭제되었거나|삭제되거나|존재하지 않는)[^.]{0,20}(?:게시물|페이지|게시글|문서|글|기사)(?:입니다|이거나)",
            r"(?:죄송합니다|죄송하지만)[^가-힣]{0,3}[^.]{0,30}페이지[^.]{0,30}찾을 수 ?없",
        ),
        "ru": (
            rf"(?:запрашиваем|запрошенн|искомы|искома|нужн|указанн|котору[юе] вы)[^.!?]{{0,40}}?(?:страниц|документ|материал|файл|адрес|запис|ищете)[^.!?]{{0,50}}?{_GONE_RU}",
            r"(?:такой|данной|этой) страницы (?:больше )?(?:не существует|нет)",
            rf"(?:извините|к сожалению|простите|упс|ой)[^.?]{{0,20}}(?:страниц|документ|материал)[^.!?]{{0,50}}?{_GONE_RU}",
        ),
        "de": (
            rf"(?:angefordert|gesucht|gewünscht|aufgerufen|angefragt|angegeben)e[nrs]? (?:\w+ )?(?:seite|artikel|dokument|datei|inhalt|url|adresse)[^.!?]{{0,70}}?{_GONE_DE}",
            r"diese (?:seite|url|adresse) (?:existiert|gibt es|ist) (?:leider )?(?:hier )?nicht",
            rf"(?:leider|entschuldigung|hoppla|ups)\b[^.?]{{0,60}}\bseite\b[^.!?]{{0,50}}?{_GONE_DE}",
            rf"(?:seite|artikel|inhalt), (?:die|den|der) (?:sie|du)[^.!?]{{0,40}}(?:such|aufruf|angeforder|möchte)[^.!?]{{0,50}}?{_GONE_DE}",
        ),
        "fr": (
            rf"\b(?:page|article|contenu|document|fichier|adresse) (?:que vous|auquel vous|à laquelle vous|demandée?|recherchée?)[^.!?]{{0,70}}?{_GONE_FR}",
            r"\bn'avons pas (?:pu )?trouv(?:é|er) (?:la|cette) page",
            r"\bcette (?:page|adresse) (?:n'existe|est introuvable|n'est (?:pas|plus))",
            rf"(?:désolée?s?|oups|oops)\b[^.?]{{0,50}}\bpage\b[^.!?]{{0,50}}?{_GONE_FR}",
        ),
        "es": (
            rf"\b(?:página|pagina|artículo|contenido|documento|archivo|dirección) (?:que|a la que|solicitad[ao]|buscad[ao])[^.!?]{{0,70}}?{_GONE_ES}",
            r"\bno (?:hemos podido encontrar|encontramos|pudimos encontrar|podemos encontrar) (?:la|esta) p[áa]gina",
            r"\besta (?:página|pagina) (?:no existe|ya no|no está|no se encuentra)",
            rf"(?:lo sentimos|disculpa|vaya|ups|oops)\b[^.?]{{0,50}}\bp[áa]gina\b[^.!?]{{0,50}}?{_GONE_ES}",
        ),
        **MORE_SENTENCES,
    }.items()
}
# Each sentence pattern of a language contains one of these words. Most texts have none of them, so
# that the slow search for the patterns is skipped.
_REQUIRED_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "page", "file", "document", "article", "content", "url", "resource", "address", "post", "story", "item", "link", "video", "site",
        "nothing was found",
    ),
    "zh": (
        "页", "頁", "容", "文章", "帖子", "题", "題", "频", "頻", "接", "结", "結", "址", "资源", "資源", "文件", "信息", "志", "誌", "回答", "片", "作品",
        "商品", "微博", "户", "戶", "号", "號",
    ),
    "ja": ("お探しの", "ページ", "url", "記事", "ファイル", "アドレス", "動画"),
    "ko": ("페이지", "게시물", "주소", "문서", "콘텐츠", "글", "기사"),
    "ru": ("страниц", "документ", "материал", "файл", "адрес", "запис", "ищете"),
    "de": ("seite", "artikel", "dokument", "datei", "inhalt", "url", "adresse"),
    "fr": ("vous", "demandé", "recherché", "n'avons pas", "cette", "désolé", "oups", "oops"),
    "es": ("página", "pagina", "artículo", "contenido", "documento", "archivo", "dirección"),
    **MORE_REQUIRED_WORDS,
}  # fmt: skip


def find_missing_sentences(text: str) -> Iterator[re.Match[str]]:
    """Yield sentences of any language in a normalised text, at most one for each pattern.

    Yields:
        Matches.

    >>> [match[0] for match in find_missing_sentences("sorry, the page you are looking for was not found.")][0]
    'page you are looking for was not found'
    """
    for language, patterns in MISSING_SENTENCES.items():
        if any(map(text.__contains__, _REQUIRED_WORDS[language])):
            yield from (match for pattern in patterns if (match := pattern.search(text)))
