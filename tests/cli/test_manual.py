from biomatch.cli import manual, options
from biomatch.extraction import DEFAULT


def test_help_in_the_manual_is_current(root):
    """`python -m biomatch.cli.manual docs/commands.md` renews it."""
    page = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == manual.current(page)


def test_every_command_has_a_section_that_explains_its_options(root):
    page = manual.rendered()
    for command in ("extract", "quality", "verify", "enrol", "identify", "remove", "info", "compact", "export", "show"):
        assert f"## biomatch {command}\n" in page
    assert "- `--output, -o PATH`: File to write" in page
    assert "None" not in page


def test_the_exit_codes_are_in_the_manual(root):
    from biomatch.cli.console import Exit

    page = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, code in vars(Exit).items():
        if not name.startswith("_"):
            assert f"| {code} |" in page


def test_commands_take_the_default_extractor_that_the_library_takes():
    """The command line names it without loading the library, for speed."""
    assert options.EXTRACTOR == DEFAULT
