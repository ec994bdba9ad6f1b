from biomatch.cli.identifying import _rates


def test_a_list_says_in_words_what_it_is_worth():
    said = _rates(0.0123, 0.0004)
    assert "passed over: 1.23 %" in said
    assert said.endswith("0.04 %")


def test_an_empty_list_says_only_what_it_may_have_missed():
    assert "first score" not in _rates(0.5, None)
