"""The configs and the project that the package contains, and copies of them for users."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ..errors import BionerError
from ..formats.text_io import encoded, open_output
from ..formats.whole_folder import PART, into_folder

FILES = (
    "project.yml",
    "configs",
    "projects",
    "assets/brat",
    "assets/conll",
    "assets/questions",
    "assets/relations",
    "assets/terms.tsv",
    "assets/blacklist.txt",
)
"""The files and folders of a new project. ``setup.py`` reads this list and adds them to the wheel."""

README = "project_readme.md"
_SETTING = re.compile(r"([^\s=]+)\s*=")
_BRACKETS = re.compile(r" \((?:[^()]|\([^()]*\))*\)")


def project_folder() -> Path:
    """Return the folder of these files: in the package, or in the checkout of an editable install.

    Raises B922 if neither has them.
    """
    package = Path(__file__).parents[1]
    for folder in (package / "project", package.parent):
        if (folder / "project.yml").is_file() and (folder / "configs").is_dir():
            return folder
    raise BionerError("B922", path=package / "project")


def config_names() -> list[str]:
    """Return the names of the configs."""
    return sorted(path.stem for path in (project_folder() / "configs").glob("*.cfg"))


def config_subjects() -> dict[str, str]:
    """Return the name of each config with the first sentence of its comment, on one line and without brackets."""
    found = {}
    for name in config_names():
        text = (project_folder() / "configs" / f"{name}.cfg").read_text(encoding="utf8")
        comment = " ".join(line.lstrip("# ") for line in text.partition("\n\n")[0].splitlines())
        found[name] = re.split(r"(?<=\.) (?=[A-Z])", _BRACKETS.sub("", comment))[0].rstrip(".")
    return found


def write_config(name: str, output: Path, overwrite: bool = False) -> None:
    """Write a config with its comments, filled with spaCy's defaults.

    ``spacy debug config`` and ``spacy debug data`` require the defaults; ``spacy train`` adds them itself. No component
    is created, so that neither extras nor checkpoints are needed. Raises B923 for an unknown name, B924 for an existing
    file, B101 if it cannot be written.
    """
    if name not in config_names():
        raise BionerError("B923", name=name, known=", ".join(config_names()))
    if output.exists() and not overwrite:
        raise BionerError("B924", path=output)
    from spacy.language import DEFAULT_CONFIG
    from spacy.util import load_config

    source = project_folder() / "configs" / f"{name}.cfg"
    text = source.read_text(encoding="utf8")
    filled = DEFAULT_CONFIG.merge(load_config(source, interpolate=False)).to_str(interpolate=False)
    commented = with_comments(filled, text).replace(f"configs/{name}.cfg", str(output))
    with open_output(output) as file:
        file.write(encoded(commented, output))


def with_comments(filled: str, source: str) -> str:
    """Copy the comments of one config to the same sections and settings of another."""
    head, _, _ = source.partition("\n\n")
    comments: dict[tuple[str, str], list[str]] = {}
    held: list[str] = []
    for place, line in _places(source[len(head) :]):
        if line.startswith("#"):
            held.append(line)
        elif place is not None:  # the comments before a setting belong to it
            comments[place], held = held, []
            if place[1]:  # an empty block, `labels = {}`, is serialised as a section
                comments[f"{place[0][:-1]}.{place[1]}]", ""] = comments[place]
    lines = [head, ""]
    for place, line in _places(filled):
        lines += comments.get(place, []) if place is not None else []
        lines.append(line)
    return "\n".join(lines).rstrip("\n") + "\n"


def _places(text: str) -> list[tuple[tuple[str, str] | None, str]]:
    """Return each line with the section and the setting that it begins (the setting of a section's own line is "")."""
    section = ""
    result: list[tuple[tuple[str, str] | None, str]] = []
    for line in text.splitlines():
        place = None
        if line.startswith("["):
            section = line
            place = (section, "")
        elif not line.startswith("#") and (match := _SETTING.match(line)):
            place = (section, match[1])
        result.append((place, line))
    return result


def write_project(folder: Path) -> None:
    """Write a project that runs: project.yml, configs, the projects of the papers, a small corpus, README.md.

    Raises B925 for a folder that is not empty, B101 if it cannot be written.
    """
    # What a killed call wrote before it moved the first file is no content, and is deleted by the next one.
    if folder.exists() and (not folder.is_dir() or any(not file.name.startswith(PART) for file in folder.iterdir())):
        raise BionerError("B925", path=folder)
    source = project_folder()
    left_out = shutil.ignore_patterns("training", "metrics", "runs", "*.lock")  # in a checkout: of earlier runs
    text = (Path(__file__).parent / README).read_text(encoding="utf8")
    try:
        # Not as a whole folder: an empty one may be the current folder of a shell, and must stay.
        with into_folder(folder, last="project.yml") as part:
            for name in FILES:
                target = part / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if (source / name).is_dir():
                    shutil.copytree(source / name, target, ignore=left_out)
                else:
                    shutil.copyfile(source / name, target)
            (part / "README.md").write_text(text.replace("{name}", folder.resolve().name), encoding="utf8")
    except OSError as err:
        raise BionerError("B101", path=folder, reason=err.strerror or str(err)) from err
