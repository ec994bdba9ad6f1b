import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from biomatch.errors import ExtraMissing, ModelDamaged, UnknownName
from biomatch.extraction import LearnedExtractor, open_extractor
from biomatch.extraction.network import BACKENDS, MODEL, ONNXRUNTIME, load
from biomatch.learned import Models, shipped


@pytest.mark.parametrize("backend", BACKENDS)
def test_answers_have_a_value_for_every_fourth_and_every_eighth_px(backend):
    if backend == ONNXRUNTIME:
        pytest.importorskip("onnxruntime", reason="onnxruntime is an extra")
    network = load(shipped(), backend=backend)
    minutiae, ridges = network(np.zeros((2, 48, 64), np.float32))
    assert (minutiae.shape, ridges.shape) == ((6, 12, 16), (4, 6, 8))
    assert minutiae.dtype == ridges.dtype == np.float32
    assert network.backend.startswith(f"{backend}-")


def test_an_answer_stays_as_it_was_when_another_is_asked_for(rng):
    network = load(shipped())
    first, _ = network(np.zeros((2, 32, 32), np.float32))
    before = first.copy()
    second, _ = network(rng.normal(size=(2, 32, 32)).astype(np.float32))
    np.testing.assert_array_equal(first, before)
    assert not np.array_equal(first, second)


def test_threads_that_ask_at_once_get_their_own_answers(rng):
    network = load(shipped())
    asked = [rng.normal(size=(2, 64, 64)).astype(np.float32) for _ in range(12)]
    alone = [network(planes)[0] for planes in asked]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(alone, pool.map(lambda planes: network(planes)[0], asked), strict=True):
            np.testing.assert_array_equal(one, other)


def test_other_engines_are_refused():
    with pytest.raises(UnknownName, match="opencv"):
        load(shipped(), backend="cuda")


def test_onnxruntime_is_named_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ExtraMissing, match=r"biomatch\[onnx\]"):
        LearnedExtractor(backend=ONNXRUNTIME)


def test_a_file_that_is_no_network_is_named(tmp_path):
    from biomatch.learned import save_file

    save_file(tmp_path, MODEL, "network.onnx", b"no network", {})
    with pytest.raises(ModelDamaged, match="OpenCV"):
        open_extractor("learned", Models(tmp_path))
