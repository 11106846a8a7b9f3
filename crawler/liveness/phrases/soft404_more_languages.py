"""List what pages in further languages say when their content is missing.

`soft404_phrases` adds these tables to its own, by language. All texts are in lower case.
"""

from __future__ import annotations

from typing import Final

# What a title or a whole page says, and nothing else
MORE_PHRASES: Final[dict[str, tuple[str, ...]]] = {
    "it": ("pagina non trovata", "pagina non disponibile", "pagina inesistente", "la pagina non esiste", "la pagina richiesta non esiste", "file non trovato", "non trovato"),
    "pt": ("página não encontrada", "pagina nao encontrada", "página inexistente", "a página não existe", "a página não foi encontrada", "não encontrado", "não encontrada"),
    "pl": ("nie znaleziono strony", "strona nie istnieje", "strona nie została znaleziona", "strony nie znaleziono", "nie odnaleziono strony", "nie znaleziono"),
    "nl": ("pagina niet gevonden", "de pagina is niet gevonden", "deze pagina bestaat niet", "pagina bestaat niet", "niet gevonden"),
    "tr": ("sayfa bulunamadı", "sayfa mevcut değil", "aradığınız sayfa bulunamadı", "böyle bir sayfa yok"),
    "uk": ("сторінку не знайдено", "сторінка не знайдена", "сторінки не існує", "такої сторінки не існує", "сторінка не існує", "не знайдено"),
    "cs": ("stránka nenalezena", "stránka nebyla nalezena", "stránka neexistuje", "tato stránka neexistuje", "požadovaná stránka neexistuje", "nenalezeno"),
    "sk": ("stránka nenájdená", "stránka sa nenašla", "stránka nebola nájdená", "stránka neexistuje"),
    "sv": ("sidan hittades inte", "sidan kunde inte hittas", "sidan finns inte", "sidan kan inte hittas", "hittades inte"),
    "da": ("siden blev ikke fundet", "siden findes ikke", "siden kunne ikke findes", "siden kan ikke findes"),
    "no": ("siden ble ikke funnet", "siden finnes ikke", "fant ikke siden", "siden kunne ikke finnes", "sida vart ikkje funnen"),
    "fi": ("sivua ei löytynyt", "sivua ei löydy", "sivua ei ole", "sivua ei ole olemassa"),
    "hu": ("az oldal nem található", "a keresett oldal nem található", "a kért oldal nem található", "nem található"),
    "ro": ("pagina nu a fost găsită", "pagina nu există", "pagină inexistentă", "pagina nu a fost gasita"),
    "el": ("η σελίδα δεν βρέθηκε", "δεν βρέθηκε η σελίδα", "η σελίδα δεν υπάρχει", "η σελίδα που ζητήσατε δεν βρέθηκε", "η σελίδα που ζητήσατε δεν υπάρχει"),
    "bg": ("страницата не е намерена", "страницата не съществува", "страницата не беше намерена"),
    "vi": ("không tìm thấy trang", "trang không tồn tại", "không tìm thấy trang này", "trang không tìm thấy"),
    "id": ("halaman tidak ditemukan", "halaman tidak tersedia", "laman tidak ditemukan", "halaman tidak dijumpai"),
    "th": ("ไม่พบหน้าที่คุณต้องการ", "ไม่พบหน้านี้", "ไม่พบหน้าเว็บ", "ไม่พบหน้าที่ต้องการ", "ไม่พบหน้าเว็บที่คุณต้องการ"),
    "ar": ("الصفحة غير موجودة", "لم يتم العثور على الصفحة", "الصفحة المطلوبة غير موجودة", "هذه الصفحة غير موجودة"),
    "he": ("הדף לא נמצא", "העמוד לא נמצא", "הדף אינו קיים", "העמוד אינו קיים"),
    "fa": ("صفحه یافت نشد", "صفحه پیدا نشد", "صفحه مورد نظر یافت نشد", "صفحه مورد نظر شما یافت نشد"),
    "hi": ("पृष्ठ नहीं मिला", "पेज नहीं मिला", "पृष्ठ मौजूद नहीं है"),
}  # fmt: skip

# Words that may surround such a phrase
MORE_FILLER_WORDS: Final = frozenset(
    (
        "errore", "spiacenti", "erro", "desculpe", "błąd", "przepraszamy", "fout", "helaas", "hata", "üzgünüz", "помилка", "вибачте", "chyba", "bohužel",
        "fel", "fejl", "feil", "beklager", "virhe", "valitettavasti", "hiba", "sajnáljuk", "eroare", "σφάλμα", "грешка", "lỗi", "kesalahan", "maaf", "خطأ",
        "عذرا", "שגיאה", "خطا",
    )
)  # fmt: skip

