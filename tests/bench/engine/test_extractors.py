"""Extractors side by side: their own pairs, pairs of two, and the tables that show them."""

import pytest

from biomatch.bench.engine import extractors as bench
from biomatch.bench.report import tables_of_extractors as tables
from biomatch.errors import NothingToDo, UnknownName


@pytest.fixture(scope="module")
def data(root, tmp_path_factory):
    """Two fingers of the sample, two impressions each."""
    place = root / "sample_data" / "enrol"
    rows = [f"{place}/{who}-right-index_{n}.png,made,{who},{n},500" for who in ("P01", "P02") for n in (1, 2)]
    folder = tmp_path_factory.mktemp("data")
    (folder / "manifest.csv").write_text("\n".join(["path,set,finger,impression,ppi", *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(data):
    return bench.measure(data, ["classical", "learned"], bench.Plan(("made",), hard=False, processes=1))


def test_each_extractor_has_its_pairs_and_two_have_those_of_different_prints(run):
    for name in ("classical", "learned"):
        pooled = run.figures[name]["plain"]["pooled"]
        assert (pooled["genuine"], pooled["impostor"], pooled["eer"]) == (2, 4, 0.0)
    across = run.figures["across"]["classical, learned"]
    assert (across["genuine"], across["impostor"]) == (4, 8)  # 16 pairs less the four of one image
    assert across["eer"] == 0.0


def test_tables_have_a_row_an_extractor_and_a_cell_a_pair(run):
    results = {
        "extractors": {"figures": run.figures},
        "extraction": {"figures": {tables.SIZE: {"p50": 39.5}, f"{tables.SIZE}, learned": {"p50": 42.4}}},
    }
    rows = list(tables.extractors(results))[2:]
    assert [row.split(" | ")[:2] for row in rows] == [["| classical", "39.5"], ["| learned", "42.4"]]
    crossed = list(tables.across(results))
    assert crossed[0] == "|  | classical | learned |"
    assert crossed[2].removesuffix(" |").split(" | ")[2] == crossed[3].split(" | ")[1] == "0.00 / 0.00 / 0.00"


def test_prints_that_are_not_there_and_unknown_extractors_are_named(data):
    with pytest.raises(NothingToDo):
        bench.measure(data, ["classical"], bench.Plan(("nosuch",)))
    with pytest.raises(UnknownName, match="leader"):
        bench.measure(data, ["nosuch"])
