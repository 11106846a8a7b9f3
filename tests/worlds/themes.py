"""Provide texts about dead pages, and texts that are served in place of dead pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

# host, language, title, paragraphs: living pages whose words design dead.
ABOUT: Sequence[tuple[str, str, str, Sequence[str]]] = (
    ("webterms.example", "en", "404 Not Found", ["A server sends 404 Not Found when it has no page at the address that was request for. The message “The page you are looking for could not be found” is the wording most readers know.", "Some operators send the message with a success status; crawlers speak of a soft 404 then."]),
    ("albums.vinylshelf.example", "en", "Page Not Found (album)", ["Page Not Found is the third album of the quartet Small Hours, recorded in a disused signal box in 2009.", "The cover shows an empty bookshelf. The title track runs for eleven minutes."]),
    ("buslines.example", "en", "404", ["Line 404 runs from the tram depot to the lighthouse every forty minutes, and does not stop at the chapel on Sundays.", "The line was numbered 404 in 1978, when 304 was withdrawn."]),
    ("oldcars.example", "fr", "Peugeot 404 : erreur de jeunesse", ["La 404 fut présentée en mai 1960 ; sa ligne vient du même atelier que la Lancia Flaminia.", "On en trouve encore dans les ports, chargées de filets."]),
    ("casino-town.example", "en", "Casino, New South Wales: town hall and beef week", ["Casino is a town on the Richmond River. Its council moved into the present town hall in 1936.", "Casino Beef Week has been held each May since 1982; hotels in Casino are booked out months before."]),
    ("spielbankmuseum.example", "de", "Die Spielbank und das Roulette: Geschichte eines Hauses", ["Das Casino wurde 1838 eröffnet, Roulette und Baccarat zogen Gäste aus ganz Europa an.", "1872 wurde das Glücksspiel verboten, das Haus diente als Lesesaal und Konzertsaal."]),
    ("faguan-biji.example", "zh", "网络赌博案件审理笔记：真人百家乐与老虎机平台", ["本文整理了近三年审理的网络赌博案件，平台多以“澳门新葡京”“真人百家乐”“注册送彩金”为名招揽赌客。", "被告人通过购买过期域名搭建网站，再以代理分成的方式发展下线，法院以开设赌场罪判处有期徒刑。"]),
    ("media-hukum.example", "id", "Polisi tutup ratusan situs judi online dan slot gacor", ["Polisi menutup ratusan situs judi online yang menumpang pada domain sekolah dan kantor desa.", "Situs itu memasang kata slot gacor, maxwin dan bonus new member agar muncul di mesin pencari, kata juru bicara."]),
    ("pravo-seti.example", "ru", "Казино на чужом домене: как перехватывают сайты", ["Заброшенные домены скупают ради ссылок: вчера здесь была библиотека, сегодня игровые автоматы и бонус за депозит.", "Мы проследили судьбу сорока сайтов, которые стали казино, и поговорили с их прежними владельцами."]),
    ("domaindiary.example", "en", "This domain is for sale: what I learned from selling mine", ["For a month my front page said “This domain is for sale. Make an offer.” Nineteen people wrote, two of them with money.", "Parking services offered to fill the page with advertisements, and paid four cents a day."]),
    ("yuming-riji.example", "zh", "域名出售记：我的域名可以转让吗", ["我在首页挂出“本域名可以转让，有意者请联系”，一个月里来了十九封信。", "这篇文章讲讲域名出售的价格、过户的步骤，以及停放页面每天能赚几分钱。"]),
    ("market.names.example", "en", "lanternfish.example is for sale", ["Listing 4471: lanternfish.example. Registered 2004, no hyphens, offers from 300.", "The seller answers within a day. Other names of this seller: weirgate.example, pumproom.example."]),
    ("ui-aufsaetze.example", "de", "„Seite nicht gefunden“: gute Fehlerseiten schreiben", ["Eine gute Fehlerseite sagt: „Die gewünschte Seite existiert nicht oder wurde verschoben“, und bietet eine Suche an.", "Wir haben achtzig Fehlerseiten von Stadtwerken und Verlagen verglichen."]),
    ("kousei-note.example", "ja", "「お探しのページは見つかりませんでした」の文例集", ["「お探しのページは見つかりませんでした」「削除されたか、URLが変更された可能性があります」など、三十の文例を集めた。", "館内の案内板と同じで、謝るよりも次の道を示すほうがよい。"]),
    ("apotheke-lexikon.example", "de", "Sildenafil (Viagra): Wirkung, Geschichte, Fälschungen", ["Sildenafil wurde als Herzmittel erprobt und 1998 unter dem Namen Viagra zugelassen.", "Viele Angebote im Netz („Viagra ohne Rezept kaufen“) liefern Fälschungen."]),
    ("integritydesk.example", "en", "Buying essays: how essay mills work", ["An essay mill sells papers “written by experts, plagiarism free, from 9 dollars a page”.", "We ordered three essays and let lecturers grade them. One was about the wrong century."]),
    ("kredit-sejarah.example", "id", "Sejarah pinjaman online di kota pelabuhan", ["Pinjaman online tanpa jaminan muncul di kota pelabuhan sekitar 2015 dan segera diawasi.", "Para pedagang pasar membandingkannya dengan rentenir di depan kantor pos lama."]),
    ("akhir-al-milaf.example", "ar", "الصفحة غير موجودة: حكاية أرشيف", ["كانت عبارة «الصفحة غير موجودة» أول ما رآه الباحثون حين فتحوا الأرشيف بعد الفيضان.", "تحكي هذه المقالة كيف أعيد بناء الفهرس بطاقة بعد بطاقة."]),
    ("hostel-403.example", "fr", "Accès refusé : chambre 403", ["La chambre 403 de l'hospice resta fermée jusqu'en 1951 ; la clé était tombée dans le bac.", "On y trouva onze parapluies et un registre d'absents."]),
    ("wanfang-shuoming.example", "zh", "页面不存在", ["《页面不存在》是一篇短篇小说，写一个校对员每天收到一张空白的书页。", "小说发表于2011年的《渡口》，后来改编成广播剧，共六集。"]),
)  # fmt: skip

# Who takes over lapsed domains: title, paragraphs.
FARMS: Mapping[str, tuple[str, Sequence[str]]] = {
    "zh": ("金沙娱乐城-官方网站", ["金沙娱乐城为您提供真人视讯、电子游艺、体育竞猜，首存即送八十八彩金，提款三分钟到账。", "全新版本手机客户端上线，百家乐、牛牛、捕鱼一应俱全，邀请好友另有返水。", "代理合作请联系在线客服，二十四小时不间断服务。"]),
    "id": ("RAJAMUARA88 # Situs Slot Gacor Gampang Maxwin", ["Daftar sekarang di situs slot gacor terpercaya dengan deposit pulsa tanpa potongan dan bonus new member 100%.", "Kami menyediakan togel, live casino, sabung ayam dan taruhan bola dengan RTP tertinggi hari ini.", "Link alternatif selalu tersedia, hubungi layanan pelanggan kami."]),
    "vi": ("Nhà cái BENTAU79 - Cá cược bóng đá, nổ hũ đổi thưởng", ["Nhà cái uy tín với kho trò chơi nổ hũ, bắn cá, tài xỉu và cá cược bóng đá trực tuyến.", "Thành viên mới nhận ngay 150k khi đăng ký tài khoản, nạp rút trong ba phút.", "Hệ thống đại lý hoa hồng cao, hỗ trợ suốt ngày đêm."]),
    "th": ("สล็อตเว็บตรง ไม่ผ่านเอเย่นต์ ฝากถอนไม่มีขั้นต่ำ", ["เว็บสล็อตแตกง่าย รวมเกมคาสิโนสด บาคาร่า และแทงบอลออนไลน์ไว้ในที่เดียว", "สมัครวันนี้รับเครดิตฟรี ฝากถอนออโต้ไม่มีขั้นต่ำ", "ทีมงานดูแลตลอดวันตลอดคืน"]),
    "ru": ("Казино Янтарь: вход, зеркало, бонусы за регистрацию", ["Играйте в игровые автоматы на рубли, рабочее зеркало доступно круглосуточно, вывод за десять минут.", "Фриспины за регистрацию без депозита и кэшбэк каждую пятницу.", "Ставки на спорт, покер и живые дилеры на одном счёте."]),
    "tr": ("Limanbet Giriş - Canlı Bahis ve Casino Güncel Adres", ["Limanbet güncel giriş adresi ile canlı bahis, rulet ve slot oyunlarına hemen katılın.", "İlk yatırıma yüzde yüz hoş geldin bonusu ve deneme bonusu veren siteler listesi.", "Çekim işlemleri on dakikada tamamlanır."]),
    "en": ("Best Online Casino Bonuses 2026 | No Deposit Free Spins", ["Compare the best online casino bonuses: free spins, no deposit offers and high roller packages.", "Our experts rate slots, live roulette and crypto casinos every week.", "Play responsibly. Affiliate links may pay us a commission."]),
    "ko": ("먹튀검증 토토사이트 추천 순위", ["안전한 토토사이트와 카지노사이트를 매일 검증하여 추천합니다.", "신규 가입 시 첫충전 보너스와 꽁머니를 지급합니다.", "스포츠 배팅, 바카라, 슬롯을 한 계정으로 즐기세요."]),
    "ja": ("オンラインカジノおすすめランキング｜入金不要ボーナス", ["人気のオンラインカジノを徹底比較し、入金不要ボーナスと出金の速さで順位をつけました。", "バカラ、スロット、ライブルーレットの攻略法も紹介しています。", "登録は三分で終わります。"]),
    "essays": ("Write My Essay For Me - Cheap Essay Writing Service", ["Order custom essays from professional writers, plagiarism free and delivered in three hours.", "From term papers to dissertations: tell us the deadline and pay someone to write your paper.", "Discount for new customers with the code FIRST15."]),
    "pills": ("Buy Generic Viagra Online Without Prescription", ["Order generic Viagra, Cialis and Levitra without prescription, shipped in plain envelopes.", "Lowest price per pill, bonus pills with each order.", "Customer reviews and worldwide delivery."]),
    "loans": ("Быстрые займы на карту без отказа", ["Оформите микрозайм на карту за пять минут без справок и поручителей.", "Первый займ под ноль процентов, круглосуточно, даже с плохой кредитной историей.", "Сравните предложения тридцати компаний."]),
    "adult": ("成人影片在线观看 - 国产自拍 无码高清", ["海量成人影片免费在线观看，每日更新，高清无码，无需下载。", "请确认您已年满十八周岁。", "收藏本站地址，防止丢失。"]),
}  # fmt: skip

# Other firms who bought a name, and blogs made for links: no word of theirs is suspicious by itself.
FIRMS: Mapping[str, tuple[str, Sequence[str]]] = {
    "de": ("Zahnarztpraxis Dr. Mertens", ["Willkommen in unserer Praxis am Marktplatz. Wir bieten Prophylaxe, Implantate und Bleaching.", "Termine vergeben wir montags bis donnerstags, in dringenden Fällen auch freitags.", "Kassen- und Privatpatienten sind uns gleich lieb."]),
    "en": ("Ten Kitchen Islands You Will Love", ["A kitchen island adds storage and a place to gather. Here are ten designs for every budget.", "Choose quartz for durability and oak for warmth; measure twice before you order.", "Our favourite air fryers and robot vacuums are linked below."]),
    "en2": ("Brightpath Roofing & Gutters", ["Licensed roofers in the tri-county area. Free inspection after every storm.", "We replace shingles, repair flashing and clean gutters. Financing available.", "Call today and ask about our senior discount."]),
    "zh": ("宏图办公家具有限公司", ["本公司专业生产办公桌椅、文件柜、会议桌，厂家直销，支持定制。", "产品远销海内外，通过质量体系认证，欢迎来电咨询选购。", "公司地址位于工业园三号路，交通便利。"]),
    "ru": ("Натяжные потолки под ключ", ["Монтаж натяжных потолков за один день, замер бесплатно, гарантия пятнадцать лет.", "Матовые, глянцевые и тканевые полотна от производителя.", "Работаем по городу и области без выходных."]),
    "ja": ("株式会社みどり不用品回収", ["不用品の回収、遺品整理、引越し後の片付けまで、お見積りは無料です。", "お電話一本で最短三十分で伺います。", "対応地域は県内全域、年中無休です。"]),
    "pl": ("Opony i felgi - sklep internetowy", ["Oferujemy opony letnie, zimowe i całoroczne oraz felgi aluminiowe.", "Wysyłka w dwadzieścia cztery godziny, montaż w partnerskich serwisach.", "Sprawdź promocje miesiąca."]),
}  # fmt: skip

# Landing pages of markets for domains, in words of their own: title, paragraphs. `{0}` is the domain.
LANDERS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("en", "{0}", ["{0}", "A name like this comes up once.", "Tell us what it is worth to you."]),
    ("tr", "{0} sahibini arıyor", ["{0}", "Bu isim yeni sahibini arıyor. Teklifinizi bırakın, aynı gün dönelim."]),
    ("en", "{0} — reserve price met", ["{0} could be yours by Friday.", "Bid with a card, transfer in an hour, three instalments at no charge."]),
    ("vi", "{0}", ["Tên miền {0} đang tìm chủ mới.", "Liên hệ nhà môi giới qua Zalo."]),
    ("zh", "{0}", ["{0}", "好名字，等有缘人。微信同号，价格面谈。"]),
    ("de", "{0}", ["{0} sucht ein neues Zuhause.", "Ihr Gebot bitte an den Makler."]),
)  # fmt: skip

# What sites say in their own words where a page is not; no list of phrases has them.
ODD: Mapping[str, Sequence[str]] = {
    "en": ("The cupboard is bare. Somebody ate the last biscuit in 2018.", "You have walked past the end of the pier."),
    "de": ("Hier wächst kein Gras mehr. Der Gärtner ist im Urlaub.", "Das Regal ist leer, die Katze schläft darin."),
    "ru": ("Тут пусто, только чай остыл на столе.", "Поезд сюда больше не ходит, рельсы сняли."),
    "zh": ("这里什么都没有，只有一只打盹的猫。", "渡船早已开走，岸上只剩风声。"),
    "ja": ("ここには風が吹いているだけです。", "棚は空っぽ、猫が寝ています。"),
    "id": ("Rak ini kosong, hanya ada cicak.", "Perahunya sudah berangkat tadi pagi."),
    "ar": ("لا شيء هنا سوى الريح والرمل.", "أغلق الحارس الباب ومضى."),
    "fr": ("Le placard est vide, la souris est partie.", "Le bac a quitté la rive ce matin."),
}  # fmt: skip
TOLD: Mapping[str, tuple[str, str]] = {
    "en": ("Page not found", "Sorry, the page you requested could not be found. It may have been removed."),
    "de": ("Seite nicht gefunden", "Die angeforderte Seite wurde leider nicht gefunden oder existiert nicht mehr."),
    "ru": ("Страница не найдена", "Запрошенная вами страница не существует или была удалена."),
    "zh": ("页面不存在", "您访问的页面不存在或已被删除，请返回首页。"),
    "ja": ("ページが見つかりません", "お探しのページは見つかりませんでした。削除された可能性があります。"),
    "id": ("Halaman tidak ditemukan", "Maaf, halaman yang Anda cari tidak ditemukan atau telah dihapus."),
    "ar": ("الصفحة غير موجودة", "عذرا، الصفحة التي تبحث عنها غير موجودة أو تم حذفها."),
    "fr": ("Page introuvable", "Désolé, la page demandée est introuvable ou a été supprimée."),
}  # fmt: skip
FAREWELLS: Mapping[str, Sequence[str]] = {
    "en": ("After twelve years we turn off the lamp.", "Thank you to all who wrote, read and argued. The boat is sold, the books went to the school."),
    "zh": ("各位读者：", "本站十二年来承蒙关照，今日熄灯。服务器已交还机房，编辑部各自归乡，江湖再见。"),
    "ja": ("長い間ありがとうございました", "十二年にわたる活動に幕を下ろします。灯りを消し、鍵は町会にお返ししました。"),
    "de": ("Danke für zwölf Jahre.", "Wir haben das Licht ausgemacht, die Bücher stehen nun in der Schule, das Boot ist verkauft."),
}  # fmt: skip
