"""What is kept between two runs is what would be made anew."""

from pathlib import Path
from types import SimpleNamespace

from biomatch.bench.service import served


def test_a_kept_gallery_is_of_this_extractor_and_of_this_generator(monkeypatch, tmp_path):
    commands = []

    def command(verb, _, folder, *more):
        commands.append(verb)
        Path(folder).mkdir(exist_ok=True)

    monkeypatch.setattr(served, "command", command)
    monkeypatch.setattr(served, "enrolled", list)
    first = served.kept_gallery(tmp_path, 0, 1)
    assert served.kept_gallery(tmp_path, 0, 1) == first
    assert commands == ["init", "enrol"]
    monkeypatch.setattr(served, "maker", lambda: "another generator")
    second = served.kept_gallery(tmp_path, 0, 1)
    monkeypatch.setattr(served, "open_extractor", lambda: SimpleNamespace(version="another"))
    third = served.kept_gallery(tmp_path, 0, 1)
    assert len({first, second, third}) == 3
    assert commands == 3 * ["init", "enrol"]
