"""Make the pages of the site that follow from the code, and let links between pages hold where files lie elsewhere.

Components, commands, error codes and the measurements are written from what is registered, parsed and raised, so that
no page can be older than the code.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
COPIED = {
    "benchmarks/README.md": "reference/benchmarks.md",
    "CHANGELOG.md": "reference/changelog.md",
    "CONTRIBUTING.md": "reference/contributing.md",
    "README.md": "reference/readme.md",
    "PROJECT.md": "reference/project.md",
}
COPIED |= {
    f"projects/{path.parent.name}/README.md": f"reference/{path.parent.name}.md"
    for path in sorted(ROOT.glob("projects/*/README.md"))
}
"""Pages of the repository that lie outside docs/, and where the site has them."""
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)]*)?\)")
FLOORS = {"corpora": "Corpora and formats", "components": "Components and models", "commands": "Commands"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    pages = {
        "reference/components.md": components(),
        "reference/commands.md": commands(),
        "reference/errors.md": errors(),
        "reference/api.md": api(),
        "reference/projects.md": projects(),
    }
    for source, place in COPIED.items():
        pages[place] = (ROOT / source).read_text(encoding="utf8")
    for place, content in pages.items():
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let the links of a page lead to the site's pages; those to other files of the repository become their names."""
    place = page.file.src_uri
    origin = {made: source for source, made in COPIED.items()}.get(place, f"docs/{place}")
    if origin.startswith("docs/reference/"):
        return markdown

    def led(match: re.Match[str]) -> str:
        path = (ROOT / origin).parent.joinpath(match[1]).resolve()
        target = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
        if (ROOT / target / "README.md").is_file():
            target = f"{target}/README.md"
        made = "reference/projects.md" if target == "projects" else COPIED.get(target)
        made = made or (target.removeprefix("docs/") if target.startswith("docs/") else None)
        if made is None:
            return f"] (`{target}`)"
        return f"]({'../' * place.count('/')}{made}{match[2] or ''})"

    markdown = LINK.sub(led, markdown)
    # What leads to no page is no link: [text] (`file`) -> text (`file`).
    return re.sub(r"\[([^\]]*)\] \((`[^)]*`)\)", r"\1 (\2)", markdown)


def cell(text: Any) -> str:
    """Return text that a cell of a table can hold."""
    escaped = str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
    return re.sub(r"`+([^`]*)`+", r"`\1`", escaped)


def table(head: list[str], rows: list[list[Any]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(map(cell, row)) + " |"
    yield ""


def components() -> str:
    """Return a section for each factory: what it is, and every setting with its default."""
    from spacy.language import Language

    lines = ["# Components", "", "Every `bioner_*` factory, with the settings of its default config.", ""]
    for point in sorted(distribution("spacy-bioner").entry_points, key=lambda point: point.name):
        if point.group != "spacy_factories":
            continue
        point.load()
        meta = Language.get_factory_meta(point.name)
        text = inspect.getdoc(import_module(point.value.partition(":")[0])) or ""
        lines += [f"## {point.name}", "", text.replace("``", "`"), ""]
        told = {"assigns": meta.assigns, "requires": meta.requires, "scores": sorted(meta.default_score_weights)}
        lines += [f"- {name}: {', '.join(f'`{value}`' for value in values)}" for name, values in told.items() if values]
        lines += ["", *table(["setting", "default"], [list(row) for row in settings(meta.default_config)])]
    return "\n".join(lines)


def settings(config: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield each setting by its dotted name, with its default as JSON."""
    for name, value in config.items():
        if isinstance(value, dict) and value:
            yield from settings(value, f"{before}{name}.")
        else:
            yield f"`{before}{name}`", f"`{json.dumps(value)}`"


def commands() -> str:
    """Return a section for each command, with its arguments and options."""
    from typer.main import get_command

    from spacy_bioner.cli import app

    lines = ["# Commands", "", "`python -m spacy bioner COMMAND`; each shows this with `--help`.", ""]
    for name, command in sorted(get_command(app).commands.items()):  # type: ignore[attr-defined]
        lines += [f"## {name}", "", inspect.cleandoc(command.help or "").replace("\b", ""), ""]
        rows = []
        for parameter in command.params:
            shown = ", ".join(f"`{option}`" for option in parameter.opts + parameter.secondary_opts)
            default = parameter.default if isinstance(parameter.default, str | int | float) else ""
            rows.append([shown, default, getattr(parameter, "help", "") or ""])
        lines += table(["argument or option", "default", "what it is"], rows)
    return "\n".join(lines)


def errors() -> str:
    """Return every coded message, with its places as names in braces."""
    from spacy_bioner import errors as package

    lines = [
        "# Error codes",
        "",
        "What is in braces is filled in where it is raised: a file and line, a name, a number.",
        "",
    ]
    for module, title in FLOORS.items():
        lines += [f"## {title}", ""]
        lines += table(["code", "message"], [list(item) for item in getattr(package, module).MESSAGES.items()])
    return "\n".join(lines)


def api() -> str:
    """Return the page of what is imported from the package itself."""
    import spacy_bioner

    lines = ["# Python", "", "`from spacy_bioner import ...`; nothing heavy is imported before it is used.", ""]
    for name in spacy_bioner.__all__:
        item = getattr(spacy_bioner, name)
        lines += [f"::: {item.__module__}.{item.__qualname__}", ""]
    return "\n".join(lines)


def projects() -> str:
    """Return the list of the projects' pages, each with the first sentence of its README."""
    lines = ["# Experiments of the papers", ""]
    for source, place in COPIED.items():
        if source.startswith("projects/"):
            title, _, rest = (ROOT / source).read_text(encoding="utf8").partition("\n")
            first = " ".join(rest.strip().partition("\n\n")[0].split())
            lines.append(f"- [{title.removeprefix('# ')}]({Path(place).name}): {LINK.sub(']', first)}")
    return "\n".join([*lines, ""])
