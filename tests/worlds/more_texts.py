"""Words, sentences and titles of the second invented web: clubs, kitchens and workshops in ten languages."""

from __future__ import annotations

from random import Random

MORE_THINGS = {
    "es": "colmena, panadería, acequia, telar, campanario, herrería, tranvía, viñedo, molino, faro, imprenta, quesería, alfarería, biblioteca, mercado, embalse, cantera, orquesta, jardín botánico, taller de relojes",
    "it": "alveare, forno, acquedotto, telaio, campanile, fucina, funicolare, vigneto, mulino, saponificio, tipografia, caseificio, fornace, biblioteca, mercato coperto, diga, cava, banda musicale, orto botanico, bottega del liutaio",
    "pl": "pasieka, piekarnia, wodociąg, warsztat tkacki, dzwonnica, kuźnia, kolejka wąskotorowa, winnica, młyn, mydlarnia, drukarnia, serownia, cegielnia, czytelnia, hala targowa, zapora, kamieniołom, orkiestra dęta, ogród botaniczny, pracownia lutnicza",
    "ko": "양봉장, 빵집, 수로, 베틀, 종탑, 대장간, 전차, 포도밭, 물레방아, 비누 공방, 인쇄소, 치즈 공방, 벽돌 가마, 도서관, 장터, 저수지, 채석장, 관악대, 식물원, 시계 공방",
    "pt": "colmeia, padaria, aqueduto, tear, campanário, ferraria, elétrico, vinha, moinho, saboaria, tipografia, queijaria, olaria, biblioteca, mercado, barragem, pedreira, filarmónica, jardim botânico, oficina de relógios",
    "nl": "bijenkast, bakkerij, waterleiding, weefgetouw, klokkentoren, smederij, stoomtram, wijngaard, watermolen, zeepziederij, drukkerij, kaasmakerij, steenoven, leeszaal, markthal, stuwdam, steengroeve, fanfare, hortus, vioolbouwer",
    "tr": "kovanlık, fırın, su kemeri, dokuma tezgâhı, saat kulesi, demirhane, tramvay, bağ, değirmen, sabunhane, matbaa, mandıra, tuğla ocağı, okuma salonu, çarşı, baraj, taş ocağı, bando, botanik bahçesi, saatçi dükkânı",
    "en-club": "sourdough starter, hive inspection, loom, bell tower, narrow gauge line, vineyard, water mill, soap kettle, letterpress, cheese cave, kiln, reading room, covered market, brass band, botanic garden, violin bench, chess problem, sailing dinghy, star chart, fern house",
    "zh-club": "蜂箱, 麵包爐, 水圳, 織布機, 鐘樓, 打鐵舖, 輕便鐵道, 葡萄園, 水車, 肥皂坊, 活字版, 起司窖, 柴窯, 閱覽室, 魚市場, 管樂隊, 植物園, 提琴工坊, 殘局, 星圖",
    "de-club": "Sauerteig, Bienenstock, Webstuhl, Glockenturm, Schmalspurbahn, Weinberg, Wassermühle, Seifenkessel, Bleisatz, Käsekeller, Brennofen, Lesesaal, Markthalle, Blaskapelle, Palmenhaus, Geigenbank, Schachaufgabe, Jolle, Sternkarte, Farnhaus",
}  # fmt: skip
MORE_SENTENCES = {
    "es": [
        "La {0} abrió en {year} con {number} socios, y pronto tuvo más visitas que la {1}.",
        "En las actas aparece la {0} junto a la {1}, siempre con la misma letra menuda.",
        "Nadie recuerda quién pagó la {0}; la cuenta habla de {number} pesetas y de una {1}.",
        "Para llegar a la {0} hay que cruzar la {1} y dejar atrás la {2}.",
        "El maestro enseñaba por la tarde en la {0} y por la noche arreglaba la {1}.",
        "Cuando llovía, los vecinos guardaban las sillas de la {0} en la {1}.",
        "De aquella {0} queda una fotografía de {year} y poco más.",
        "La revista dedicó {number} páginas a la {0}, pero ninguna a la {1}.",
    ],
    "it": [
        "Nel {year} il {0} contava {number} soci e una cassa vuota, mentre il {1} prosperava.",
        "Dal {0} al {1} si cammina mezz'ora, passando accanto al {2}.",
        "La lettera parla del {0} in tre righe e del {1} in venti pagine.",
        "Chi ha costruito il {0} non sapeva nulla del {1}, eppure si somigliano.",
        "Il custode apriva il {0} la domenica e chiudeva il {1} il lunedì.",
        "Si spesero {number} lire per il {0}; il {1} costò molto meno.",
        "Una targa del {year} ricorda il {0}, ma è murata sul {1}.",
        "La neve del {year} fece crollare il tetto del {0} sopra il {1}.",
    ],
    "pl": [
        "W {year} roku {0} miała {number} członków, a {1} dopiero powstawała.",
        "Kto idzie do miejsca, gdzie stała {0}, mija po drodze {1} oraz {2}.",
        "W księdze zapisano, że {0} kosztowała {number} złotych, o tym, ile kosztowała {1}, nie ma słowa.",
        "Po wojnie {0} przeniosła się do budynku, w którym była {1}.",
        "Na zdjęciu z {year} roku widać, że {0} stoi obok, a {1} jest w tle.",
        "Uczniowie rysowali to, co nazywali {0}, a nauczyciel mówił, że to {1}.",
        "Nie wiadomo, czy {0} była starsza, czy może {1} przez lata udawała młodszą.",
        "Gazeta poświęciła {number} stron temu, jak upadła {0}, i jedno zdanie o {1}.",
    ],
    "ko": [
        "{year}년에 문을 연 {0}에는 회원이 {number}명 있었고, {1}은 그보다 늦게 생겼다.",
        "{0}에서 {1}까지 걸어가면 {2}이 보이고 멀리 {3}도 보인다.",
        "회의록에는 {0}과 {1}이 언제나 나란히 적혀 있다.",
        "비가 오면 사람들은 {0}의 의자를 {1} 안으로 옮겼다.",
        "{0}을 짓는 데 {number}원이 들었지만 {1}의 값은 아무도 모른다.",
        "{year}년에 찍은 사진 한 장이 {0}의 전부이다.",
        "선생은 낮에는 {0}에서 가르치고 밤에는 {1}을 고쳤다.",
        "잡지는 {0}에 {number}쪽을 썼으나 {1}에는 한 줄도 쓰지 않았다.",
    ],
    "pt": [
        "Em {year} a {0} tinha {number} sócios e uma dívida maior do que a da {1}.",
        "Quem vem da {0} passa pela {1} e só depois vê a {2}.",
        "O livro de contas diz que a {0} custou {number} réis, mas não fala da {1}.",
        "Quando chovia, guardavam-se as cadeiras da {0} dentro da {1}.",
        "Uma fotografia de {year} mostra a {0} e, ao fundo, a {1}.",
        "O mestre ensinava na {0} de manhã e à noite consertava a {1}.",
        "Ninguém sabe se a {0} é mais antiga do que a {1}.",
        "A revista deu {number} páginas à {0} e nenhuma à {1}.",
    ],
    "nl": [
        "In {year} telde de {0} nog {number} leden, terwijl de {1} al leeg stond.",
        "Wie van de {0} naar de {1} loopt, komt langs de {2} en ziet daar de {3}.",
        "Het kasboek noemt de {0} voor {number} gulden, maar de {1} ontbreekt.",
        "Bij regen werden de stoelen van de {0} in de {1} gezet.",
        "Op een foto uit {year} staat de {0} vooraan en de {1} in de mist.",
        "De meester gaf overdag les in de {0} en herstelde in de avond de {1}.",
        "Of de {0} ouder is dan de {1} weet niemand meer.",
        "Het blad wijdde {number} bladzijden aan de {0}, geen enkele aan de {1}.",
    ],
    "tr": [
        "{year} yılında {0} için {number} üye vardı, {1} ise daha kurulmamıştı.",
        "{0} ile {1} arasında yürüyen biri önce {2}, sonra {3} görür.",
        "Defterde {0} için {number} kuruş yazıyor, {1} hakkında bir söz yok.",
        "Yağmur yağınca {0} sandalyeleri {1} içine taşınırdı.",
        "{year} tarihli bir fotoğrafta {0} önde, {1} arkada durur.",
        "Usta gündüz {0} başında ders verir, gece {1} onarırdı.",
        "{0} mı daha eskidir, {1} mi, bunu kimse bilmiyor.",
        "Dergi {0} için {number} sayfa ayırdı, {1} için hiç.",
    ],
    "en-club": [
        "Our {0} began in {year} with {number} members and a borrowed {1}.",
        "Nobody who has tried the {0} goes back to the {1} without complaint.",
        "You will need a {0}, a patient friend, and about {number} minutes beside the {1}.",
        "The minutes of {year} mention the {0} twice, both times next to the {1}.",
        "If the {0} is cold, warm it slowly; the {1} forgives less than the {2}.",
        "She built her {0} from parts of a {1} that had been thrown away in {year}.",
        "We paid {number} shillings for the {0} and never regretted it, unlike the {1}.",
        "A drawing of the {0} hangs beside the {1}, a little crooked since {year}.",
    ],
    "zh-club": [
        "{year}年成立的{0}有{number}名社員,{1}是後來才加進來的。",
        "從{0}往{1}走,會先經過{2},再看見{3}。",
        "帳本上{0}花了{number}圓,{1}卻一個字也沒提。",
        "下雨時大家把{0}的椅子搬進{1}裡。",
        "{year}年的一張照片裡,{0}在前,{1}在霧中。",
        "師傅白天教{0},晚上修{1}。",
        "{0}和{1}哪個比較老,已經沒有人知道。",
        "雜誌用了{number}頁寫{0},對{1}隻字未提。",
    ],
    "de-club": [
        "Der Verein gründete sich {year} mit {number} Mitgliedern; {0} und {1} kamen später dazu.",
        "Wer einmal mit {0} gearbeitet hat, der kehrt zu {1} nicht gern zurück.",
        "Man braucht dafür {0}, etwas Geduld und rund {number} Minuten neben {1}.",
        "Das Protokoll von {year} nennt {0} zweimal, und beide Male neben {1}.",
        "Ist es kalt, so wärmt man zuerst auf; {0} verzeiht das eher als {1} oder {2}.",
        "Sie baute sich alles aus Teilen, die {year} bei {0} übrig waren, und nannte es {1}.",
        "Wir haben {number} Mark dafür bezahlt und es nie bereut, anders als bei {0}.",
        "Eine Zeichnung von {0} hängt seit {year} neben {1}, ein wenig schief.",
    ],
}  # fmt: skip
MORE_TITLES = {
    "es": ["La {0} y la {1} en {year}", "Cómo se perdió la {0}"],
    "it": ["Il {0} del {year}", "Dal {0} al {1}: appunti"],
    "pl": ["Jak {0} stała się tym, czym jest", "{0} w roku {year}"],
    "ko": ["{year}년의 {0}과 {1}", "{0}은 왜 사라졌는가"],
    "pt": ["A {0} e a {1}, memória de {year}", "Como se fez a {0}"],
    "nl": ["De {0} in het jaar {year}", "Van {0} naar {1}: een wandeling"],
    "tr": ["{year} yılında {0} ve {1}", "{0} nasıl yapıldı"],
    "en-club": ["Building a {0} for the {1}", "What our {0} taught us in {year}", "{0} in {number} minutes"],
    "zh-club": ["{year}年的{0}", "怎樣做{0}:從{1}說起"],
    "de-club": ["{0} im Verein seit {year}", "Vom {0} zum {1}, Teil {number}"],
}  # fmt: skip
MORE_MENUS = {
    "es": "Inicio, Noticias, Socios, Actividades, Contacto, Buscar",
    "it": "Home, Notizie, Soci, Attività, Contatti, Cerca",
    "pl": "Strona główna, Aktualności, Członkowie, Wydarzenia, Kontakt, Szukaj",
    "ko": "홈, 소식, 회원, 행사, 오시는 길, 검색",
    "pt": "Início, Notícias, Sócios, Actividades, Contactos, Pesquisa",
    "nl": "Home, Nieuws, Leden, Agenda, Contact, Zoeken",
    "tr": "Ana sayfa, Haberler, Üyeler, Etkinlikler, İletişim, Ara",
    "en-club": "Home, News, Members, Events, Contact, Search",
    "zh-club": "首頁, 消息, 社員, 活動, 聯絡, 搜尋",
    "de-club": "Start, Neuigkeiten, Mitglieder, Termine, Kontakt, Suche",
}
MORE_SEEN = {
    "es": "{0} visitas",
    "it": "Visite: {0}",
    "pl": "Odsłony: {0}",
    "ko": "조회 {0}",
    "pt": "Visto {0} vezes",
    "nl": "{0} keer bekeken",
    "tr": "{0} kez okundu",
    "en-club": "{0} views",
    "zh-club": "瀏覽 {0}",
    "de-club": "Aufrufe: {0}",
}
MORE_LATEST = {
    "es": "Lo último",
    "it": "Ultime",
    "pl": "Ostatnio",
    "ko": "새 글",
    "pt": "Recentes",
    "nl": "Onlangs",
    "tr": "Son yazılar",
    "en-club": "Recent posts",
    "zh-club": "最近更新",
    "de-club": "Zuletzt",
}

_SYLLABLES = {
    "ko": "가 나 도 라 무 비 소 아 조 하 강 린 송 담",
    "zh-club": "嵐 溪 坡 嶼 汀 崙 埔 寮 澳 坑 墩 灣 鼻 崎",
}
_LATIN_SYLLABLES = "ba den kor mi lu sta vel ro ga tin os pre dal mer"


def invented_names(lang: str, random: Random) -> list[str]:
    """Return names of places in a language of the second web; none in those of the first."""
    if lang not in MORE_THINGS:
        return []
    syllables = _SYLLABLES.get(lang, _LATIN_SYLLABLES).split()
    return ["".join(random.sample(syllables, 3)).capitalize() for _ in range(40)]
