"""One self-contained page of saved runs: tables, plots and the errors in their sentences."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ... import __version__
from ...errors import require
from ...formats.output_places import check_file, check_folder
from ...formats.text_io import encoded, open_output, write_rows
from ...text_tables import counted
from ..analysis.mistakes import COLUMNS, DOCUMENT_COLUMNS, document_rows, error_rows
from ..folds import check_designs, check_distinct, check_tests
from ..runs import Run, Task, by_task, read_runs
from ..summary import system_of
from .answers import answer_runs_table, answer_scores_section, wrong_answers_section
from .browser import error_browser
from .confidence import confidence_section
from .corpora import corpora_section
from .differences import differences_section
from .gold_errors import gold_errors_section
from .groups import View, at_full_size
from .layout import Section
from .mistakes import mistakes_section, recall_section
from .published import Published, read_published
from .scores import published_section, relative, runs_table, scores_section
from .sections import Plotter, curves_section, time_section, transfer_section, types_section

_TITLES: dict[tuple[Task, ...], str] = {
    ("entities",): "Named entity recognition",
    ("relations",): "Relations between entities",
    ("answers",): "Answers to questions",
    ("entities", "relations"): "Entities and relations",
    ("entities", "answers"): "Entities and answers",
    ("relations", "answers"): "Relations and answers",
    ("entities", "relations", "answers"): "Entities, relations and answers",
}

MOST_CASES = 5000
"""Default maximum number of sentences with errors on a page."""


def write_report(
    paths: Sequence[Path],
    output: Path,
    *,
    published: Path | None = None,
    title: str | None = None,
    max_cases: int = MOST_CASES,
) -> int:
    """Write the report of the runs in these folders; return the number of runs.

    output: the page. Beside it are written the plots, as SVG and PNG files in the folder ``<name of the page>_plots``,
        and tables of all errors with their offsets, ``<name of the page>_errors.tsv``, and of the scores of each
        document, ``<name of the page>_documents.tsv``.
    published: a file of published figures, see ``report.published``.
    max_cases: maximum number of sentences in the error browser; the page says how many are left out.

    Raises B900 if matplotlib is absent, B820 for an invalid file of published figures, B843, B845 and B853 for runs
    that cannot be averaged, and the errors of reading runs.
    """
    plots, table, documents = (
        output.with_name(f"{output.stem}_{name}") for name in ("plots", "errors.tsv", "documents.tsv")
    )
    check_folder(plots)
    for place in (output, table, documents):
        check_file(place)
    require("matplotlib", extra="report")
    given = read_published(published) if published else []
    runs = read_runs(paths)
    for check in (check_designs, check_tests, check_distinct):
        check((system_of(run), run) for run in runs)
    output.parent.mkdir(parents=True, exist_ok=True)
    plotter = Plotter(plots)
    view = View.of(runs)
    tasks = by_task(runs)
    corpora = list(dict.fromkeys(run.corpus for run in runs))
    page = render(
        root=relative(view.root, output),
        title=title or f"{_TITLES[tuple(tasks)]} on {_listed(corpora)}",
        lead=_lead(len(runs), len(view.systems), len(corpora)),
        sections=[part for some in tasks.values() for part in sections_of(some, given, view, plotter, max_cases)],
        errors=_errors(tasks, max_cases, view),
        tables=[quote(file.name) for file in (table, documents)] if "entities" in tasks else [],
        runs=[
            (answer_runs_table if task == "answers" else runs_table)(some, view, output) for task, some in tasks.items()
        ],
        foot=f"Written by spacy bioner report {__version__} on {date.today():%d %B %Y}. The page needs no network.",
    )
    with open_output(output) as file:
        file.write(encoded(page.lstrip(), output))
    if "entities" in tasks:
        entities = at_full_size(tasks["entities"])
        write_rows(chain([COLUMNS], error_rows(entities)), table)
        write_rows(chain([DOCUMENT_COLUMNS], document_rows(entities)), documents)
    return len(runs)


def _errors(tasks: Mapping[Task, Sequence[Run]], max_cases: int, view: View) -> dict[str, Any]:
    """Return the error browser of entities and relations; wrong answers have a section of their own."""
    browsed: dict[Task, Sequence[Run]] = {task: runs for task, runs in tasks.items() if task != "answers"}
    found = error_browser(browsed, max_cases, view)
    if "answers" in tasks:
        own = "Wrong answers are listed in the section of answers."
        found["text"] = f"{found['text']} {own}" if browsed else own
    return found


def sections_of(
    runs: Sequence[Run], published: Sequence[Published], view: View, plotter: Plotter, max_cases: int
) -> list[Section]:
    """Return the sections with content for these runs, all of one task."""
    task = runs[0].task
    entities = task == "entities"
    sections: list[Section | None]
    if task == "answers":
        sections = [
            answer_scores_section(runs, view),
            curves_section(runs, view, plotter),
            time_section(runs, view, plotter),
            wrong_answers_section(runs, view, max_cases),
        ]
    else:
        sections = [
            scores_section(runs, view),
            corpora_section(runs) if entities else None,
            differences_section(runs),
            published_section(runs, published, view),
            types_section(runs, view, plotter),
            recall_section(runs) if entities else None,
            mistakes_section(runs) if entities else None,
            gold_errors_section(runs) if entities else None,
            curves_section(runs, view, plotter),
            transfer_section(runs, view, plotter),
            confidence_section(runs, view, plotter),
            time_section(runs, view, plotter),
        ]
    found = [section for section in sections if section]
    for section in found if not entities else ():
        section.id, section.name = f"{task}-{section.id}", f"{task.capitalize()}: {section.name.lower()}"
    return found


def render(**values: Any) -> str:
    """Render ``template.html`` with these values; all text is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    folder = files(__package__)
    script = folder.joinpath("report.js").read_text(encoding="utf8")
    environment = Environment(loader=PackageLoader(str(__package__), "."), autoescape=True, undefined=StrictUndefined)
    environment.globals["zip"] = zip
    return environment.get_template("template.html").render(
        style=folder.joinpath("report.css").read_text(encoding="utf8"),
        script=script,
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        **values,
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) > 4:
        return f"{len(names)} corpora"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _lead(runs: int, systems: int, corpora: int) -> str:
    counts = [(runs, "run", "runs"), (systems, "system", "systems"), (corpora, "corpus", "corpora")]
    parts = [counted(*each) for each in counts]
    return f"{parts[0]} of {parts[1]} on {parts[2]}."
