"""List words of the sites that take over expired domains, by trade and language.

This is data: to add a word, add it to its row. `SUBJECT_WORDS` name what such sites sell; serious
pages write about that, too. `ADVERT_WORDS` are how such sites speak of themselves, and hardly
anybody else does. The rules that count them are in `parked`.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from crawler.liveness.phrases.soft404_phrases import normalise

Words = dict[str, dict[str, tuple[str, ...]]]

SUBJECT_WORDS: Final[Words] = {
    "betting": {
        "zh": (
            "新葡京", "葡京", "百家乐", "百家樂", "六合彩", "时时彩", "時時彩", "博彩", "娱乐城", "娛樂城", "真人娱乐", "彩票平台", "开奖结果", "棋牌",
            "体育投注", "體育投注", "太阳城娱乐", "太阳城集团", "皇冠体育", "菠菜平台", "威尼斯人娱乐", "娱乐平台", "北京赛车", "老虎机", "老虎機", "电子游艺", "足球投注", "线上赌场",
            "線上賭場", "澳门赌场", "官网登录入口", "真人娱乐平台",
        ),
        "ja": ("オンラインカジノ", "オンカジ", "ブックメーカー", "スロットサイト", "バカラ", "パチンコ攻略", "ライブカジノ", "スポーツベット"),
        "ko": ("카지노사이트", "카지노", "바카라", "토토사이트", "먹튀", "스포츠토토", "슬롯사이트", "슬롯머신", "홀덤사이트", "파워볼", "사설토토", "릴게임"),
        "en": (
            "bet365", "pk10", "casino online", "online casino", "casino", "sportsbook", "sports betting", "online betting", "slot machines", "online slots",
            "poker online", "online poker", "roulette", "blackjack", "baccarat", "jackpot", "bookmaker", "betting odds", "1xbet", "fun88",
            "w88", "m88", "188bet", "mostbet", "pin up casino", "stake casino",
        ),
        "ru": ("казино онлайн", "онлайн казино", "казино", "игровые автоматы", "букмекерская контора", "букмекер", "ставки на спорт", "вулкан казино", "джекпот", "рулетка онлайн", "покер онлайн"),
        "id": (
            "judi online", "judi slot", "judi bola", "slot online", "slot gacor", "situs slot", "situs judi", "situs togel", "togel", "bandar togel", "bandar judi", "bandar bola", "sbobet", "pragmatic play", "rtp slot",
            "toto macau", "togel hongkong", "togel singapore", "poker online", "live casino", "sabung ayam", "domino qq", "joker123", "mahjong ways", "slot demo", "rtp live",
        ),
        "th": ("สล็อต", "บาคาร่า", "คาสิโน", "คาสิโนออนไลน์", "พนันออนไลน์", "แทงบอล", "หวยออนไลน์", "ยิงปลา", "เว็บพนัน", "รูเล็ต", "เดิมพัน"),
        "vi": ("cá cược", "nhà cái", "sòng bạc", "đánh bạc", "tài xỉu", "nổ hũ", "lô đề", "xóc đĩa", "casino trực tuyến", "bắn cá", "đá gà", "soi kèo", "game bài"),
        "tr": ("bahis", "casino siteleri", "bahis siteleri", "canlı bahis", "kaçak bahis", "kumar siteleri", "kumar oyna", "slot oyunları", "iddaa", "canlı casino", "bahis sitesi"),
    },
    "adult": {
        "zh": ("无码", "無碼", "av在线", "成人视频", "久久精品", "色情", "黄色网站", "情色", "成人影片", "国产精品", "免费看片", "约炮", "一夜情"),
        "ja": ("アダルト動画", "エロ動画", "無修正", "デリヘル", "風俗", "出会い系"),
        "ko": ("야동", "성인사이트", "오피사이트", "출장마사지", "출장안마", "조건만남", "유흥", "밤문화"),
        "en": ("porn", "porno", "xxx videos", "escort service", "escort girls", "escorts in", "sex videos", "adult videos", "sex cams", "live sex", "hookup sites", "onlyfans leaks", "milf"),
        "ru": ("порно", "порно видео", "проститутки", "эскорт услуги", "секс знакомства", "интим услуги", "шлюхи", "индивидуалки"),
        "id": ("bokep", "video bokep", "video dewasa", "film dewasa", "cewek panggilan", "nonton bokep"),
        "th": ("หนังโป๊", "คลิปโป๊", "หนังเอ็กซ์", "ไซด์ไลน์", "หนังav", "คลิปหลุด"),
        "vi": ("phim sex", "gái gọi", "phim người lớn", "clip sex", "phim cấp 3", "phim heo"),
        "tr": ("escort bayan", "bayan escort", "porno izle", "sikiş", "seks hikayeleri"),
    },
    "loans": {
        "zh": ("网贷", "小额贷款", "信用贷款", "网上贷款", "身份证贷款", "当铺借款", "民間借款", "小額借款", "信用卡套现"),
        "ja": ("即日融資", "カードローン", "闇金", "キャッシング", "消費者金融", "クレジットカード現金化"),
        "ko": ("소액결제", "당일대출", "무직자대출", "신용대출", "급전대출", "휴대폰대출", "개인돈"),
        "en": ("payday loan", "payday loans", "cash advance", "quick loans", "personal loans", "bad credit loans", "installment loans", "title loans", "loans online"),
        "ru": ("микрозайм", "микрозаймы", "займы онлайн", "займ на карту", "кредит онлайн", "быстрые займы"),
        "id": ("pinjaman online", "pinjol", "pinjaman cepat", "kredit tanpa agunan", "dana tunai", "gadai bpkb"),
        "th": ("เงินกู้", "สินเชื่อ", "เงินด่วน", "กู้เงินออนไลน์", "เงินกู้นอกระบบ"),
        "vi": ("vay tiền", "vay tiền online", "vay nóng", "tín dụng đen", "vay tín chấp", "cho vay"),
        "tr": ("hızlı kredi", "ihtiyaç kredisi", "kredi başvurusu", "tefeci", "senetle kredi"),
    },
    "pharmacy": {
        "zh": ("伟哥", "壮阳药", "壯陽藥", "犀利士", "威而鋼", "催情药", "迷药", "减肥药"),
        "ja": ("バイアグラ", "シアリス", "精力剤", "ed治療薬", "媚薬"),
        "ko": ("비아그라", "시알리스", "발기부전치료제", "레비트라", "최음제"),
        "en": ("viagra", "cialis", "levitra", "kamagra", "sildenafil", "tadalafil", "tramadol", "xanax", "modafinil", "ivermectin", "canadian pharmacy", "online pharmacy", "cbd gummies", "cbd oil", "steroids"),
        "ru": ("виагра", "сиалис", "дженерик", "левитра", "силденафил", "таблетки для потенции"),
        "id": ("obat kuat", "obat perangsang", "obat aborsi", "viagra asli", "obat pembesar"),
        "th": ("ไวอากร้า", "ยาปลุกเซ็กส์", "ยาทน", "ยาทำแท้ง", "ยาเสียสาว"),
        "vi": ("thuốc cường dương", "thuốc kích dục", "thuốc phá thai", "viên uống giảm cân"),
        "tr": ("cinsel gücü", "geciktirici", "kamagra jel", "azdırıcı", "zayıflama hapı"),
    },
    "essays": {
        "zh": ("代写", "论文代写", "代寫", "essay代写", "作业代写", "枪手代考", "网课代上", "毕业证办理", "文凭办理"),
        "ja": ("レポート代行", "論文代行", "卒論代行"),
        "ko": ("논문대필", "레포트대행", "논문대행"),
        "en": ("essay writing service", "essay writer", "write my essay", "custom essays", "buy essays", "dissertation help", "assignment help", "paper writing service", "homework help", "term papers"),
        "ru": ("курсовая на заказ", "диплом на заказ", "реферат на заказ", "купить диплом", "дипломная работа на заказ"),
        "id": ("jasa skripsi", "joki skripsi", "joki tugas", "jasa tesis"),
        "th": ("รับทำวิทยานิพนธ์", "รับจ้างทำงานวิจัย", "รับทำการบ้าน"),
        "vi": ("viết thuê luận văn", "làm bằng giả", "thuê viết luận văn", "làm bằng đại học"),
        "tr": ("tez yazdırma", "ödev yaptırma", "tez yazım merkezi"),
    },
    "seo": {
        "zh": ("seo优化", "外链代发", "站群", "快速排名", "私服发布", "传奇私服", "刷单", "网站排名优化"),
        "ja": ("seo対策", "被リンク", "中古ドメイン", "コピー時計", "スーパーコピー"),
        "ko": ("백링크", "구글상위노출", "검색엔진최적화", "홈페이지상위노출"),
        "en": (
            "guest post", "guest posts", "guest posting", "backlinks", "link building", "seo services", "seo agency", "replica watches", "buy followers", "cheap jerseys",
            "forex signals", "crypto presale", "expired domains", "write for us", "air jordans", "cheap ray ban",
        ),
        "ru": ("продвижение сайтов", "купить ссылки", "прогон сайта", "накрутка подписчиков", "seo продвижение"),
        "id": ("jasa seo", "jasa backlink", "backlink murah", "jual followers"),
        "th": ("รับทำ seo", "ปั้มไลค์", "รับทำเว็บไซต์ seo", "ปั๊มผู้ติดตาม"),
        "vi": ("dịch vụ seo", "mua backlink", "tăng follow", "seo từ khóa"),
        "tr": ("seo hizmeti", "backlink satın al", "takipçi satın al", "hacklink"),
    },
}  # fmt: skip

ADVERT_WORDS: Final[Words] = {
    "betting": {
        "zh": ("官网登录入口", "官方注册网址", "官方注册", "注册送", "注册即送", "送彩金", "首存", "手机版下载", "app下载官网", "官网入口", "娱乐官网", "开户网址", "最新网址", "平台注册"),
        "ja": ("入金不要ボーナス", "おすすめランキング", "無料スピン", "登録ボーナス"),
        "ko": ("먹튀검증", "가입코드", "꽁머니", "안전놀이터", "메이저사이트", "가입쿠폰", "첫충"),
        "en": ("no deposit bonus", "free spins", "welcome bonus", "sign up bonus", "real money", "bonus code", "deposit bonus"),
        "ru": ("официальный сайт", "бездепозитный бонус", "зеркало", "фриспины", "играть на деньги", "промокод", "рабочее зеркало"),
        "id": ("slot gacor", "situs slot", "situs judi", "situs togel", "gacor", "situs resmi", "maxwin", "link alternatif", "daftar slot", "terpercaya", "gampang menang", "anti rungkad", "deposit pulsa", "scatter hitam"),
        "th": ("เว็บตรง", "เครดิตฟรี", "แตกง่าย", "ฝากถอนออโต้", "สมัครรับโบนัส", "ไม่ผ่านเอเย่นต์", "ทางเข้า", "เว็บแม่"),
        "vi": ("nhà cái uy tín", "đăng ký nhận", "khuyến mãi nạp", "link vào", "tải app", "nạp rút", "đổi thưởng"),
        "tr": ("güncel giriş", "deneme bonusu", "hoşgeldin bonusu", "çevrimsiz bonus", "yeni giriş", "üyelik"),
    },
    "adult": {
        "zh": ("在线观看免费", "高清视频在线", "免费视频在线观看", "在线播放免费", "永久免费"),
        "ja": ("無料視聴", "サンプル動画"),
        "ko": ("최신주소", "무료보기", "후불제"),
        "en": ("watch free", "free hd videos", "call girls", "watch online free", "hd videos"),
        "ru": ("смотреть бесплатно", "досуг", "выезд", "смотреть онлайн бесплатно"),
        "id": ("nonton gratis", "streaming gratis", "open bo"),
        "th": ("ดูฟรี", "ดูหนังฟรี", "รับงาน"),
        "vi": ("xem miễn phí", "không che", "xem online"),
        "tr": ("ücretsiz izle", "hd izle", "numaraları"),
    },
    "loans": {
        "zh": ("秒到账", "无视征信", "下款快", "免审核", "立即申请"),
        "ja": ("審査なし", "即日振込", "審査が甘い"),
        "ko": ("무방문", "즉시입금", "무서류"),
        "en": ("no credit check", "instant approval", "same day funding", "guaranteed approval"),
        "ru": ("без отказа", "без проверки", "деньги срочно", "без процентов"),
        "id": ("langsung cair", "tanpa jaminan", "cepat cair"),
        "th": ("อนุมัติไว", "ไม่เช็คบูโร", "รับเงินทันที"),
        "vi": ("giải ngân nhanh", "không thế chấp", "lãi suất thấp"),
        "tr": ("anında onay", "kefilsiz", "hemen başvur"),
    },
    "pharmacy": {
        "zh": ("货到付款", "正品官网", "在线购买", "藥局直營"),
        "ja": ("通販", "最安値", "個人輸入"),
        "ko": ("구매사이트", "정품판매", "구매방법"),
        "en": ("without prescription", "no prescription", "buy online", "buy cheap", "order online", "cheap generic", "without a doctor prescription", "free shipping"),
        "ru": ("купить недорого", "с доставкой", "без рецепта", "цена в аптеке"),
        "id": ("cod bayar di tempat", "harga murah", "jual obat"),
        "th": ("สั่งซื้อ", "ราคาถูก", "จัดส่งฟรี"),
        "vi": ("mua ở đâu", "giá rẻ", "chính hãng"),
        "tr": ("satın al", "sipariş ver", "kapıda ödeme"),
    },
    "essays": {
        "zh": ("保过", "包过", "24小时客服"),
        "ja": ("格安", "お見積り無料"),
        "ko": ("견적문의", "전문업체"),
        "en": ("plagiarism free", "hire a writer", "order now", "professional writers", "cheap essays"),
        "ru": ("без предоплаты", "заказать недорого", "с гарантией"),
        "id": ("murah dan cepat", "bergaransi"),
        "th": ("รับประกันผ่าน", "ราคานักศึกษา"),
        "vi": ("bao đậu", "uy tín giá rẻ"),
        "tr": ("uygun fiyat", "garantili"),
    },
    "seo": {
        "zh": ("首页排名", "包月排名", "加盟热线", "新开传奇"),
        "ja": ("上位表示", "n級品", "激安"),
        "ko": ("1페이지노출", "상위노출보장"),
        "en": ("high da", "dofollow", "buy backlinks", "first page of google", "rank higher"),
        "ru": ("в топ 10", "вечные ссылки"),
        "id": ("halaman 1 google", "peringkat 1"),
        "th": ("ติดหน้าแรก", "การันตีอันดับ"),
        "vi": ("lên top google", "bao lên top"),
        "tr": ("ilk sayfa garantisi", "tanıtım yazısı"),
    },
}  # fmt: skip
# Scripts that do not separate words by spaces, or join particles to them.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class WordFinder(Struct, frozen=True):
    """Finds words in texts after `normalise`; of two words that overlap the longer counts.

    Attributes:
        spaced: Matches the words of scripts with spaces, whole.
        unspaced: Matches the others anywhere.
    """

    spaced: re.Pattern[str]
    unspaced: re.Pattern[str]

    def find(self, text: str) -> set[str]:
        """Return the words in a normalised text."""
        words = set(self.spaced.findall(text))
        return words if text.isascii() else words.union(self.unspaced.findall(text))


def _compile_words(words: Words) -> WordFinder:
    """Return a finder of the words of a table, as two alternations, which `re` searches fast."""
    listed = {
        normalise(word)
        for languages in words.values()
        for row in languages.values()
        for word in row
    }
    ordered = sorted(listed, key=lambda word: (-len(word), word))
    spaced = [re.escape(word) for word in ordered if not _UNSPACED.search(word)]
    unspaced = [re.escape(word) for word in ordered if _UNSPACED.search(word)]
    return WordFinder(
        spaced=re.compile(rf"\b(?:{'|'.join(spaced)})\b"), unspaced=re.compile("|".join(unspaced))
    )


SUBJECTS: Final = _compile_words(SUBJECT_WORDS)
ADVERTS: Final = _compile_words(ADVERT_WORDS)
