import numpy as np
import pytest

from biomatch.errors import BadManifest, NothingToDo
from biomatch.evaluation import protocol

HEAD = "path,set,finger,impression,ppi,colour\n"


@pytest.fixture
def manifest(tmp_path):
    def write(*lines):
        path = tmp_path / "manifest.csv"
        path.write_text(HEAD + "\n".join(lines) + "\n")
        return path

    return write


def test_paths_are_relative_to_the_manifest_and_other_columns_are_ignored(manifest, tmp_path):
    (sample,) = protocol.read(manifest("a/1_2.png,s,f,2,569,red"))
    assert sample == protocol.Sample("s", "f", 2, tmp_path / "a/1_2.png", 569.0)


def test_a_manifest_may_leave_the_resolution_out(manifest):
    assert protocol.read(manifest("a.png,s,f,1,,"))[0].ppi is None


def test_only_the_named_sets_are_kept(manifest):
    place = manifest("a.png,s,f,1,,", "b.png,t,f,1,,")
    assert [sample.set for sample in protocol.read(place, ["t"])] == ["t"]


def test_a_set_that_is_not_there_is_named_with_those_that_are(manifest):
    with pytest.raises(NothingToDo, match=r"no set 'u'.*s, t"):
        protocol.read(manifest("a.png,s,f,1,,", "b.png,t,f,1,,"), ["u"])


@pytest.mark.parametrize(
    ("line", "fault"), [("a.png,s,,1,,", "line 2.*finger"), ("a.png,s,f,one,,", "line 2"), ("a.png,s,f,1,x,", "line 2")]
)
def test_a_bad_line_is_named(manifest, line, fault):
    with pytest.raises(BadManifest, match=fault):
        protocol.read(manifest(line))


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(BadManifest, match=r"absent\.csv"):
        protocol.read(tmp_path / "absent.csv")


def test_a_folder_is_a_set_and_so_is_each_folder_in_it(tmp_path):
    for name in ("one/101_1.png", "one/101_10.tif", "two/101_2.png", "two/notes.txt", "two/logo.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [(s.set, s.finger, s.impression) for s in protocol.read(tmp_path)]
    assert found == [("one", "one/101", 1), ("one", "one/101", 10), ("two", "two/101", 2)]
    assert {s.set for s in protocol.read(tmp_path / "one")} == {"one"}


def test_subject_and_finger_before_the_impression_are_one_finger(tmp_path):
    (tmp_path / "012_3_1.png").touch()
    assert protocol.read(tmp_path)[0].finger.endswith("/012_3")


def test_a_folder_without_prints_says_what_it_looked_for(tmp_path):
    with pytest.raises(NothingToDo, match="FINGER_IMPRESSION"):
        protocol.read(tmp_path)


def test_the_lowest_impression_of_each_finger_in_each_set_is_enrolled(manifest):
    samples = protocol.read(manifest("a,s,f,3,,", "b,s,f,2,,", "c,t,f,5,,", "d,t,f,6,,", "e,s,g,1,,", "f,s,f,10,,"))
    roles = protocol.identification(samples)
    assert [samples[at].path.name for at in roles.enrolled] == ["b", "e", "c"]
    assert [samples[at].path.name for at in roles.probes] == ["a", "f", "d"]


def test_one_finger_has_one_number_in_all_sets(manifest):
    samples = protocol.read(manifest("a,s,f,1,,", "b,t,f,1,,", "c,t,g,1,,"))
    np.testing.assert_array_equal(protocol.finger_numbers(samples), [0, 0, 1])
