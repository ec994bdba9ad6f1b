"""An evaluation from beginning to end, of prints of ten synthetic fingers."""


def test_synthetic_mates_are_told_from_strangers(done):
    pooled = done.report["pooled"]
    assert (pooled["genuine"], pooled["impostor"]) == (30, 405)
    assert pooled["fmr100"] <= 2 / 30 + 0.04  # the two pairs of the file that is no print, and one more


def test_the_unreadable_file_is_listed(done):
    (failure,) = done.report["failures"]
    assert failure["path"].endswith("00_3.bmt")
