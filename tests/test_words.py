import re
import unicodedata
from pathlib import Path

import pytest

from biomatch.words import counted, is_visible, share_words


@pytest.mark.parametrize(("count", "said"), [(0, "0 prints"), (1, "1 print"), (2, "2 prints"), (1_200, "1,200 prints")])
def test_one_is_not_several(count, said):
    assert counted(count, "print") == said


def test_a_plural_may_be_a_word_of_its_own():
    assert [counted(n, "leaf", "leaves") for n in (1, 2)] == ["1 leaf", "2 leaves"]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "less than 0.01 %"),
        (0.00004, "less than 0.01 %"),
        (0.0001, "0.01 %"),
        (0.0137, "1.37 %"),
        (0.9999, "99.99 %"),
        (0.99999, "more than 99.99 %"),
        (1, "more than 99.99 %"),
    ],
)
def test_a_probability_is_never_nothing_and_never_certain(share, said):
    assert share_words(share) == said


def test_no_percentage_is_written_without_the_blank_that_the_others_have(root: Path):
    """`{share:.2%}` writes 0.00% for what is not nought."""
    sources = [*(root / "biomatch" / "cli").glob("*.py"), *(root / "biomatch" / "bureau").rglob("*.py")]
    assert not [f"{path.name}: {found}" for path in sources for found in re.findall(r"\{[^{}]*:\.[1-9]%\}", path.read_text())]


@pytest.mark.parametrize("one", [0x1D159, 0xFFFC, 0x2800, 0x3164, 0x17B4, 0x2065, 0xFFF0, 0xE0FFF, 0x13441, 0x00AD, 0xFEFF])
def test_a_character_that_is_drawn_as_nothing_is_no_text(one):
    """Those that Unicode lets programs leave out (Default_Ignorable_Code_Point), and letters and signs that are blank."""
    assert not is_visible(chr(one))
    assert is_visible(f"a{chr(one)}")


def test_nearly_all_letters_digits_and_signs_are_visible():
    """The rest are blanks: no range reaches too far."""
    signs = [chr(one) for one in range(0x110000) if unicodedata.category(chr(one))[0] in "LNPS"]
    assert len(signs) - sum(map(is_visible, signs)) < 12


@pytest.mark.parametrize("text", ["", "\u3164", "\u200b\u200d", "\u115f\u1160", "\u2800", "\ufe0f", "\u034f\u3164", " \u00a0"])
def test_what_nobody_sees_is_told(text):
    assert not is_visible(text)


@pytest.mark.parametrize("text", ["a", "7", "-", "é", "\u5c71\U000e0100", "\u3164a", "\ud55c", "\U0001f590"])
def test_what_somebody_sees_is_told(text):
    assert is_visible(text)
