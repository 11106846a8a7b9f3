from __future__ import annotations

import codecs

import pytest

from crawler.http.east_asian import recognise_encoding
from crawler.pages import NotText, extract
from crawler.pages.source.decode import decode

CHINESE = "《微信公众号》被封，发生了什么？[报道](https://a.example/微信)，见《公告》。" * 3
TRADITIONAL = (
    "中華民國之主權屬於國民全體，[報導](https://a.example/報導)，人民之自由權利應受保障。" * 3
)
JAPANESE = (
    "日本国民は、正当に選挙された[国会](https://a.example/国会)における代表者を通じて行動し、われらとわれらの子孫のために。"
    * 3
)
KOREAN = (
    "모든 국민은 인간으로서의 [존엄](https://a.example/존엄)과 가치를 가지며, 행복을 추구할 권리를 가진다."
    * 3
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
        (CHINESE, "utf-16-le"),
        (KOREAN, "utf-16-be"),
    ],
)
def test_a_page_that_is_not_utf8_is_read_with_a_warning(text: str, encoding: str) -> None:
    page = extract(
        ("# 标题\n\n" if encoding == "gb18030" else "# Title\n\n").encode(encoding)
        + text.encode(encoding),
        path="a.md",
    )
    assert page.encoding == encoding
    assert [(warning.code, warning.line) for warning in page.warnings] == [("guessed-encoding", 0)]
    assert {citation.url for citation in page.citations} == {
        "https://a.example/" + text.split("/")[3].split(")", maxsplit=1)[0]
    }


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_sets_the_encoding(mark: bytes, encoding: str) -> None:
    page = extract(mark + "[报](https://a.example/)".encode(encoding), path="a.md")
    assert ([citation.url for citation in page.citations], page.encoding, page.warnings) == (
        ["https://a.example/"],
        encoding,
        (),
    )


def test_front_matter_behind_a_byte_order_mark_is_read() -> None:
    page = extract(codecs.BOM_UTF8 + b"---\ntitle: T\n---\n# H\n", path="a.md")
    assert page.title == "T"


def test_damaged_utf8_is_read_as_utf8_with_correct_offsets() -> None:
    data = "《微信》坏字节：".encode() + b"\xff\xfe" + "《报》 [报](https://a.example/)".encode()
    page = extract(data, path="a.md")
    (citation,) = page.citations
    assert data[citation.start : citation.end] == b"https://a.example/"
    assert (page.encoding, page.warnings[0].code) == ("utf-8", "guessed-encoding")


@pytest.mark.parametrize(
    "data",
    [
        *(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"PK\x03\x04\x14\0\0\0\x08\0", bytes(range(256)) * 8),
        *(b"\x7fELF\x02\x01\x01" + b"\0" * 9, b"abc\0"),
        b"\xff\x01\x02\x03 no text, and no NUL either",
        "https://a.example/".encode("utf-16-le") + b"\x00\xd8",
    ],
)
def test_binary_files_are_not_read(data: bytes) -> None:
    with pytest.raises(NotText, match="binary"):
        decode(data)


def test_a_page_with_a_rare_nul_is_read() -> None:
    page = extract(
        b"a\0b [x](https://a.example/) and more text, so that the NUL is rare", path="a.md"
    )
    assert [citation.url for citation in page.citations] == ["https://a.example/"]


@pytest.mark.parametrize(("controls", "text"), [(1, True), (2, False)])
def test_a_page_that_is_not_utf8_may_have_one_control_character_in_fifty(
    controls: int, *, text: bool
) -> None:
    data = b"\x01" * controls + (b"Caf\xe9 au port, " * 10)[: 50 - controls]
    if text:
        assert decode(data).guessed
    else:
        with pytest.raises(NotText, match="the file is binary"):
            decode(data)


def test_the_error_handler_of_decoding_does_not_handle_encoding() -> None:
    with pytest.raises(UnicodeEncodeError):
        "\ud800".encode("utf-8", "one-for-one")


@pytest.mark.parametrize("encoding", ["utf-16", "UTF-16LE", "utf-16be"])
def test_a_page_that_names_utf16_in_ascii_is_in_another_encoding(encoding: str) -> None:
    text = f"% Encoding: {encoding}\n@misc{{a, title = {{Café}}, url = {{https://a.example/}}}}\n"
    data = text.encode("cp1252")
    page = extract(data + b"\n" * (len(data) % 2), path="a.bib")
    assert [citation.url for citation in page.citations] == ["https://a.example/"]


MIXED = {
    "gb18030": "# 标题\n\n见 http://a.example/路径。[二](二.md#小节) [坏](三.md)\n",
    "big5": "# 標題\n\n```c\nint main(void) { return 0; }\n```\n\n見 http://a.example/路徑，[燈](燈.md)。\n",
    "cp949": "# 등불\n\n`int main(void) { return 0; }` http://a.example/기름 [심지](심지.md)\n",
    "cp932": "# ランプ\n\n`int main(void) { return 0; }` http://a.example/油 [ひとつ](芯.md)\n",
    "euc_jp": "# ランプ\n\n`int main(void) { return 0; }` http://a.example/油 [ひとつ](芯.md)\n",
}


@pytest.mark.parametrize("encoding", MIXED)
def test_a_short_page_with_much_markup_is_read_in_its_encoding(encoding: str) -> None:
    page = decode(MIXED[encoding].encode(encoding))
    assert (page.text, page.encoding) == (MIXED[encoding], encoding)


@pytest.mark.parametrize(
    ("text", "encoding"), [("Пример страницы о лампах", "cp1251"), ("Été à l'opéra, où?", "cp1252")]
)
def test_letters_of_europe_are_not_taken_for_east_asian(text: str, encoding: str) -> None:
    assert recognise_encoding(text.encode(encoding)) is None
