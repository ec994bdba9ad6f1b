"""biomatch train: what is asked for, and what is told of it."""

import pytest

from biomatch.cli.console import Exit


def test_training_without_a_list_says_so_in_words(biomatch, files):
    ran = biomatch("train", "--data", "folder", "--out", "models")
    assert "folder/manifest.csv" in ran.err
    assert "Errno" not in ran.err


@pytest.fixture
def trained(monkeypatch):
    """What was to be trained: (what, arguments by name)."""
    asked = []

    def record(name, found=None):
        def train(data, output, *rest, **named):
            asked.append((name, named))
            return found

        monkeypatch.setattr(f"biomatch.training.{name}", train)

    record("train")
    record("train_network")
    record("train_folds", ["a+b", "c"])
    return asked


@pytest.mark.parametrize(
    ("what", "done"),
    [((), ["train"]), (("models",), ["train"]), (("extractor",), ["train_network"]), (("all",), ["train_network", "train"])],
    ids=str,
)
def test_the_network_is_trained_before_the_models_that_learn_from_it(biomatch, trained, tmp_path, what, done):
    ran = biomatch("train", *what, "--data", "d", "--out", tmp_path / "m", "--json")
    assert [name for name, _ in trained] == done
    assert ran.json == {"folder": str(tmp_path / "m")}


@pytest.mark.parametrize("option", [("--folds",), ("--leave-out", "each")], ids=" ".join)
def test_folds_are_a_folder_each(biomatch, trained, tmp_path, option):
    ran = biomatch("train", *option, "--data", "d", "--out", tmp_path)
    assert [name for name, _ in trained] == ["train_folds"]
    assert ran.out == "".join(f"wrote models to {tmp_path / group}\n" for group in ("a+b", "c"))
    assert biomatch("train", *option, "--data", "d", "--out", tmp_path, "--json").json == {
        "folders": [str(tmp_path / group) for group in ("a+b", "c")]
    }


def test_a_group_that_is_left_out_is_left_out_of_both(biomatch, trained, tmp_path):
    biomatch("train", "all", "--leave-out", "A+B", "--seed", 7, "--steps", 5, "--data", "d", "--out", tmp_path)
    assert [(named["leave_out"], named["seed"]) for _, named in trained] == [("A+B", 7)] * 2
    params = trained[0][1]["params"]
    assert (params.steps, params.fingers) == (5, None)


def test_models_of_folds_are_those_that_were_asked_for(biomatch, trained, tmp_path):
    for what in ("models", "extractor", "all"):
        biomatch("train", what, "--folds", "--data", "d", "--out", tmp_path)
    assert [(named["network"] is not None, named["models"]) for _, named in trained] == [
        (False, True),
        (True, False),
        (True, True),
    ]


def test_what_is_no_part_of_training_is_wrong_usage(biomatch, trained, tmp_path):
    assert biomatch("train", "everything", "--data", "d", "--out", tmp_path).code == Exit.BAD_INPUT
    assert trained == []
