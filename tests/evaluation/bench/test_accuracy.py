import shutil

from biomatch.evaluation.bench.accuracy import Accuracy


def test_the_shipped_network_counts_where_it_has_seen_prints_of_the_group(tmp_path, root):
    """It was trained without g3: there it is held out, too."""
    for group in ("g3", "g4", "cmu"):
        shutil.copytree(root / "models" / "extractor", tmp_path / group / "extractor")
    card = tmp_path / "g4" / "extractor" / "card.toml"
    card.write_text(card.read_text().replace('sha256 = "', 'sha256 = "00'))  # another network
    assert "crossmatch" in card.read_text()
    bench = Accuracy(tmp_path, held_out=tmp_path, extractor="learned")
    assert bench._with_shipped_network(("g3", "g4", "cmu")) == ["cmu"]
    assert Accuracy(tmp_path, held_out=tmp_path, extractor="classical")._with_shipped_network(("cmu",)) == []
