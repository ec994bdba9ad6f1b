"""What `import biomatch` offers to short scripts: prints as they come, and a folder as one object."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import biomatch
from biomatch import formats, scripting
from biomatch.errors import BadInput, GalleryMissing, PersonNotFound
from biomatch.gallery import LocalGallery, local
from biomatch.scripting import OpenGallery
from biomatch.template import Template

PUBLIC = [name for name in biomatch.__all__ if name != "__version__"]  # a text: it has no docstring of its own
NOT_RUN = "Not run as a doctest, since"


@pytest.fixture(autouse=True)
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts run from the folder of the repository."""
    monkeypatch.chdir(root)


@pytest.fixture(scope="module")
def path(root: Path) -> Path:
    return root / "sample_data" / "enrol" / "P01-right-index_1.png"


@pytest.fixture(scope="module")
def mate(root: Path) -> Path:
    return root / "sample_data" / "enrol" / "P01-right-index_2.png"


@pytest.fixture(scope="module")
def template(path: Path) -> Template:
    return biomatch.extract(path)


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[OpenGallery]:
    with biomatch.open(tmp_path / "gallery") as opened:
        yield opened


@pytest.mark.parametrize("module", [biomatch, scripting, local])
def test_examples_of_docstrings_are_true(module: Any) -> None:
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
    assert result.attempted >= 2


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_says_what_it_takes_and_shows_how(name: str) -> None:
    told = inspect.getdoc(getattr(biomatch, name))
    assert told is not None
    assert "Examples\n--------" in told
    if name != "OpenGallery":
        parts = ("Parameters", "Raises") if name == "Gallery" else ("Parameters", "Returns", "Raises")
        assert all(f"{part}\n{'-' * len(part)}" in told for part in parts)
    for parameter in inspect.signature(getattr(biomatch, name)).parameters if name != "OpenGallery" else ():
        assert parameter in told


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example_that_runs_or_says_why_it_does_not(name: str) -> None:
    told = inspect.getdoc(getattr(biomatch, name)) or ""
    examples = doctest.DocTestParser().get_examples(told)
    assert examples
    assert any(one.options.get(doctest.SKIP) for one in examples) == (NOT_RUN in told)


@pytest.mark.parametrize("name", ["enrol", "identify", "verify", "remove"])
def test_every_method_says_what_it_gives_and_raises(name: str) -> None:
    told = inspect.getdoc(getattr(OpenGallery, name))
    assert told is not None
    assert "Returns\n-------" in told
    assert "Raises\n------" in told


AS: dict[str, Callable[[Path], Any]] = {
    "text": str,
    "path": Path,
    "bytes": Path.read_bytes,
    "array": lambda path: biomatch.decode(path).pixels,
    "image": biomatch.decode,
}


@pytest.mark.parametrize("kind", AS)
def test_an_image_comes_in_any_form(path: Path, template: Template, kind: str) -> None:
    found = biomatch.extract(AS[kind](path))
    assert found.minutiae.x.tolist() == template.minutiae.x.tolist()


def test_a_template_comes_as_itself_as_bytes_and_as_a_record(
    path: Path, mate: Path, template: Template, tmp_path: Path
) -> None:
    score = biomatch.compare(path, mate).score
    assert biomatch.compare(template, mate).score == score
    assert biomatch.compare(template.to_bytes(), mate).score == score
    record = tmp_path / "print.fmr"
    record.write_bytes(formats.write_iso2005([template]))
    assert biomatch.compare(record, mate).score > 40


def test_an_array_of_another_resolution_is_brought_to_500_ppi(path: Path) -> None:
    half = np.ascontiguousarray(biomatch.decode(path).pixels[::2, ::2])
    assert biomatch.decode(half, ppi=250).pixels.shape == pytest.approx(biomatch.decode(path).pixels.shape, abs=2)


@pytest.mark.parametrize("wrong", [5, None, ["a.png"], {"path": "a.png"}])
def test_what_is_no_print_is_told_with_what_is_taken(wrong: Any, gallery: OpenGallery) -> None:
    for call in (biomatch.extract, lambda one: biomatch.compare(one, one), gallery.identify):
        with pytest.raises(TypeError, match=r"a path, bytes, an array \(h, w\) of uint8"):
            call(wrong)


def test_a_colour_array_is_refused_with_what_is_taken() -> None:
    with pytest.raises(BadInput, match="8-bit grey"):
        biomatch.extract(np.zeros((300, 300, 3), np.uint8))


def test_a_gallery_of_a_path_is_told_what_opens_a_folder() -> None:
    with pytest.raises(TypeError, match=r"biomatch\.open\(\) takes a folder"):
        LocalGallery(Path("gal"))  # type: ignore[arg-type]


def test_stages_are_told_to_whoever_traces(path: Path) -> None:
    seen = []
    biomatch.extract(path, trace=lambda name, _: seen.append(name), extractor="classical")
    assert "orientation" in seen


def test_a_person_comes_is_found_and_goes(gallery: OpenGallery, path: Path, mate: Path, template: Template) -> None:
    first, second = gallery.enrol("Ann", path, template, position="right-index", labels=["staff"])
    assert {first.position.words, second.position.words} == {"right index"}
    assert len(gallery) == 2
    assert gallery.identify(mate, label="staff").candidates[0].person == "Ann"
    assert gallery.identify(mate, fpir=0.01).hit
    assert gallery.verify("Ann", mate).accepted
    assert not gallery.verify("Ann", mate, threshold=500).accepted
    assert gallery.remove("Ann") == 2
    with pytest.raises(PersonNotFound):
        gallery.verify("Ann", mate)


def test_nothing_is_enrolled_where_one_print_cannot_be_used(gallery: OpenGallery, path: Path) -> None:
    with pytest.raises(BadInput):
        gallery.enrol("Ann", path, b"no image")
    assert len(gallery) == 0
    with pytest.raises(TypeError, match="at least one print"):
        gallery.enrol("Ann")


def test_what_was_enrolled_is_there_when_the_folder_is_opened_again(tmp_path: Path, path: Path) -> None:
    with pytest.raises(GalleryMissing):
        biomatch.open(tmp_path / "gallery", create=False)
    with biomatch.open(tmp_path / "gallery", master_key=tmp_path / "key") as gallery:
        gallery.enrol("Ann", path)
    with biomatch.open(str(tmp_path / "gallery"), create=False, master_key=str(tmp_path / "key")) as again:
        assert len(again) == 1


def test_two_prints_are_drawn_side_by_side(path: Path, template: Template, tmp_path: Path) -> None:
    figure = biomatch.show(path, template)
    assert [one.get_title(loc="left") for one in figure.get_axes()] == [path.name, ""]
    assert len(figure.get_axes()[0].images) == 1
    assert not figure.get_axes()[1].images  # a template has no picture
    figure.savefig(tmp_path / "pair.png")


@pytest.mark.parametrize("number", range(5))
def test_scripts_of_the_manual_run_as_printed(root: Path, tmp_path: Path, number: int) -> None:
    scripts = re.findall(r"```python\n(.*?)```", (root / "docs" / "python.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(scripts) == 5
    (tmp_path / "sample_data").symlink_to(root / "sample_data")
    done = subprocess.run([sys.executable, "-c", scripts[number]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout or (tmp_path / "pair.png").is_file()
