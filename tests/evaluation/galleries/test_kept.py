import numpy as np
import pytest

from biomatch.errors import FileUnwritable
from biomatch.evaluation.galleries import kept


def test_a_table_is_made_once(tmp_path):
    made = []

    def make():
        made.append(1)
        return {"x": np.arange(3), "names": np.array(["a", "bc"])}

    first = kept.kept(tmp_path / "deep" / "t.npz", make)
    second = kept.kept(tmp_path / "deep" / "t.npz", make)
    assert made == [1]
    assert first["x"].tolist() == second["x"].tolist()
    assert second["names"].tolist() == ["a", "bc"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["t.npz"]


def test_a_work_that_breaks_off_leaves_no_table(tmp_path):
    def broken():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.kept(tmp_path / "t.npz", broken)
    assert kept.read(tmp_path / "t.npz") is None


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileUnwritable, match=r"t\.npz"):
        kept.write(tmp_path / "file" / "t.npz", {"x": np.arange(3)})
