"""Numbers in words, also at the ends of their scales; the page's own module, asked in the browser."""

from __future__ import annotations

import re

import pytest


@pytest.fixture(scope="module")
def words(browser, url):
    """words(function, argument, ...): what the page's module answers."""
    page = browser.new_page()
    page.goto(url)
    call = "([name, given]) => import('/static/words.js').then((words) => words[name](...given))"
    yield lambda name, *arguments: page.evaluate(call, [name, arguments])
    page.close()


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0, "less than 0.01 %"), (1e-9, "less than 0.01 %"), (0.00004, "less than 0.01 %"), (0.0001, "0.01 %"),
        (0.00123, "0.12 %"), (0.0096, "0.96 %"), (0.02, "2 %"), (0.5, "50 %"), (0.989, "99 %"), (0.9999, "more than 99 %"),
        (1, "more than 99 %"),
    ],
)  # fmt: skip
def test_a_probability_is_never_nothing_and_never_certain(words, probability, said):
    assert words("percent", probability) == said


@pytest.mark.parametrize(
    ("message", "names", "said"),
    [
        ("no print was given", [], "No print was given"),
        ("cut.png: the file is cut off", ["a.png", "cut.png"], "cut.png: the file is cut off"),
        ("case.an2, record 4: it is empty", ["case.an2"], "case.an2, record 4: it is empty"),
        ("", [], ""),
    ],
)
def test_a_message_is_a_sentence_and_a_file_keeps_its_name(words, message, names, said):
    assert words("sentence", message, names) == said


@pytest.mark.parametrize("llr", [0, 0.04, -0.04, 0.29, -0.29])
def test_a_likelihood_ratio_near_one_says_nothing(words, llr):
    assert words("likelihood", llr) == "The likelihood ratio is about 1: the prints say nothing for or against one finger"


@pytest.mark.parametrize(
    ("llr", "support", "times"),
    [
        (0.39, "weak support for the same finger", "2.5 times likelier if both prints are of one finger"),
        (-1.5, "moderate support for different fingers", "32 times likelier if both prints are of different fingers"),
        (5.98, "very strong support for the same finger", "950,000 times likelier if both prints are of one finger"),
        (9.57, "extremely strong support for the same finger", "3,700 million times likelier if both prints are of one finger"),
        (
            14,
            "extremely strong support for the same finger",
            "more than a million million times likelier if both prints are of one finger",
        ),
    ],
)
def test_a_likelihood_ratio_is_a_sentence(words, llr, support, times):
    assert words("likelihood", llr) == f"{support}: what is seen is {times}"


def test_no_likelihood_ratio_is_one_time_likelier(words):
    for twentieth in range(-300, 301):
        assert not re.search(r"(?<![\d.,])[01](\.0)? times", words("likelihood", twentieth / 20))


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (0, "any two fingers look as much alike"), (1.7, "any two fingers look as much alike"),
        (3, "one print of another finger in 2 looks this alike"),
        (40, "one print of another finger in 10,000 looks this alike"),
        (59.97, "one print of another finger in 990,000 looks this alike"),
        (59.99, "one print of another finger in 1 million looks this alike"),
        (91, "one print of another finger in 1,300 million looks this alike"),
        (120.5, "fewer than one print of another finger in a million million looks this alike"),
        (191, "fewer than one print of another finger in a million million looks this alike"),
    ],
)  # fmt: skip
def test_a_score_says_how_rare_it_is(words, score, said):
    assert words("rarity", score) == said


def test_nothing_one_and_many_are_counted(words):
    assert [words("counted", count, "print") for count in (0, 1, 2, 1234)] == [
        "0 prints",
        "1 print",
        "2 prints",
        "1,234 prints",
    ]
    assert words("counted", 0, "minutia", "minutiae") == "0 minutiae"


def test_numbers_do_not_change_their_form_at_a_bound(words):
    assert [words("span", seconds) for seconds in (0, 0.0123, 0.9996, 1.23)] == ["1 ms", "12 ms", "1.0 s", "1.2 s"]
    assert [words("points", score) for score in (0, -0.04, 99.94, 99.97, 191.4)] == ["0.0", "0.0", "99.9", "100", "191"]
    assert [words("signed", llr) for llr in (0, 0.04, -0.04, 0.06, -2)] == ["0.0", "0.0", "0.0", "+0.1", "\u22122.0"]
