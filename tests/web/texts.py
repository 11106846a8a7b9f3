"""Pages in the languages of wikis: articles, and the texts of soft 404 pages."""

from __future__ import annotations

from crawler.demo.responses import page
from crawler.demo.web import Behaviour

# language tag -> title, paragraphs
ARTICLES: dict[str, tuple[str, ...]] = {
    "en": (
        "Harbour lights to burn all night again",
        "The council voted on Tuesday to keep the twelve harbour lights burning until sunrise, ending a trial that had darkened the quay.",
        "Fishermen had asked for the change since spring, when two boats touched the breakwater within a week.",
        "The new timetable begins on the first of the month and costs about nine thousand a year.",
    ),
    "zh-Hans": (
        "青石镇恢复夜间轮渡，票价不变",
        "青石镇交通管理处周二宣布，停运八个月的夜间轮渡将于下月一日恢复，每晚四班，票价仍为两元。",
        "管理处负责人表示，新船配备了雷达与备用发电机，遇大雾时将提前一小时公布停航消息。",
        "居民李先生说，此前下夜班只能绕行十二公里的公路桥，轮渡恢复后可以早半小时回家。",
    ),
    "zh-Hant": (
        "老戲院修復完成，週末開放參觀",
        "歷經三年修復，建於一九三六年的老戲院本週末重新開放，首日將放映一部當年的黑白電影。",
        "修復團隊保留了原有的木造座椅與手繪看板，並在後台發現了兩百多張舊票根。",
        "參觀需事先登記，每場限八十人。",
    ),
    "ja": (
        "港町の灯台、百年ぶりに公開へ",
        "市は二十日、岬の灯台を来月から週末に限って一般公開すると発表した。内部が公開されるのは建設以来初めてとなる。",
        "灯台は昨年、耐震工事を終えた。らせん階段は狭いため、一度に入れるのは十人までとしている。",
        "入場は無料で、雨天の日は中止する。",
    ),
    "ko": (
        "강변 도서관, 새벽까지 문 연다",
        "시는 다음 달부터 강변 도서관을 매주 금요일 새벽 두 시까지 운영한다고 밝혔다.",
        "시험 기간에 자리가 모자란다는 학생들의 요청이 이어진 데 따른 것이다.",
        "도서관은 야간 근무 사서 네 명을 새로 뽑을 예정이다.",
    ),
    "ru": (
        "В порту открыли новый причал",
        "В четверг в порту открыли новый причал длиной сто двадцать метров, строительство которого шло два года.",
        "Причал сможет принимать паромы с соседних островов круглый год, включая месяцы с ледоставом.",
        "Первый рейс отправится в субботу утром.",
    ),
    "de": (
        "Die alte Mühle mahlt wieder",
        "Nach vier Jahren Arbeit dreht sich das Rad der alten Mühle wieder; am Sonntag wurde das erste Mehl verkauft.",
        "Der Verein hat das Holz für die neuen Schaufeln aus dem eigenen Wald geschlagen.",
        "Besuche sind samstags von zehn bis vier möglich.",
    ),
    "fr": (
        "Le marché couvert rouvre ses portes",
        "Fermé depuis l'incendie de l'hiver dernier, le marché couvert a rouvert samedi avec trente-deux commerçants.",
        "La charpente a été refaite à l'identique, d'après les plans retrouvés aux archives.",
        "Le marché se tiendra désormais le mercredi et le samedi.",
    ),
    "es": (
        "El faro vuelve a encenderse",
        "El faro del cabo volvió a encenderse el lunes tras once meses de obras en la linterna y la escalera.",
        "La luz alcanza ahora veintidós millas y se alimenta de paneles solares.",
        "Las visitas guiadas comenzarán en mayo.",
    ),
}

MISSING: dict[str, tuple[str, ...]] = {
    "en": (
        "Page not found",
        "Sorry, the page you are looking for could not be found. It may have been moved or deleted.",
        "Back to the home page",
    ),
    "zh-Hans": ("页面不存在", "抱歉，您访问的页面不存在或已被删除。", "返回首页"),
    "zh-Hant": ("找不到網頁", "很抱歉，您要找的網頁不存在或已被移除。", "回首頁"),
    "ja": (
        "お探しのページは見つかりませんでした",
        "お探しのページは削除されたか、URLが変更された可能性があります。",
        "トップページへ戻る",
    ),
    "ko": (
        "페이지를 찾을 수 없습니다",
        "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다.",
        "홈으로",
    ),
    "ru": (
        "Страница не найдена",
        "К сожалению, запрашиваемая страница не существует или была удалена.",
        "На главную",
    ),
    "de": (
        "Seite nicht gefunden",
        "Die gewünschte Seite existiert nicht oder wurde verschoben.",
        "Zur Startseite",
    ),
    "fr": (
        "Page introuvable",
        "Désolé, la page que vous cherchez n'existe pas ou a été supprimée.",
        "Retour à l'accueil",
    ),
    "es": (
        "Página no encontrada",
        "Lo sentimos, la página que busca no existe o ha sido eliminada.",
        "Volver al inicio",
    ),
}

# What sites of the Chinese web say with a 200 when a post, an article or an account is gone.
REMOVED: dict[str, tuple[str, ...]] = {
    "post": ("提示信息", "抱歉，指定的主题不存在或已被删除或正在被审核"),
    "article": ("公告", "该内容已被发布者删除"),
    "violation": ("提示", "此内容因违规无法查看"),
    "account": ("用户不存在", "该用户已注销，内容无法显示。"),
    "question": ("你似乎来到了没有知识存在的荒原", "去往首页，或者搜索你感兴趣的内容。"),
}


def article(
    language: str = "en", *, encoding: str = "utf-8", head: str = "", markup: str = ""
) -> Behaviour:
    return page(*ARTICLES[language], lang=language, encoding=encoding, head=head, markup=markup)


def missing(language: str) -> Behaviour:
    """Return a page that says that it is missing, served with status 200."""
    return page(*MISSING[language], lang=language)


def removed(kind: str) -> Behaviour:
    return page(*REMOVED[kind], lang="zh-Hans")
