"""Plain words: docstrings begin with a verb or a name, and one word stands for one thing (docs/glossary.md)."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

RULES = tomllib.loads((Path(__file__).parent / "language.toml").read_text(encoding="utf-8"))
VERBS = set(RULES["verbs"].split())
BASES = {verb.removesuffix(ending) + base for verb in VERBS for ending, base in (("s", ""), ("es", ""), ("ies", "y"))} - VERBS
COMMANDS = set(RULES["commands"].split())
OPENERS = set(RULES["openers"].split())

Function = ast.FunctionDef | ast.AsyncFunctionDef
Described = ast.Module | ast.ClassDef | Function


def is_property(node: Function) -> bool:
    return any(ast.unparse(one).endswith(("property", ".setter")) for one in node.decorator_list)


def is_for_users(node: Function) -> bool:
    """A command or a route: its docstring is its help text."""
    calls = (ast.unparse(one.func) for one in node.decorator_list if isinstance(one, ast.Call))
    takes_options = any(word in ast.unparse(node.args) for word in ("typer.Option", "typer.Argument", "options."))
    return takes_options or any(one.endswith((".command", ".callback", ".get", ".post", ".put", ".delete")) for one in calls)


def fault_of(node: Described) -> str:
    """What is wrong with the first words of a docstring; empty: nothing."""
    first = (ast.get_docstring(node) or "").partition("\n")[0]
    word, *_ = [one.strip(".,:;") for one in first.lower().split()] or [""]
    if isinstance(node, ast.Module) and "?" in first:
        return ""  # a benchmark's name is its question
    if word in OPENERS or first.startswith("The same "):
        return f'begins with "{word}": {first}'
    if not first or not isinstance(node, Function) or is_property(node):
        return ""
    if word not in (BASES | COMMANDS if is_for_users(node) else VERBS):
        return f"begins with no verb: {first}"
    return ""


def faults_in(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Described) and (fault := fault_of(node)):
            yield getattr(node, "lineno", 1), fault


def modules(root: Path) -> list[Path]:
    return sorted((root / "biomatch").rglob("*.py"))


def test_docstrings_begin_with_a_verb_or_a_name(root: Path) -> None:
    found = [
        f"{file.relative_to(root)}:{line} {fault}"
        for file in modules(root)
        for line, fault in faults_in(file.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "docstring",
    [
        "Whom a person may be too.",
        "Of each upload, in the order in which they came.",
        "What `arrays` was called on.",
        "Those that pass.",
        "The gallery's folder.",
        "Prints that came with one request.",
        "None: no such print.",
        "Find a print by its id.",
        "(n,) float64: the scores.",
    ],
)
def test_a_function_whose_docstring_begins_otherwise_is_found(docstring: str) -> None:
    assert list(faults_in(f'def one():\n    """{docstring}"""\n'))


@pytest.mark.parametrize(
    "source",
    [
        'def one():\n    """Finds a print by its id."""\n',
        'class One:\n    """Prints that came with one request."""\n',
        'class One:\n    @property\n    def place(self):\n        """The gallery\'s folder."""\n',
        '@router.get("/v1/prints")\ndef one():\n    """Find a print by its id."""\n',
        "def one():\n    return 1\n",
    ],
)
def test_a_verb_and_a_name_pass(source: str) -> None:
    assert not list(faults_in(source))


@pytest.mark.parametrize(
    "source",
    [
        'class One:\n    """Whose print it is."""\n',
        'class One:\n    @property\n    def place(self):\n        """Of the gallery."""\n',
        '@router.get("/v1/prints")\ndef one():\n    """Finds a print by its id."""\n',
        '"""What a print is."""\n',
    ],
)
def test_names_and_help_texts_are_looked_at_too(source: str) -> None:
    assert list(faults_in(source))


CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|\bstrangers [0-9a-f]{8}\b", re.DOTALL)  # and the model of that name
FIELDS = re.compile(r"^[ ]*[\w, ]+?[ ]{2,}", re.MULTILINE)  # names of fields, before what they hold


def old_words(text: str, words: dict[str, str]) -> list[str]:
    """Old words in a text, each with the word to use; names in code do not count."""
    plain = FIELDS.sub("", CODE.sub("", text))
    return [f'"{found}": say {use}' for old, use in words.items() for found in re.findall(rf"(?i)\b{old}\b", plain)]


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Described) and (text := ast.get_docstring(node)):
            yield getattr(node, "lineno", 1), text


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Strings of several words, which somebody may read: messages and help."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def test_documents_use_one_word_a_thing(root: Path) -> None:
    words = RULES["words"] | RULES["words_for_users"]
    pages = [
        root / "README.md",
        root / "CHANGELOG.md",
        root / "benchmarks" / "README.md",
        *sorted((root / "docs").rglob("*.md")),
    ]
    found = []
    for page in pages:
        name = page.relative_to(root).as_posix()
        if name != "docs/glossary.md":
            found += [f"{name}: {one}" for one in old_words(page.read_text(encoding="utf-8"), words)]
    assert not found, "\n".join(found)


def test_docstrings_use_one_word_a_thing(root: Path) -> None:
    found = [
        f"{file.relative_to(root)}:{line} {one}"
        for file in modules(root)
        for line, text in docstrings(file.read_text(encoding="utf-8"))
        for one in old_words(text, RULES["words"])
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("room", ["errors", "cli", "service", "web"])
def test_texts_for_users_use_one_word_a_thing(root: Path, room: str) -> None:
    words = RULES["words"] | RULES["words_for_users"]
    found = [
        f"{file.relative_to(root)}:{line} {one}"
        for file in sorted((root / "biomatch" / room).rglob("*.py"))
        for line, text in texts(file.read_text(encoding="utf-8"))
        for one in old_words(text, words)
    ]
    for file in sorted((root / "biomatch" / room).rglob("*")):
        if file.suffix in (".html", ".js"):
            found += [f"{file.relative_to(root)}: {one}" for one in old_words(file.read_text(encoding="utf-8"), words)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["A stranger reaches this score.", "Strangers crowd.", "Genuine and impostor pairs.", "A job was given up."]
)
def test_an_old_word_is_found(text: str) -> None:
    assert old_words(text, RULES["words"] | RULES["words_for_users"])


@pytest.mark.parametrize(
    "text",
    ["`models/strangers` stays.", "the card names strangers 0a1b2c3d", "    stranger  score of the best non-mated print"],
)
def test_a_name_that_lies_on_a_disk_is_no_old_word(text: str) -> None:
    assert not old_words(text, RULES["words"])


def test_help_of_options_begins_plainly(root: Path) -> None:
    page = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    helps = re.findall(r"^- `[^`]*`(?: \(needed\))?: (\S+.*)$", page, re.MULTILINE)
    assert len(helps) > 100
    assert not [one for one in helps if one.split()[0].lower() in OPENERS]
