import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posts.search.tokenizer import MAX_WORD_LENGTH, words

readable = st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"]), max_size=30)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Crème brûlée, l’été!", ["creme", "brulee", "l", "ete"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("Łódź, Øresund, Đà Nẵng", ["lodz", "oresund", "da", "nang"]),
        ("ΆΣΜΑ άσμα", ["ασμα", "ασμα"]),
        ("well-known snake_case", ["well", "known", "snake", "case"]),
        ("ﬁne x² №５", ["fine", "x2", "no5"]),
        ("co\u00adoperate", ["cooperate"]),
        ("❤️ 1️⃣ 🎉", ["1"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("محمد مُحَمَّد", ["محمد", "محمد"]),
        ("한국어 검색", ["한국어", "검색"]),
        ("日本語Djangoガイド", ["日", "本", "語", "django", "ガ", "イ", "ド"]),
        ("ｶﾞ ガ", ["ガ", "ガ"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("", []),
    ],
)
def test_a_text_is_split_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(readable)
def test_case_and_normalization_form_do_not_matter_to_words(text: str) -> None:
    variants = [text.upper(), text.lower(), *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))]
    assert all(words(variant) == words(text) for variant in variants)


@given(readable)
def test_splitting_words_again_changes_nothing(text: str) -> None:
    assert words(" ".join(words(text))) == words(text)


@given(st.text())
def test_a_word_contains_nothing_that_an_engine_could_split_or_fold(text: str) -> None:
    for word in words(text):
        assert len(word) <= MAX_WORD_LENGTH
        assert not word.isascii() or (word.isalnum() and word == word.lower())
        assert all(unicodedata.category(character)[0] in "LNM" for character in word)
