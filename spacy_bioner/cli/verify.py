"""``spacy bioner verify``: shows the contents of a saved pipeline and checks that it is complete."""

from __future__ import annotations

import json
from typing import Annotated, Any

from typer import Argument, Exit, Option

from . import command


@command
def verify(
    model: Annotated[str, Argument(help="Folder of a pipeline, or an installed package", show_default=False)],
    as_json: Annotated[bool, Option("--json", help="Print a JSON object")] = False,
) -> None:
    """Show the contents of a saved pipeline and check that it is complete and undamaged, without loading it.

    Shows the components with their sizes, labels, versions and checksums, the requirements, and the limits of sizes.
    The exit code is 0 for a complete pipeline whose requirements are installed, else 1.

    Example: spacy bioner verify training/model-best
    """
    from ..pipeline.verify import verify as contents

    found = contents(model)
    print(json.dumps(found, indent=2) if as_json else "\n".join(_page(found)))
    if not found["complete"]:
        raise Exit(1)


def _page(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['name']} {found['version'] or ''}  ({found['model']})", f"spaCy {found['spacy_version'] or '?'}"]
    for one in found["requirements"]:
        lines.append(f"{'✔' if one['met'] else '✘'} needs {one['needed']}: {one['installed'] or 'not installed'}")
    if found["vectors"]:
        lines.append("word vectors: " + " x ".join(f"{size:,}" for size in found["vectors"]))
    for component in found["components"]:
        lines += ["", f"{component['name']}  ({component['factory']})", *_component(component)]
    lines += ["", "limits of sizes: " + ", ".join(f"{name} {value:,}" for name, value in found["limits"].items())]
    lines += ["", *(f"✘ {fault}" for fault in found["faults"])]
    lines.append("✔ complete" if found["complete"] else f"✘ incomplete: faults: {len(found['faults'])}")
    return lines


def _component(component: dict[str, Any]) -> list[str]:
    marks = {True: "✔", False: "✘", None: "·"}
    lines = [f"  {marks[file['right']]} {name}  {file['bytes']:,} bytes" for name, file in component["files"].items()]
    if not component["sealed"]:
        return [*lines, "  no checksums of its own"] if lines else ["  nothing saved"]
    about = dict(component["about"])
    labels = about.pop("labels", None)
    if labels is not None:
        names = ", ".join(labels[:12]) + (", ..." if len(labels) > 12 else "")
        lines.append(f"  {len(labels)} label{'s' * (len(labels) != 1)}: {names}")
    shown = {name: value for name, value in about.items() if isinstance(value, str | int | float) and name != "class"}
    if shown:
        texts = (f"{name} {v:,}" if type(v) is int else f"{name} {v}" for name, v in shown.items())
        lines.append("  " + ", ".join(texts))
    lines.append("  saved by " + ", ".join(f"{name} {number}" for name, number in component["versions"].items()))
    return lines
