"""The projects: pages that are true, commands that exist, settings that configs have, steps that look at their data."""

import re
import shlex
import shutil
import sys

import pytest
import srsly
from places import ASSETS, CONFIGS, ROOT
from spacy.cli._util import parse_config_overrides
from spacy.cli.project.document import MARKER_END, MARKER_START, project_document
from spacy.util import load_config
from typer.main import get_command
from typer.testing import CliRunner
from weasel.util import load_project_config

from spacy_bioner.cli import app, spacy_app
from spacy_bioner.experiments.report.published import read_published

COMMAND = "python -m spacy project document --output PROJECT.md --no-emoji"
PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("projects/*/project.yml"))]
PATHS = ["train", "dev", "vectors", "transformer", "source", "label"]
RUN = ["epochs", "learn_rate", "dropout", "batch_size", "evaluate_every"]


def test_the_generated_page_is_true(tmp_path):
    project_document(ROOT, tmp_path / "PROJECT.md", no_emoji=True)
    page = (ROOT / "PROJECT.md").read_text(encoding="utf8")
    start, end = (marker.format(tag="WEASEL") for marker in (MARKER_START, MARKER_END))
    generated = page[page.index(start) : page.index(end) + len(end)]
    assert generated == (tmp_path / "PROJECT.md").read_text(encoding="utf8").strip(), f"run: {COMMAND}"


@pytest.mark.parametrize("config", sorted(CONFIGS.glob("*.cfg")), ids=lambda path: path.stem)
def test_all_configs_share_one_shape(config):
    content = load_config(config)
    assert list(content["paths"])[:6] == PATHS
    assert list(content["run"])[:5] == RUN
    assert content["corpora"]["on_error"] == "error"
    text = config.read_text(encoding="utf8")
    if "${run.learn_rate}" in text:
        assert "spacy-bioner.resolve_optimizer.v1" in text
    readers = text.count("path = ${paths.train}") + text.count("path = ${paths.dev}")
    assert text.count("on_error = ${corpora.on_error}") == readers >= 2


def scripts(folder, **overrides):
    """Each script of a project as its arguments, with its variables filled in, and its command's name."""
    config = load_project_config(folder, overrides={f"vars.{name}": value for name, value in overrides.items()})
    return [(command["name"], shlex.split(script)) for command in config["commands"] for script in command["script"]]


def project_id(folder):
    return folder.name if folder != ROOT else "root"


@pytest.mark.parametrize("folder", PROJECTS, ids=project_id)
def test_a_project_is_small_and_every_variable_is_used(folder):
    config = srsly.read_yaml(folder / "project.yml")
    assert len(config["vars"]) <= (14 if folder == ROOT else 12)
    text = (folder / "project.yml").read_text(encoding="utf8")
    assert [name for name in config["vars"] if f"${{vars.{name}}}" not in text] == []
    assert set(re.findall(r"\$\{vars\.(\w+)\}", text)) == set(config["vars"])
    for steps in config["workflows"].values():
        assert set(steps) <= {command["name"] for command in config["commands"]}


@pytest.mark.parametrize("folder", PROJECTS, ids=project_id)
def test_no_step_is_skipped_unseen(folder):
    """spaCy's own check knows nothing of the data: every step runs, and `once` and `crossval` look at content."""
    for command in srsly.read_yaml(folder / "project.yml")["commands"]:
        assert command["no_skip"] is True, command["name"]
        for script in command["script"]:
            words = shlex.split(script)
            assert "train" not in words[:4], f"{script}: without once"
            if words[4] in ("crossval", "curve"):
                assert "--overwrite" in words, script


@pytest.mark.parametrize("folder", PROJECTS, ids=project_id)
def test_faults_are_skipped_in_every_step_or_in_none(folder):
    values = srsly.read_yaml(folder / "project.yml")["vars"]
    given = {name: "GIVEN" for name, value in values.items() if isinstance(value, str) and name != "name"}
    if "on_error" not in given:
        return
    for name, words in scripts(folder, **{**given, "on_error": "SKIP"}):
        words = words[words.index("--") + 1 :] if words[4] == "once" else words[3:]
        if words[0] == "train":
            assert words[words.index("--corpora.on_error") + 1] == "SKIP", name
        elif words[0] == "bioner" and any("GIVEN" in word for word in words):
            options = {one for parameter in get_command(app).commands[words[1]].params for one in parameter.opts}
            assert "SKIP" in words or "--on-error" not in options, (name, words)


OF_ALL = {"scoreboard.md", "runs/matrix/report.html"}
"""Results that have the figures of all corpora of their projects."""


@pytest.mark.parametrize("folder", [path for path in PROJECTS if path.name != "models"], ids=project_id)
def test_results_of_two_corpora_do_not_meet(folder):
    for name, words in scripts(folder, name="NAME"):
        written = [words[words.index(option) + 1] for option in ("--output", "-o", "once") if option in words]
        for path in {*written} - OF_ALL:
            assert "NAME" in path or path.startswith("training/demo/"), (name, path)


