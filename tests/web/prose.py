"""Generate different texts in four languages for the pages of test sites, by number."""

from __future__ import annotations

from random import Random

_WORDS = {
    "en": (
        "harbour lamp ferry council winter bridge market keeper river stone orchard school engine letter garden signal captain window "
        "village teacher storm road island baker wagon mill forest painter clock museum tower sailor bread copper meadow festival choir "
        "library workshop valley weaver anchor chimney archive lantern cellar station postman quarry"
    ),
    "zh": (
        "码头 渡船 灯塔 集市 桥梁 书屋 茶馆 祠堂 河堤 戏台 作坊 老街 粮仓 学堂 药铺 钟楼 木匠 船工 邮差 渔民 校长 镇长 掌柜 画师 "
        "修复 重建 搬迁 开放 停业 改造 募捐 测量 登记 展出 出租 拆除 连夜 次年 冬天 雨季 节前 清晨 傍晚 沿岸 对岸 街口 山脚 院内"
    ),
    "ja": (
        "灯台 港町 渡し船 市場 橋 図書館 茶屋 神社 堤防 舞台 工房 商店街 米蔵 学校 薬局 時計塔 大工 船頭 郵便配達 漁師 校長 町長 店主 絵師 "
        "修復 再建 移転 公開 休業 改装 募金 測量 登録 展示 貸出 解体 一晩 翌年 冬 梅雨 祭り前 早朝 夕方 岸辺 対岸 街角 山麓 境内"
    ),
    "ko": (
        "등대 항구 나룻배 시장 다리 도서관 찻집 사당 제방 무대 공방 골목 곡물창고 학교 약국 시계탑 목수 뱃사공 집배원 어부 교장 이장 주인 화가 "
        "복원 재건 이전 개방 휴업 개조 모금 측량 등록 전시 임대 철거 하룻밤 이듬해 겨울 장마 명절 새벽 저녁 강변 건너편 길목 산기슭 마당"
    ),
}
_GLUE = {
    "en": ("The {0} of the {1} was moved beside the {2}, where a {3} had stood.", "Every {0} knew that the {1} and the {2} needed a {3}.",
           "In the year of the {0} the {1} paid for a {2} and sold the {3}.", "Nobody asked the {0} why its {1} faced the {2} and not the {3}."),
    "zh": ("{0}的{1}后来迁到{2}旁边，原址改作{3}。", "凡是{0}都知道，{1}与{2}离不开{3}。", "那一年{0}出钱办了{1}，又把{2}让给了{3}。",
           "没有人问过{0}为什么{1}朝着{2}而不是{3}。"),
    "ja": ("{0}の{1}は後に{2}の隣へ移され、跡地は{3}になった。", "どの{0}も、{1}と{2}には{3}が要ると知っていた。",
           "その年、{0}は{1}を整え、{2}を{3}に譲った。", "{0}の{1}がなぜ{2}を向き{3}を向かないのか、誰も尋ねなかった。"),
    "ko": ("{0}의 {1}은 뒤에 {2} 옆으로 옮겨졌고 터는 {3}이 되었다.", "모든 {0}은 {1}과 {2}에 {3}이 필요함을 알았다.",
           "그해 {0}은 {1}을 열고 {2}를 {3}에 넘겼다.", "{0}의 {1}이 왜 {2}를 향하고 {3}을 향하지 않는지 아무도 묻지 않았다."),
}  # fmt: skip
_TITLE = {
    "en": "How the {0} of the {1} became a {2} by the {3}",
    "zh": "{0}{1}纪事：{2}与{3}",
    "ja": "{0}と{1}の記録、{2}から{3}へ",
    "ko": "{0}과 {1}의 기록, {2}에서 {3}까지",
}


def title(number: int, lang: str = "en") -> str:
    """Return the title of an article."""
    return _TITLE[lang].format(*Random(f"title {lang} {number}").sample(_WORDS[lang].split(), 4))


def paragraphs(number: int, lang: str = "en", *, count: int = 4) -> list[str]:
    """Return the paragraphs of an article."""
    random = Random(f"text {lang} {number}")
    sentences = [
        random.choice(_GLUE[lang]).format(*random.sample(_WORDS[lang].split(), 4))
        for _ in range(4 * count)
    ]
    space = " " if lang in {"en", "ko"} else ""
    return [space.join(sentences[start : start + 4]) for start in range(0, len(sentences), 4)]
