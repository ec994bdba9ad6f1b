import io
import json

import pytest

from biomatch.bench.report import plots


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


@pytest.mark.parametrize(
    ("name", "pictures"),
    [
        ("extraction", ["extraction", "extraction_stages"]),
        ("comparison", ["comparison"]),
        ("index_kinds", ["index_kinds"]),
        ("concurrent", ["concurrent"]),
        ("http", ["http"]),
        ("import", []),
    ],
)
def test_published_results_can_be_drawn_again(root, name, pictures):
    path = root / "benchmarks" / "results" / f"{name}.json"
    found = plots.figures(json.loads(path.read_text(encoding="utf-8")))
    assert list(found) == pictures
    for figure in found.values():
        text = io.StringIO()
        plots.save(figure, text)
        assert "</svg>" in text.getvalue()


def test_the_default_extractor_is_biomatchs_own_and_its_stages_are_drawn():
    took = {"learned": 20.0, "classical": 30.0, "mindtct": 40.0}
    figures = {f"300 x 300 px, {name}": {"p50": ms, "p95": ms + 5} for name, ms in took.items()}
    figures |= {f"{name} stage: of {name}": {"p50": 9.0} for name in ("learned", "classical")}
    found = plots.figures({"benchmark": "extraction", "figures": figures})
    axes = found["extraction"].axes[0]
    drawn = {bars.get_label(): bars.patches[0].get_height() for bars in axes.containers}
    assert drawn == {"biomatch": 20.0, "biomatch, classical": 30.0, "mindtct": 40.0}
    assert [tick.get_text() for tick in found["extraction_stages"].axes[0].get_yticklabels()] == ["of learned"]
