"""The bureau is put together of groups of use cases, and of nothing else."""

import importlib
import inspect
import pkgutil

from biomatch import bureau as package
from biomatch.bureau.folder.door import use_cases


def classes():
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    found = {kind for module in modules for kind in vars(module).values() if inspect.isclass(kind)}
    return {kind for kind in found if kind.__module__.startswith(f"{package.__name__}.")}


def test_no_class_inherits_from_another():
    assert len(classes()) > 60
    assert {kind for kind in classes() if classes() & set(kind.__mro__[1:])} == set()


def test_every_method_with_a_scope_is_in_a_group(bureau):
    """Else nobody could ask for it."""
    scoped = {name for kind in classes() for name, what in vars(kind).items() if hasattr(what, "scope")}
    assert scoped == {name.rpartition(".")[2] for name in use_cases(bureau)}


def test_the_groups_are_these(bureau):
    assert {name.partition(".")[0] for name in use_cases(bureau)} == {"access", "encounters", "searches", "tasks", "upkeep"}
