"""A matplotlib figure as SVG inside a page, and as SVG and PNG files beside it."""

from __future__ import annotations

import re
from html import escape
from io import StringIO
from pathlib import Path
from typing import Any

from ...errors import require
from ...formats.text_io import open_output
from .plots import COLOURS, INK, MUTED, RULE, SETTINGS

VARIABLES = {
    **{colour: f"--series-{i}" for i, colour in enumerate(COLOURS)},
    INK: "--ink",
    MUTED: "--muted",
    RULE: "--rule",
    "#ffffff": "--page",
}
"""Variables of the page's style sheet by the colours of the plots; the style sheet has other values for dark mode."""

_PROLOGUE = re.compile(r".*?(?=<svg\b)", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_COLOUR = re.compile(r"\b(fill|stroke|color): (" + "|".join(VARIABLES) + r")\b")
_SIZE = re.compile(r'<svg\b[^>]*?\bviewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>')
_ROOTS = re.compile(r":root \{(.*?)\}", re.DOTALL)
_VARIABLE = re.compile(r"(--[\w-]+): ([^;]+);")
_NOTHING = {"Date": None, "Creator": None, "Format": None, "Type": None}


def to_svg(figure: Any) -> str:
    """Return a figure as the text of an SVG file; it is the same for equal figures."""
    matplotlib = require("matplotlib", extra="report")
    file = StringIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(file, format="svg", metadata=_NOTHING)
    return file.getvalue()


def inline_svg(svg: str, name: str, label: str) -> str:
    """Return an SVG file as an element of a page.

    name: prefix of its ids, so that one page can hold several plots. label: description for screen readers. Colours
    become variables of the page's style sheet.
    """
    svg = _METADATA.sub("", _PROLOGUE.sub("", svg, count=1))
    # matplotlib's ids are the same in every plot, and an id must be unique in a page.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    svg = _COLOUR.sub(lambda match: f"{match[1]}: var({VARIABLES[match[2]]}, {match[2]})", svg)
    return _SIZE.sub(
        lambda size: (
            f'<svg viewBox="0 0 {size[1]} {size[2]}" width="{size[1]}pt" role="img" aria-label="{escape(label)}">'
        ),
        svg,
        count=1,
    )


def standalone_svg(svg: str, label: str) -> str:
    """Return an SVG file that has the colours of the report in the light or the dark mode of whoever looks at it.

    label: description for screen readers.
    """
    css = Path(__file__).with_name("report.css").read_text(encoding="utf8")
    light, dark = (
        "".join(f"{name}:{value};" for name, value in _VARIABLE.findall(part) if name in VARIABLES.values())
        for part in _ROOTS.findall(css)
    )
    style = f"<style>:root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}</style>"
    start = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    return inline_svg(svg, "plot", label).replace("<svg ", start, 1).replace(">", f">{style}", 1)


def save(figure: Any, svg: str, folder: Path, name: str) -> None:
    """Write ``name.svg`` and ``name.png`` into a folder. Raises B101."""
    matplotlib = require("matplotlib", extra="report")
    with open_output(folder / f"{name}.svg") as file:
        file.write(svg.encode())
    with open_output(folder / f"{name}.png") as file, matplotlib.rc_context(SETTINGS):
        figure.savefig(file, format="png", dpi=220, metadata={"Software": None})