@pytest.mark.parametrize("folder", PROJECTS, ids=project_id)
def test_a_variable_may_have_a_blank(folder):
    """Each variable is one argument, or part of one, whatever it holds."""
    names = [
        name
        for name, value in srsly.read_yaml(folder / "project.yml")["vars"].items()
        if isinstance(value, str) and name not in ("unit",)
    ]
    plain, blank = scripts(folder), scripts(folder, **dict.fromkeys(names, "a b"))
    assert [(name, len(arguments)) for name, arguments in plain] == [
        (name, len(arguments)) for name, arguments in blank
    ]


@pytest.mark.parametrize("folder", PROJECTS, ids=project_id)
def test_commands_options_and_settings_exist(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for _, words in scripts(folder):
        assert words[:3] == ["python", "-m", "spacy"], words
        if words[3] == "project":
            assert (ROOT / words[6] / "project.yml").exists()
            assert words[5] in srsly.read_yaml(ROOT / words[6] / "project.yml")["workflows"]
            continue
        words = words[3:]
        if words[:2] == ["bioner", "once"]:
            words = words[words.index("--") + 1 :]
        options = [word for word in words if word.startswith("--")]
        overrides = [option[2:] for option in options if "." in option]
        plain = {option for option in options if "." not in option}
        if words[0] == "train":
            assert plain <= {"--output", "--gpu-id"}
        elif words[0] == "package":
            assert plain <= {"--build", "--force"}
        else:
            command = get_command(app).commands[words[1]]
            assert plain <= {option for parameter in command.params for option in parameter.opts}, words
        configs = [load_config(word.partition("=")[2] or word) for word in words if word.endswith(".cfg")]
        assert bool(overrides) <= bool(configs)
        for name in overrides:
            assert any(has(config, name.split(".")) for config in configs), name


def has(content, keys):
    for key in keys:
        if not hasattr(content, "get") or key not in content:
            return False
        content = content[key]
    return True


@pytest.mark.parametrize("folder", PROJECTS[1:], ids=project_id)
def test_a_project_has_a_page_and_is_reached_from_the_root(folder):
    assert (folder / "README.md").is_file()
    assert folder.name in [command["name"] for command in srsly.read_yaml(ROOT / "project.yml")["commands"]]


@pytest.mark.parametrize("folder", [path for path in PROJECTS[1:] if path.name != "models"], ids=project_id)
def test_published_figures_are_read(folder):
    assert len(read_published(folder / "published.json")) > 5


def test_the_rows_of_the_slide_that_were_shifted():
    given = {(row.system, row.corpus): row.f1 for row in read_published(ROOT / "projects/biobert/published.json")}
    assert given["transformer", "BC5CDR-chem"] == 93.47
    assert given["transformer", "BC2GM"] == 84.72
    assert given["transformer", "Species-800"] == 74.06
    assert given["BERT", "LINNAEUS"] == 87.60


@pytest.fixture
def in_this_process(monkeypatch):
    """What a project starts runs here: each process would import everything. tests/test_wheel.py has the processes."""

    def call(words, **_):
        # `once` starts a training as `python -m spacy_bioner.training.resume SAVED OUTPUT KEY train ...`.
        assert words[:2] == [sys.executable, "-m"], words
        assert words[2] in ("spacy", "spacy_bioner.training.resume"), words
        result = CliRunner().invoke(spacy_app, words[3 if words[2] == "spacy" else 6 :])
        assert result.exit_code == 0, (words, result.output, result.exception)
        return 0

    monkeypatch.setattr("weasel.cli.run.run_command", call)  # of project run
    monkeypatch.setattr("subprocess.call", call)  # of once


@pytest.mark.usefixtures("in_this_process")
def test_a_corrected_annotation_trains_again(tmp_path):
    """A step of the project runs again where its data changed, and not where nothing did."""
    from spacy.cli.project.run import project_run

    for name in ("project.yml", "configs/dictionary.cfg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    shutil.copytree(ASSETS / "brat", tmp_path / "my data")
    overrides = {f"vars.{part}": f"my data/{part}" for part in ("train", "dev", "test")}
    terms = tmp_path / "training/demo/dictionary/model-last/dictionary"
    record = tmp_path / "training/demo/dictionary.once.json"

    def run():
        project_run(tmp_path, "dictionary", overrides=overrides)
        return record.stat().st_mtime_ns, [path.read_bytes() for path in sorted(terms.rglob("*")) if path.is_file()]

    first, again = run(), run()
    assert again == first
    corrected = tmp_path / "my data/train/case-01.ann"
    lines = corrected.read_text(encoding="utf8").splitlines(keepends=True)
    corrected.write_text("".join(lines[1:]), encoding="utf8")
    assert run()[1] != first[1]


@pytest.mark.parametrize(("given", "path"), [({}, None), ({"terms": "terms.tsv"}, "terms.tsv")])
def test_a_silver_standard_needs_no_term_list(given, path):
    (arguments,) = [script for _, script in scripts(ROOT / "projects" / "silver", **given) if "--paths.terms" in script]
    at = arguments.index("--paths.terms")
    assert parse_config_overrides(arguments[at : at + 2]) == {"paths.terms": path}
