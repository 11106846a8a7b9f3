"""Articles in eight languages, no two alike: the same seed gives the same title and paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tests.worlds.more_texts import MORE_SENTENCES, MORE_THINGS, MORE_TITLES, invented_names

THINGS = MORE_THINGS | {
    "en": "lighthouse, ferry, orchard, tannery, canal, viaduct, observatory, ropeway, smithy, granary, archive, printing press, sawmill, quarry, allotment, harbour wall, tide table, chapel, weir, brickworks, signal box, town hall, herbarium, aquarium, post office, bakery, cider press, footbridge, windmill, reservoir, parish register, school bell, tram depot, cooperage, salt pan, lifeboat station, nursery, music hall, turnpike, almshouse",
    "de": "Leuchtturm, Fähre, Obstgarten, Gerberei, Kanal, Viadukt, Sternwarte, Seilbahn, Schmiede, Kornspeicher, Archiv, Druckerei, Sägewerk, Steinbruch, Kleingarten, Hafenmauer, Gezeitentafel, Kapelle, Wehr, Ziegelei, Stellwerk, Rathaus, Herbarium, Aquarium, Postamt, Bäckerei, Mosterei, Fußgängerbrücke, Windmühle, Stausee, Kirchenbuch, Schulglocke, Straßenbahnhof, Böttcherei, Saline, Rettungsstation, Baumschule, Tanzsaal, Zollhaus, Armenhaus",
    "ru": "маяк, паром, сад, кожевня, канал, виадук, обсерватория, канатная дорога, кузница, амбар, архив, типография, лесопилка, каменоломня, огород, набережная, часовня, плотина, кирпичный завод, ратуша, гербарий, аквариум, почтамт, пекарня, мостик, мельница, водохранилище, метрическая книга, школьный звонок, депо, бондарня, солеварня, станция спасателей, питомник, танцевальный зал, застава, богадельня, ярмарка, пристань, телеграф",
    "zh": "灯塔, 渡轮, 果园, 皮革坊, 运河, 高架桥, 天文台, 索道, 铁匠铺, 粮仓, 档案馆, 印刷厂, 锯木厂, 采石场, 菜园, 海堤, 潮汐表, 小教堂, 水坝, 砖窑, 信号楼, 市政厅, 标本室, 水族馆, 邮局, 面包房, 酒坊, 人行桥, 风车, 水库, 县志, 校钟, 电车站, 木桶作坊, 盐田, 救生站, 苗圃, 戏院, 关卡, 养老院",
    "ja": "灯台, 渡し船, 果樹園, 製革所, 運河, 高架橋, 天文台, 索道, 鍛冶屋, 穀倉, 文書館, 印刷所, 製材所, 採石場, 家庭菜園, 防波堤, 潮汐表, 礼拝堂, 堰, 煉瓦工場, 信号所, 市庁舎, 標本室, 水族館, 郵便局, パン屋, 酒蔵, 歩道橋, 風車, 貯水池, 過去帳, 校鐘, 電車庫, 桶屋, 塩田, 救難所, 苗木園, 芝居小屋, 関所, 養老院",
    "id": "mercusuar, kapal feri, kebun buah, penyamakan kulit, kanal, jembatan layang, observatorium, kereta gantung, bengkel besi, lumbung, arsip, percetakan, penggergajian, tambang batu, kebun sayur, tanggul laut, tabel pasang, kapel, bendungan, pabrik bata, gardu sinyal, balai kota, herbarium, akuarium, kantor pos, toko roti, penggilingan, jembatan kayu, kincir angin, waduk, buku paroki, lonceng sekolah, depo trem, pembuat tong, tambak garam, stasiun penyelamat, pembibitan, gedung musik, gerbang tol, panti jompo",
    "ar": "المنارة, العبّارة, البستان, المدبغة, القناة, الجسر المعلق, المرصد, التلفريك, ورشة الحدادة, مخزن الحبوب, الأرشيف, المطبعة, المنشرة, المحجر, حديقة الخضار, رصيف الميناء, جدول المد, المصلى, السد, مصنع الطوب, برج الإشارة, دار البلدية, المعشبة, حوض الأسماك, مكتب البريد, المخبز, المعصرة, جسر المشاة, الطاحونة, الخزان, السجل القديم, جرس المدرسة, محطة الترام, ورشة البراميل, الملاحة, محطة الإنقاذ, المشتل, قاعة الموسيقى, بوابة المكوس, دار المسنين",
    "fr": "le phare, le bac, le verger, la tannerie, le canal, le viaduc, l'observatoire, le téléphérique, la forge, le grenier, les archives, l'imprimerie, la scierie, la carrière, le potager, la digue, la table des marées, la chapelle, le barrage, la briqueterie, le poste d'aiguillage, la mairie, l'herbier, l'aquarium, la poste, la boulangerie, le pressoir, la passerelle, le moulin, le réservoir, le registre, la cloche, le dépôt de trams, la tonnellerie, le marais salant, le canot de sauvetage, la pépinière, le théâtre, l'octroi, l'hospice",
}  # fmt: skip
SENTENCES = MORE_SENTENCES | {
    "en": [
        "In {year} the council paid {number} crowns for the {0}, though the {1} leaked and the {2} had no roof.",
        "Whoever walks from the {0} to the {1} passes the {2}, and on clear days sees the {3} beyond it.",
        "The {0} was drawn by the same hand as the {1}; only the {2} came later.",
        "Letters about the {0} fill {number} pages, most of them complaints from the {1}.",
        "After the flood of {year} nothing was left of the {0} but a doorstep, which now lies before the {1}.",
        "Two apprentices counted {number} nails in the {0} and carried them to the {1} in a hat.",
        "Some say that the {0} is older than the {1}, others that the {2} stood before both.",
        "A guide sold tickets to the {0} until {year}, when the {1} opened and took her visitors.",
        "What the {0} cost has never been published; the {1} alone took {number} days of digging.",
        "Between the {0} and the {1} a path was cut in {year} for those who worked at the {2}.",
    ],
    "de": [
        "{year} bewilligte der Rat {number} Taler: {0}, {1} und {2} sollten noch vor dem Winter fertig werden.",
        "Erst {0}, dann {1}, zuletzt {2}: in dieser Reihenfolge stehen die Bauten auf der Karte von {year}.",
        "Im Protokoll heißen sie nur „{0}“ und „{1}“, doch jeder im Ort wusste, was gemeint war.",
        "Über das Stichwort {0} gibt es {number} Seiten Briefe, die meisten handeln von Schulden.",
        "Nach dem Hochwasser von {year} blieb wenig übrig; {0} und {1} wurden aus alten Steinen neu errichtet.",
        "Zwei Lehrlinge zählten {number} Nägel und trugen sie im Hut davon, so steht es unter {0}.",
        "Ob {0} älter ist als {1}, darüber streitet der Verein seit {year}.",
        "Wer heute {0} sucht, findet an derselben Stelle {1} und dahinter {2}.",
        "Was {0} gekostet hat, wurde nie bekannt; allein die Gräben brauchten {number} Tage.",
        "Eine Führerin verkaufte bis {year} Karten, danach kamen alle nur noch wegen {0}.",
    ],
    "ru": [
        "В {year} году совет выделил {number} рублей, и {0}, {1}, {2} попали в один список.",
        "На карте рядом стоят {0}, {1} и {2}, хотя на местности между ними полдня пути.",
        "В протоколе сказано коротко: «{0}», и только ниже карандашом приписано «{1}».",
        "Переписка под заголовком «{0}» занимает {number} страниц, почти все они о долгах.",
        "После паводка {year} года уцелели лишь {0} и {1}, остальное строили заново.",
        "Двое учеников насчитали {number} гвоздей и унесли их в шапке, об этом помнит {0}.",
        "Что древнее, {0} или {1}, краеведы спорят с {year} года.",
        "Кто ищет, где был {0}, найдёт на том же месте {1} и чуть дальше {2}.",
        "Сколько всё стоило, неизвестно: одни только рвы копали {number} дней, а {0} ждал.",
        "До {year} года билеты продавала одна женщина, потом открылся {0} и очередь ушла туда.",
    ],
    "zh": [
        "{year}年议事会拨出{number}两银子，先修{0}，再补{1}，{2}只好等到来年。",
        "从{0}走到{1}要经过{2}，天晴时还能望见{3}。",
        "{0}与{1}出自同一位匠人之手，{2}却是后来添的。",
        "关于{0}的书信共有{number}页，大半是{1}寄来的抱怨。",
        "{year}年大水过后，{0}只剩一级石阶，如今铺在{1}门前。",
        "两个学徒在{0}数出{number}枚钉子，用帽子兜着送去了{1}。",
        "有人说{0}比{1}早，也有人说{2}才是最早的。",
        "看门的老人卖{0}的门票一直卖到{year}年，{1}开张后就没人来了。",
        "{0}花了多少钱从未公布，光是{1}的地基就挖了{number}天。",
        "{year}年在{0}和{1}之间开了一条小路，专给{2}的工人走。",
    ],
    "ja": [
        "{year}年、町議会は{0}に{number}円を出したが、{1}の雨漏りは直らなかった。",
        "{0}から{1}へ歩くと途中に{2}があり、晴れた日には{3}まで見える。",
        "{0}と{1}は同じ大工の図面によるもので、{2}だけが後の時代に加わった。",
        "{0}についての手紙は{number}通残り、その多くは{1}からの苦情である。",
        "{year}年の洪水で{0}は敷石一つを残すだけとなり、それは今{1}の前にある。",
        "二人の弟子が{0}で釘を{number}本数え、帽子に入れて{1}へ運んだ。",
        "{0}のほうが{1}より古いと言う人もいれば、{2}こそ最初だと言う人もいる。",
        "{0}の切符は{year}年まで売られ、{1}が開くと客はそちらへ移った。",
        "{0}の費用は公表されなかったが、{1}の溝を掘るだけで{number}日かかった。",
        "{year}年、{0}と{1}の間に、{2}で働く人のための小道が開かれた。",
    ],
    "id": [
        "Pada tahun {year} dewan membayar {number} gulden untuk {0}, padahal {1} bocor dan {2} belum beratap.",
        "Orang yang berjalan dari {0} ke {1} melewati {2}, dan pada hari cerah melihat {3}.",
        "Gambar {0} dibuat oleh tangan yang sama dengan {1}; hanya {2} yang menyusul.",
        "Surat tentang {0} mengisi {number} halaman, sebagian besar keluhan dari {1}.",
        "Setelah banjir {year}, {0} hanya menyisakan satu anak tangga yang kini ada di depan {1}.",
        "Dua murid menghitung {number} paku di {0} lalu membawanya ke {1} di dalam topi.",
        "Ada yang bilang {0} lebih tua daripada {1}, ada pula yang menyebut {2}.",
        "Seorang pemandu menjual karcis {0} sampai {year}, ketika {1} dibuka.",
        "Biaya {0} tidak pernah diumumkan; {1} saja memakan {number} hari.",
        "Di antara {0} dan {1} dibuka jalan setapak pada {year} bagi pekerja {2}.",
    ],
    "ar": [
        "في عام {year} دفع المجلس {number} دينارا من أجل {0} مع أن {1} بلا سقف و{2} لم تكتمل.",
        "من يمشي من {0} إلى {1} يمر بجانب {2} ويرى في الأيام الصافية {3}.",
        "رسم {0} الشخص نفسه الذي رسم {1} أما {2} فجاءت لاحقا.",
        "تملأ الرسائل عن {0} {number} صفحة معظمها شكاوى من {1}.",
        "بعد فيضان {year} لم يبق من {0} سوى عتبة توجد اليوم أمام {1}.",
        "عد تلميذان {number} مسمارا في {0} وحملاها إلى {1} في قبعة.",
        "يقول بعضهم إن {0} أقدم من {1} ويقول آخرون إن {2} سبقتهما.",
        "باعت المرشدة تذاكر {0} حتى عام {year} حين فتحت {1} أبوابها.",
        "لم تنشر كلفة {0} أبدا وحفر {1} وحده استغرق {number} يوما.",
        "بين {0} و{1} شق طريق عام {year} لمن كانوا يعملون في {2}.",
    ],
    "fr": [
        "En {year}, le conseil vota {number} livres pour {0}, alors que {1} fuyait et que {2} n'avait plus de toit.",
        "Qui va vers {0} depuis {1} voit d'abord {2}, puis, par temps clair, {3}.",
        "Le plan montre {0} et {1} de la même main ; {2} fut ajouté plus tard.",
        "Il reste {number} pages de lettres où l'on réclame {0} et se plaint de {1}.",
        "Après la crue de {year}, il fallut reconstruire {0} avec les pierres de {1}.",
        "Deux apprentis comptèrent {number} clous dans un chapeau avant de visiter {0}.",
        "Pour les uns {0} est plus ancien que {1} ; pour les autres {2} précède tout.",
        "On vendit des billets jusqu'en {year} ; ensuite {0} attira tout le monde.",
        "Le prix ne fut jamais publié : {number} jours de fouilles rien que pour {0}.",
        "Un sentier relie {0} et {1} depuis {year}, pour ceux que {2} employait.",
    ],
}  # fmt: skip
TITLES = MORE_TITLES | {
    "en": ["The {0} and its {1}: a history from {year}", "Why the {0} closed before the {1}", "Notes on a {0}, {year}"],
    "de": ["{0} und {1} im Jahr {year}", "Wie {0} zu {1} kam", "Nachricht über {0}, {year}"],
    "ru": ["{0} и {1}: заметки {year} года", "Как строили {0}", "{0}: история с {year} года"],
    "zh": ["{0}与{1}：{year}年旧事", "{0}为何先于{1}关闭", "记{year}年的{0}"],
    "ja": ["{0}と{1}、{year}年の記録", "なぜ{0}は{1}より先に閉じたか", "{year}年の{0}について"],
    "id": ["Sejarah {0} dan {1} sejak {year}", "Mengapa {0} tutup lebih dulu", "Catatan tentang {0}, {year}"],
    "ar": ["تاريخ {0} و{1} منذ {year}", "لماذا أغلقت {0} قبل {1}", "ملاحظات عن {0} عام {year}"],
    "fr": ["{0} et {1}, chronique de {year}", "Pourquoi {0} ferma avant {1}", "Notes sur {0}, {year}"],
}  # fmt: skip
_JOIN = {"zh": "", "ja": "", "zh-club": ""}


@dataclass(frozen=True)
class Article:
    """A title and paragraphs in one language."""

    lang: str
    title: str
    paragraphs: Sequence[str]


def article(lang: str, seed: object, *, paragraphs: int = 5) -> Article:
    """Return the article of a seed."""
    random = Random(f"{lang} {seed}")
    things = THINGS[lang].split(", ") + invented_names(lang, random)

    def fill(pattern: str) -> str:
        year, number = random.randint(1791, 1984), random.randint(13, 987)
        return pattern.format(*random.sample(things, 4), year=year, number=number)

    title = fill(random.choice(TITLES[lang]))
    title = title[0].upper() + title[1:]
    texts = []
    for _ in range(paragraphs):
        chosen = random.sample(SENTENCES[lang], 4)
        texts.append(_JOIN.get(lang, " ").join(fill(pattern) for pattern in chosen))
    return Article(lang, title, texts)


def slug(lang: str, seed: object) -> str:
    """Return a piece of an address, as a site would make it from the title."""
    random = Random(f"slug {lang} {seed}")
    source = "en" if lang not in {"de", "id"} else lang
    words = random.sample(THINGS[source].split(", "), 3)
    plain = "-".join(words).lower().replace(" ", "-")
    for letter, spelled in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(letter, spelled)
    return plain
