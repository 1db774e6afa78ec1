"""Make the pages of the site that follow from the code, and let links between pages hold where files lie elsewhere.

Settings of components, commands, error codes and the measurements are written from what is registered, parsed and
raised, so that no page can be older than the code. In a page, ``<!-- settings of FACTORY -->`` stands for the table of
the settings of a component: their defaults from its factory, what they are from docstrings; ``<!-- settings of every
name -->`` for those of all that a config can name, by registry.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import distribution
from itertools import groupby, zip_longest
from operator import attrgetter
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from spacy import registry

ROOT = Path(__file__).resolve().parents[2]
COPIED = {
    "benchmarks/README.md": "reference/benchmarks.md",
    "benchmarks/speed.md": "reference/speed.md",
    "benchmarks/accuracy.md": "reference/accuracy.md",
    "benchmarks/transfer.md": "reference/transfer-measurements.md",
    "benchmarks/robustness.md": "reference/robustness.md",
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
SHARED = {
    "alignment": "what becomes of mentions that do not fit the tokens, as in the corpus",
    "by_sentence": "read sentence by sentence if sentence starts are set, else document by document",
    "cache_size": "words whose character features are kept between predictions",
    "case_features": "add the letter case of each word",
    "char_dim": "dimensions of the character vectors",
    "char_hidden": "units per direction over the characters",
    "corpus": "the reader whose Examples this one changes or selects",
    "decoder": "`crf` or `softmax`",
    "depth": "layers",
    "directions": "`joined`, or `independent` for two stacks that meet only at the top",
    "dropout": "rate on the token vectors; null for none",
    "delimiter": "the character between two cells",
    "dropout_unit": "`token` or `word`: what shares a dropout mask on the input",
    "encoding": "of the file",
    "filters_per_width": "filters of a width are this times the width",
    "fragments": "what of a mention in several parts enters `doc.ents`: cover, first, longest or none",
    "freeze_vectors": "words with a vector keep it; the others are trained",
    "hidden": "units per direction",
    "k": "number of folds",
    "max_char_width": "the widest character filter, in characters",
    "max_filters": "maximum number of filters of a width",
    "max_length": "in tokens; longer sequences are split",
    "merge": "how entities join those of earlier components: keep, override, replace or longest",
    "numbers": "`token`: one row for all numbers; `digits`: every digit as 0; `keep`",
    "overlap": "minimum number of word pieces that two windows of a long sequence share",
    "path": "the file",
    "policy": "what becomes of a faulty row: `error` stops, `skip` leaves it out and counts it",
    "scheme": "of the tags: IOBES, BILOU, BIO, or BIOHD for mentions in several parts",
    "scorer": "a function of examples that returns scores",
    "seed": "seed of the random choice",
    "separator": "what separates several values in one cell; empty for one value",
    "spans_key": "the span group of `doc.spans` for all spans found, with their scores",
    "threshold": "minimum probability of an entity",
    "tok2vec": "the network that gives each token a vector",
    "unknown_rate": "probability with which training reads a word that occurs once as the unknown word",
    "votes": "parts that must agree on a span; null for more than half",
    "window": "offsets of the words whose features a token has",
    "word_width": "dimensions of a word's vector; null takes that of the word vectors, or 300",
    # of spaCy's own tok2vec
    "embed_size": "rows of the hash embedding",
    "maxout_pieces": "pieces of the maxout layers",
    "pretrained_vectors": "also use the pipeline's word vectors",
    "subword_features": "also use prefix, suffix and shape of a word",
    "width": "dimensions of a token's vector",
    "window_size": "number of words on each side that a layer reads",
}
"""Descriptions of settings that several components or layers share and whose docstrings refer to another one."""
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)]*)?\)")
SETTINGS = re.compile(r"<!-- settings of (\w+) -->")
EVERY_NAME = "<!-- settings of every name -->"
REFERRED = re.compile(r"``([A-Za-z_][\w.]*)``")
FLOORS = {
    "corpora": "Corpora and formats",
    "components": "Components and models",
    "curation": "Curation of corpora",
    "commands": "Commands",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made."""
    pages = {
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
    markdown = SETTINGS.sub(lambda match: settings_of(match[1]), markdown)
    if EVERY_NAME in markdown:
        markdown = markdown.replace(EVERY_NAME, every_name())
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


def settings_of(factory: str) -> str:
    """Return what a component assigns, requires and scores, and a table of its settings with their defaults."""
    from spacy.language import Language

    point = next(one for one in distribution("spacy-bioner").entry_points if one.name == factory)
    built = inspect.signature(point.load(), eval_str=True).return_annotation
    meta = Language.get_factory_meta(factory)
    told = {"assigns": meta.assigns, "requires": meta.requires, "scores": sorted(meta.default_score_weights)}
    lines = [f"- {name}: {', '.join(f'`{value}`' for value in values)}" for name, values in told.items() if values]
    rows = [list(row) for row in settings(meta.default_config, built.__doc__)]
    return "\n".join([*lines, "", *table(["setting", "default", "what it is"], rows)])


def settings(config: dict[str, Any], doc: str | None, before: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield each setting by its dotted name, with its default as JSON, and what it is.

    doc: the docstring that describes them; a block that names a registered function is described by that function's,
    and has all of its parameters.
    """
    name = next((key for key in config if key.startswith("@")), "")
    if name:
        yield f"`{before}{name}`", f"`{json.dumps(config[name])}`", registered_names().get(config[name], "of spaCy")
        function = registry.get(name[1:], config[name])
        config = {**config, **{key: value for key, value in defaults_of(function).items() if key not in config}}
        known = described_by(function, [key for key in config if key != name])
    else:
        known = described(doc, list(config))
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from settings(value, None, f"{before}{key}.")
        elif key != name:
            yield f"`{before}{key}`", f"`{json.dumps(value)}`", known.get(key) or SHARED.get(key, "")


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the default of each setting of a registered function; ``inspect.Parameter.empty`` without one."""
    return {key: one.default for key, one in inspect.signature(function).parameters.items()}


def every_name() -> str:
    """Return a section for each registry, and in it for each name what it is and a table of its settings."""
    lines = []
    apart = "spacy_cli", "spacy_factories"  # commands and components have pages of their own
    points = [one for one in distribution("spacy-bioner").entry_points if one.group not in apart]
    for group, members in groupby(sorted(points, key=attrgetter("group", "name")), attrgetter("group")):
        lines += [f"### `@{group.partition('_')[2]}`", ""]
        for point in members:
            function = point.load()
            defaults = defaults_of(function)
            known = described_by(function, list(defaults))
            lines += [f"#### {point.name}", "", sentence(registered_names()[point.name]), ""]
            rows = [[f"`{key}`", shown(one), known.get(key) or SHARED.get(key, "")] for key, one in defaults.items()]
            lines += table(["setting", "default", "what it is"], rows) if rows else ["No settings.", ""]
    return "\n".join(lines)


def sentence(text: str) -> str:
    """Return a text that starts with a capital and ends with a full stop."""
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def shown(default: Any) -> str:
    """Return a default as the config has it."""
    return "required" if default is inspect.Parameter.empty else f"`{json.dumps(default)}`"


@cache
def registered_names() -> dict[str, str]:
    """Return what docs/registered.md says of each registered name."""
    found = {}
    for line in (ROOT / "docs/registered.md").read_text(encoding="utf8").splitlines():
        names, _, text = line.strip("| ").partition(" | ")
        found |= dict.fromkeys(re.findall(r"`(spacy-bioner\.[^`]+)`", names), text)
    return found


def described_by(function: Callable[..., Any], names: list[str]) -> dict[str, str]:
    """Return what a function's docstring says of its settings, or the docstrings of those that it refers to."""
    found = described(function.__doc__, names)
    for name in REFERRED.findall(function.__doc__ or ""):
        other = referred(name, sys.modules[function.__module__])
        if other is not function and (doc := inspect.getdoc(other)):
            found = described(doc, names) | found
    return found


def referred(name: str, module: Any) -> Any:
    """Return what a docstring of a module names: in the module, or by its path in the package; None for neither."""
    if hasattr(module, name):
        item = getattr(module, name)
        return item if inspect.isclass(item) or inspect.isfunction(item) else None
    place, _, last = name.rpartition(".")
    try:
        return getattr(importlib.import_module(f"spacy_bioner.{place}"), last, None) if place else None
    except ImportError:
        return None


def described(doc: str | None, names: list[str]) -> dict[str, str]:
    """Return what a docstring says of settings: after ``name:`` or ``one, other:``, first in a line or sentence."""
    one = "|".join(sorted(map(re.escape, names), key=len, reverse=True)) or "$^"
    marks = list(re.finditer(rf"(?:(?<=\n)|(?<=\. )|^)((?:{one})(?:, (?:{one}))*): ", inspect.cleandoc(doc or "")))
    found = {}
    for mark, following in zip_longest(marks, marks[1:]):
        text = mark.string[mark.end() : following.start() if following else None].partition("\n\n")[0]
        found |= dict.fromkeys(mark[1].split(", "), " ".join(text.split()).rstrip(":"))
    return found


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
