"""Pages that are made of the code: the commands' help in docs/commands.md, the roles in docs/people.md.

`python -m biomatch.cli.manual docs/commands.md docs/people.md` renews them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
from typer.models import ArgumentInfo, OptionInfo

from biomatch.bureau.access import policy

BEGIN, END = "<!-- commands: generated from the help texts -->", "<!-- end of commands -->"


def rendered() -> str:
    """Writes one section a command: what it does, its usage, its options."""
    from biomatch.cli import app

    return "\n\n".join(_sections(app, "biomatch", depth=2)) + "\n"


def current(text: str) -> str:
    """Returns a page with the part between its marks renewed."""
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{rendered()}\n{END}{rest.partition(END)[2]}"


def _sections(app: typer.Typer, path: str, depth: int) -> Iterator[str]:
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__.replace("_", "-")
        yield _section(command.callback, f"{path} {name}", depth)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        title = f"{path} {group.name or group.typer_instance.info.name}"
        own = group.typer_instance.registered_callback
        if own is not None and own.callback is not None and inspect.signature(own.callback).parameters:
            yield _section(own.callback, title, depth)  # it can be run by itself
        else:
            yield f"{'#' * depth} {title}\n\n{_words(group.help or group.typer_instance.info.help)}"
        yield from _sections(group.typer_instance, title, depth + 1)


def _section(command: Callable[..., Any], path: str, depth: int) -> str:
    arguments, options = [], []
    defaults = inspect.signature(command).parameters
    for name, annotated in get_type_hints(command, include_extras=True).items():
        if annotated is typer.Context:
            continue
        kind, *notes = get_args(annotated) or (annotated,)
        for info in notes:
            if isinstance(info, ArgumentInfo):
                arguments.append((info.metavar or name.upper(), info.help))
            elif isinstance(info, OptionInfo) and not info.hidden:
                options.append(_option(name, kind, info, defaults[name].default))
    usage = " ".join([path, *(metavar for metavar, _ in arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"{'#' * depth} {path}", "", _words(command.__doc__), "", f"    {usage}", ""]
    lines += [f"- `{metavar}`: {text}" for metavar, text in arguments]
    return "\n".join([*lines, *options]).rstrip()


def _option(name: str, kind: Any, info: OptionInfo, default: Any) -> str:
    first = (info.default,) if isinstance(info.default, str) else ()  # where Annotated keeps the first spelling
    spelled = ", ".join((*first, *(info.param_decls or ()))) or f"--{name.replace('_', '-')}"
    value = "" if kind is bool else f" {info.metavar or _metavar(kind)}"
    needed = " (needed)" if default is inspect.Parameter.empty else ""
    ends = []
    if default not in (inspect.Parameter.empty, None, "") and not isinstance(default, bool):
        ends.append(f" Default: {default.value if isinstance(default, Enum) else default}.")
    if info.envvar:
        ends.append(f" Or {info.envvar} in the environment.")
    return f"- `{spelled}{value}`{needed}: {info.help}{''.join(ends)}"


def _metavar(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(one.value) for one in kind)
    kinds = get_args(kind) or (kind,)  # of X | None the first
    return {int: "N", float: "X"}.get(kinds[0], "TEXT")


def _words(text: str | None) -> str:
    return inspect.cleandoc(text or "")


def main() -> None:
    """Renews the pages named on the command line."""
    for page in map(Path, sys.argv[1:]):
        text = page.read_text(encoding="utf-8")
        page.write_text(policy.renewed(text) if policy.BEGIN in text else current(text), encoding="utf-8")


if __name__ == "__main__":
    main()
