import collections
import inspect
from typing import get_args, get_type_hints

import pytest
from typer.models import OptionInfo

from biomatch.cli import app

SEVERAL = {
    "--born": (2, "enrol takes a day, identify a range of days"),
    "--count": (2, "of latents, of fingers"),
    "--data": (8, "one folder or several manifests; needed, or synthetic prints without; or other files of that folder"),
    "--database": (2, "bench kills takes none from the environment: it kills what it is given"),
    "--effort": (2, "one, or for bench identification several"),
    "--extractor": (5, "one or several; those of others, where they are measured; for train, whose minutiae are learned from"),
    "--failures": (2, "enrol names a file, bench power a number of disks"),
    "--fingers": (3, "train may leave it to the model; bench minutiae needs one, bench fusion twenty"),
    "--fmr": (2, "verify decides, duplicates lists"),
    "--format": (2, "of templates, of images"),
    "--fpir": (3, "enrol, identify and duplicates each decide something else by it"),
    "--gallery": (3, "demo keeps one or makes it pass; for bench fusion a number of prints"),
    "--held-out": (2, "a model of each group of sets, or for bench identification a fold with its own minutiae"),
    "--impressions": (3, "prints, slaps, templates"),
    "--json": (2, "for evaluate it names a file"),
    "--keys": (2, "backup writes them, restore reads them"),
    "--label": (3, "enrol gives several, identify and duplicates filter by one, duplicates on both sides"),
    "--minutiae": (2, "who finds them, or who found them"),
    "--only": (2, "sets of prints, or for train a model"),
    "--out": (5, "results, models, prints that are made, the sample, the picture"),
    "--output": (8, "a file or a folder, each with what is written there"),
    "--person": (4, "where it comes from otherwise: a file's name, a field, nowhere; remove removes"),
    "--persons": (2, "at least ten of each case for bench fusion"),
    "--position": (2, "enrol says one, identify filters by several"),
    "--prints": (7, "of what, and how many at least"),
    "--probes": (6, "of what"),
    "--processes": (3, "that have all the work, what is not timed, or one a core"),
    "--repeats": (2, "of what"),
    "--seconds": (3, "of what, and how many at least"),
    "--seed": (11, "what it names"),
    "--sensor": (2, "slaps are put on fewer kinds"),
    "--sex": (2, "enrol says one, identify filters by several"),
    "--to": (3, "a format, a file, an agency"),
    "--top": (2, "nist search takes it from the request"),
    "--work": (3, "templates, one gallery, galleries and tables"),
    "--unit": (2, "whose prints these are; whose prints a search is limited to"),
}
"""Flags that are declared more than once: how often, as they mean different things."""


def commands(group):
    """The functions behind the commands."""
    if group.registered_callback is not None:
        yield group.registered_callback.callback
    yield from (command.callback for command in group.registered_commands)
    for inner in group.registered_groups:
        yield from commands(inner.typer_instance)


def spelled(name, option):
    """An option's long flag; typer keeps the first spelling as the default."""
    spellings = [one for one in (option.default, *(option.param_decls or ())) if isinstance(one, str) and one.startswith("--")]
    return spellings[0] if spellings else f"--{name.replace('_', '-')}"


@pytest.fixture(scope="module")
def declared():
    """The declarations of each flag."""
    found = collections.defaultdict(dict)
    for command in commands(app):
        for name, annotated in get_type_hints(command, include_extras=True).items():
            for option in get_args(annotated)[1:]:
                if isinstance(option, OptionInfo):
                    found[spelled(name, option)][id(option)] = option
    return {flag: list(options.values()) for flag, options in found.items()}


def test_an_option_is_declared_once_for_all_commands_or_means_different_things(declared):
    several = {flag: len(options) for flag, options in declared.items() if len(options) > 1}
    assert several == {flag: count for flag, (count, _) in SEVERAL.items()}


def test_declarations_of_one_flag_differ_in_words(declared):
    for flag, options in declared.items():
        words = [option.help for option in options]
        assert len(set(words)) == len(words), f"{flag} is declared twice with the same words: put it into cli/options.py"


def test_every_command_is_walked(declared):
    assert {"--gallery", "--json", "--held-out", "--tamperings", "--checkpoint"} <= declared.keys()
    assert len(list(commands(app))) > 60


def test_options_are_annotations_so_that_this_file_sees_them():
    for command in commands(app):
        for name, parameter in inspect.signature(command).parameters.items():
            assert not isinstance(parameter.default, OptionInfo) or name == "version", (command, name)
