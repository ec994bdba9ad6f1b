import ast
import shutil
from importlib import resources
from pathlib import Path

import pytest

from biomatch.synthesis import versions

SOURCES = Path(str(resources.files("biomatch.synthesis")))


@pytest.fixture
def changed(tmp_path):
    """changed("pattern", "0.85", "0.86"): a copy of the sources with one thing in one file replaced."""

    def change(name, old, new):
        folder = tmp_path / name
        shutil.copytree(SOURCES, folder, ignore=shutil.ignore_patterns("__pycache__"))
        text = (folder / f"{name}.py").read_text()
        assert old in text
        (folder / f"{name}.py").write_text(text.replace(old, new))
        return folder

    return change


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("person", "FRAME = (460, 700)", "FRAME = (460, 710)"),
        ("person", "_LEAST_TOUCHED = 0.2", "_LEAST_TOUCHED = 0.3"),
        ("card", "HEADER = 4000, 480", "HEADER = 4000, 490"),
        ("flow_statistics", "TIP_LEAN = 0.80", "TIP_LEAN = 0.81"),
        ("pattern", "0.70, 0.03, 0.15", "0.69, 0.03, 0.16"),
        ("window", "DEVICES = 8", "DEVICES = 9"),
        ("skin", "1.8", "1.9"),
        ("truth_record", '"box"', '"frame"'),
    ],
)
def test_no_number_of_an_image_changes_without_its_version(changed, name, old, new):
    assert versions.of_images(changed(name, old, new)) != versions.of_images()


@pytest.mark.parametrize(
    ("name", "old", "new"), [("templates", "spread: float = 0.35", "spread: float = 0.4"), ("fingers", "30, 50", "30, 60")]
)
def test_numbers_of_templates_change_their_version_alone(changed, name, old, new):
    folder = changed(name, old, new)
    assert versions.of_templates(folder) != versions.of_templates()
    assert versions.of_images(folder) == versions.of_images()


@pytest.mark.parametrize(
    ("name", "old", "new"), [("files", "IMWRITE_PNG_COMPRESSION, 9", "IMWRITE_PNG_COMPRESSION, 8"), ("pattern", "\n", "\r\n")]
)
def test_how_a_file_is_written_and_how_lines_end_change_no_version(changed, name, old, new):
    folder = changed(name, old, new)
    assert versions.of_images(folder) == versions.of_images()
    assert versions.of_templates(folder) == versions.of_templates()


def needed(*names):
    """Files of the folder that these import, and so on."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        for node in ast.walk(ast.parse((SOURCES / f"{name}.py").read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "biomatch.synthesis":
                todo += [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("biomatch.synthesis."):
                todo.append(node.module.rpartition(".")[2])
    return found


@pytest.mark.parametrize(
    ("version", "names"),
    [(versions.of_images, ("card", "latent", "master", "person")), (versions.of_templates, ("templates",))],
)
def test_a_version_is_told_from_all_that_takes_part(changed, version, names):
    for name in needed(*names):
        assert version(changed(name, "from __future__", "\nfrom __future__")) != version(), name
