from pathlib import Path

from biomatch import synthesis


def test_the_table_of_contents_names_every_file():
    files = {path.name for path in Path(synthesis.__file__).parent.glob("*.py")} - {"__init__.py"}
    words = [word.strip(",") for word in synthesis.__doc__.split()]
    named = [word for word in words if word.endswith(".py")]
    assert sorted(named) == sorted(files)
