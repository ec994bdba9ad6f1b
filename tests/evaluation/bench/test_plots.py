import io
import json

import pytest

from biomatch.evaluation.bench import plots


def test_a_run_is_drawn_and_drawn_alike_again(identified, tmp_path):
    paths = plots.draw(identified.document, tmp_path)
    assert [path.stem for path in paths] == ["identification_cost", "identification_errors", "identification_reach"]
    before = [path.read_bytes() for path in paths]
    assert before == [path.read_bytes() for path in plots.draw(identified.document, tmp_path)]


def test_a_large_gallery_is_drawn_beside_the_others(identified):
    figures = {
        "sizes": {"10000000": identified.document["figures"]["sizes"][max(identified.document["figures"]["sizes"], key=int)]}
    }
    found = plots.figures({"benchmark": "identification_large", "figures": figures | {"growth": {}}})
    assert list(found) == ["identification_large_errors", "identification_large_reach"]


@pytest.mark.parametrize("name", ["extraction", "comparison", "index_kinds", "concurrent", "http", "import", "accuracy_ours"])
def test_every_result_can_be_drawn_again(root, name):
    path = root / "benchmarks" / "results" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no result of {name}")
    for figure in plots.figures(json.loads(path.read_text(encoding="utf-8"))).values():
        text = io.StringIO()
        plots.save(figure, text)
        assert "</svg>" in text.getvalue()
