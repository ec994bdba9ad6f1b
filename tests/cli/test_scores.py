import pytest

from biomatch.cli import scores
from biomatch.errors import BadRate


@pytest.mark.parametrize(("score", "words"), [(3.0103, "2.0"), (40, "10,000"), (43.2, "21,000"), (75, "10^7.5")])
def test_a_score_says_one_in_how_many(score, words):
    assert scores.one_in(score) == words


def test_an_extrapolated_score_says_so():
    assert scores.fmr_words(70, True).startswith("about 1 in 10^7.0")
    assert scores.fmr_words(70, True).endswith("beyond what was measured")
    assert "beyond" not in scores.fmr_words(30, False)


def test_a_likelihood_ratio_names_its_side():
    assert scores.llr_words(3) == "1,000 times likelier if same finger"
    assert scores.llr_words(-1) == "10 times likelier if different fingers"


def test_a_rate_becomes_a_threshold():
    assert scores.threshold_of(1e-4) == pytest.approx(40)


@pytest.mark.parametrize("rate", [0, -1, 1.5])
def test_a_rate_out_of_range_is_refused(rate):
    with pytest.raises(BadRate):
        scores.threshold_of(rate)