# Patterns of sentences about the page that the visitor requested, anywhere in a text
MORE_SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "it": (
        (r"\b(?:pagina|articolo|contenuto|documento|file|indirizzo) (?:che|a cui|richiest[ao]|cercat[ao])[^.!?]{0,70}?"
        r"(?:non (?:esiste|è|sono stat|si trova)|è stat[ao] (?:rimoss|cancellat|spostat|eliminat))"),
    ),
    "pt": (
        (r"\b(?:página|artigo|conteúdo|documento|arquivo|ficheiro|endereço) (?:que|a que|solicitad[ao]|procurad[ao])[^.!?]{0,70}?"
        r"(?:não (?:existe|foi|pôde|está|pode)|já não|foi (?:removid|apagad|excluíd|movid))"),
    ),
    "pl": (
        r"\b(?:strona|strony|dokument|artykuł|plik),? (?:której|którego|którą|który)[^.!?]{0,60}?(?:nie (?:istnieje|został|znalezion)|usunięt|przeniesion)",
        r"\b(?:żądan|szukan|podan|wybran)\w+ (?:stron|dokument|artykuł|plik)[^.!?]{0,50}?(?:nie (?:istnieje|został|znalezion)|usunięt|przeniesion)",
    ),
    "nl": (
        r"\b(?:pagina|artikel|document|bestand) (?:die|dat|waar) (?:u|je)\b[^.!?]{0,60}?(?:niet (?:gevonden|bestaat|meer|vinden)|bestaat niet|verwijderd|verplaatst)",
        r"\b(?:opgevraagde|gevraagde|gezochte) (?:pagina|artikel|document|bestand)[^.!?]{0,50}?(?:niet (?:gevonden|meer)|bestaat niet|verwijderd)",
    ),
    "tr": (
        (r"\b(?:aradığınız|istediğiniz|ulaşmak istediğiniz|görüntülemek istediğiniz)[^.!?]{0,30}(?:sayfa|içerik|dosya)[^.!?]{0,50}?"
        r"(?:bulunamadı|bulunamıyor|mevcut değil|kaldırıl|silin)"),
    ),
    "uk": (
        r"\b(?:запитувана|шукана|вказана|запитана)[^.!?]{0,10} сторінк[^.!?]{0,50}?(?:не (?:знайден|існу)|видален|переміщен)",
        r"\bсторінк\w+,? (?:яку|що) ви[^.!?]{0,50}?(?:не (?:знайден|існу)|видален|переміщен)",
    ),
    "cs": (
        r"\b(?:požadovan|hledan)\w+ (?:stránk|dokument|článek)[^.!?]{0,50}?(?:neexistuje|nenalezen|nebyl|odstraněn|smazán)",
        r"\bstránk\w+,? kterou (?:hledáte|jste)[^.!?]{0,50}?(?:neexistuje|nenalezen|nebyl|odstraněn|smazán)",
    ),
    "sv": (
        (r"\bsid(?:an|en) (?:som )?(?:du|ni) (?:söker|sökte|letar efter|leder efter|leter etter|försöker|prøver)[^.!?]{0,50}?"
        r"(?:finns inte|finnes ikke|findes ikke|hittades inte|(?:kunde|kan) inte|(?:kunne|kan) ikke|eksisterer ikke|bl(?:e|ev) ikke|tagits bort)"),
    ),
    "hu": (r"\b(?:keresett|kért) (?:oldal|lap|cikk)[^.!?]{0,40}?(?:nem (?:található|létezik|elérhető)|törölt)",),
    "ro": (
        r"\bpagina (?:pe care|căutată|solicitată|cerută)[^.!?]{0,50}?(?:nu (?:există|a fost|mai|poate)|a fost (?:ștears|mutat))",
    ),
    "el": (r"σελίδα που (?:ζητ|αναζητ|ψάχν)[^.!?;]{0,50}?(?:δεν (?:υπάρχει|βρέθηκε)|έχει (?:διαγραφεί|μετακινηθεί))",),
    "bg": (r"\b(?:търсен|заявен|искан)\w+ (?:от вас )?(?:страниц|документ|статия)[^.!?]{0,40}?(?:не (?:е намерен|съществува|беше)|изтрит)",),
    "vi": (r"\btrang (?:mà )?(?:bạn|quý)[^.!?]{0,50}?(?:không (?:tồn tại|tìm thấy)|đã bị (?:xóa|xoá))",),
    "id": (r"\bhalaman (?:yang )?(?:anda|kamu)[^.!?]{0,40}?(?:tidak (?:ditemukan|ada|tersedia)|telah dihapus)",),
    "ar": (r"الصفحة (?:التي|المطلوبة)[^.!?؟]{0,60}?(?:غير موجودة|لم (?:يتم|نتمكن|نعثر)|تم حذف)",),
    "he": (r"(?:הדף|העמוד) (?:ש|המבוקש)[^.!?]{0,40}?(?:לא (?:נמצא|קיים)|אינו קיים|הוסר|נמחק)",),
    "fa": (r"صفحه (?:مورد نظر|درخواستی|ای که)[^.!?؟]{0,50}?(?:یافت نشد|پیدا نشد|وجود ندارد|حذف شده)",),
}  # fmt: skip

# Every sentence that the patterns of a language match contains one of these words. In a text without
# them, the slow search for the patterns is skipped.
MORE_REQUIRED_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "it": ("pagina", "articolo", "contenuto", "documento", "file", "indirizzo"),
    "pt": ("página", "artigo", "conteúdo", "documento", "arquivo", "ficheiro", "endereço"),
    "pl": ("któr", "żądan", "szukan", "podan", "wybran"),
    "nl": ("pagina", "artikel", "document", "bestand"),
    "tr": ("aradığınız", "istediğiniz"),
    "uk": ("сторінк",),
    "cs": ("stránk", "dokument", "článek"),
    "sv": ("sidan", "siden"),
    "hu": ("keresett", "kért"),
    "ro": ("pagina",),
    "el": ("σελίδα",),
    "bg": ("търсен", "заявен", "искан"),
    "vi": ("trang",),
    "id": ("halaman",),
    "ar": ("الصفحة",),
    "he": ("הדף", "העמוד"),
    "fa": ("صفحه",),
}
