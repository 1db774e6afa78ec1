"""Outputs of commands: looked at before the work, and whole or as they were after it."""

import inspect
from collections import Counter
from contextlib import contextmanager

import pytest
import spacy
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.formats import Document, Mention, write


@pytest.fixture
def files(tmp_path, monkeypatch):
    write([Document("A rash.", [Mention(2, 6, "ADR")], id="a")], tmp_path / "a.jsonl")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# What each command writes: its arguments, all of whose inputs are absent, with "{}" in the place of the output; and
# whether that is a file, a folder that may hold files, or a "whole" folder, which is replaced only if all of it is.
# The path after the kind is what is written below or beside the output.
OUTPUTS = [
    ("adjudicate --output", ["anna", "boris", "-o", "{}"], "whole"),
    ("annotate target", ["absent", "absent", "{}.jsonl"], "file", ".jsonl"),
    ("annotate target", ["absent", "absent", "{}", "--to", "brat"], "whole"),
    ("annotate target", ["absent", "absent", "{}", "--to", "brat"], "file", ".manifest.json"),
    ("annotate target", ["absent", "absent", "{}", "--to", "brat"], "file", ".errors.jsonl"),
    ("annotate target", ["absent", "absent", "{}", "--to", "jsonl"], "folder", ".parts"),
    ("ask --json", ["absent", "Why?", "absent", "--json", "{}"], "file"),
    ("card --output", ["absent", "-o", "{}"], "file"),
    ("card model", ["{}"], "file", "/README.md"),
    ("card model", ["{}"], "file", "/meta.json"),
    ("check --errors", ["absent", "--errors", "{}"], "file"),
    ("check --notes", ["absent", "--notes", "{}"], "whole"),
    ("check --json", ["absent", "--json", "{}"], "file"),
    ("compare --json", ["absent", "--json", "{}"], "file"),
    ("convert output", ["absent", "{}", "--to", "jsonl"], "file"),
    ("convert output", ["absent", "{}", "--to", "brat"], "whole"),
    ("crossval --output", ["absent", "absent", "-o", "{}"], "folder"),
    ("crossval --output", ["absent", "absent", "-o", "{}"], "file", "/summary.json"),
    ("curve --output", ["absent", "absent", "-o", "{}", "--test", "absent"], "folder"),
    ("curve --output", ["absent", "absent", "-o", "{}", "--test", "absent"], "file", "/curve.json"),
    ("evaluate --output", ["absent", "absent", "-o", "{}"], "file"),
    ("evaluate --predictions", ["absent", "absent", "-p", "{}.tsv"], "file", ".tsv"),
    ("evaluate --predictions", ["absent", "absent", "-p", "{}", "--to", "brat"], "whole"),
    ("harmonize --output", ["absent", "-o", "{}", "--to", "jsonl", "--gold", "absent"], "file"),
    ("harmonize --output", ["absent", "-o", "{}", "--to", "brat", "--gold", "absent"], "whole"),
    ("harmonize --json", ["absent", "-o", "new.jsonl", "--json", "{}"], "file"),
    ("init output", ["crf", "{}"], "file"),
    ("merge --output", ["a=absent", "--method", "vote", "-o", "{}"], "whole"),
    ("new folder", ["{}"], "whole"),
    ("once output", ["{}", "--", "info"], "file", ".once.json"),
    ("overlap --json", ["absent", "--json", "{}"], "file"),
    ("pretrain-mlm output", ["absent", "{}"], "whole"),
    ("report --output", ["absent", "-o", "{}"], "file"),
    ("report --output", ["absent", "-o", "{}.html"], "folder", "_plots"),
    ("report --output", ["absent", "-o", "{}.html"], "file", "_errors.tsv"),
    ("report --output", ["absent", "-o", "{}.html"], "file", "_documents.tsv"),
    ("suggest --output", ["absent", "absent", "-n", "1", "-o", "{}"], "file", ".suggested.tsv"),
    ("score --disagreements", ["absent", "absent", "--disagreements", "{}"], "file"),
    ("score --json", ["absent", "absent", "--json", "{}"], "file"),
    ("scoreboard --output", ["absent", "-o", "{}"], "file"),
    ("scoreboard --keep", ["absent", "--keep", "{}"], "file"),
    ("settle --output", ["absent", "-o", "{}"], "whole"),
    ("split --output", ["absent", "-o", "{}"], "whole"),
    ("suggest --output", ["absent", "absent", "-n", "1", "-o", "{}"], "whole"),
    ("suggest --output", ["absent", "absent", "-n", "1", "-o", "{}.jsonl"], "file", ".jsonl"),
    ("suggest --json", ["absent", "absent", "-n", "1", "-o", "new", "--json", "{}"], "file"),
]
INPUTS = {
    *("check --runs", "compare runs", "harmonize --blacklist", "report runs", "report --published", "scoreboard runs"),
    *("scoreboard --published", "settle decided", "card --metrics", "table metrics", "table --published"),
}
"""Paths that commands only read."""

CODES = {"a folder": {"B806", "B924"}, "a file": {"B811", "B925"}, "below a file": {"B811", "B101"},
         "filled": {"B175", "B275", "B712", "B925"}, "not its own": {"B178", "B712"}}  # fmt: skip
"""The codes of the errors for what is in the way of an output."""


def obstacles():
    for option, arguments, kind, *below in OUTPUTS:
        for way in {"file": ["a folder"], "folder": ["a file"], "whole": ["a file", "filled", "not its own"]}[kind]:
            yield option, arguments, "".join(below), way
        if not below:
            yield option, arguments, "", "below a file"


@pytest.mark.parametrize(("option", "arguments", "below", "way"), list(obstacles()))
def test_an_output_that_cannot_be_written_is_refused_before_any_input_is_read(files, option, arguments, below, way):
    """The inputs are absent: reading one would be another error."""
    command = option.split()[0]
    output = files / ("file/out" if way == "below a file" else "out")
    blocked = files / f"{output.name}{below}"
    if way == "a folder":
        blocked.mkdir(parents=True)
    elif way == "a file":
        blocked.write_text("mine")
    elif way in ("filled", "not its own"):
        blocked.mkdir()
        (blocked / ("a.txt" if way == "filled" else "thesis.tex")).write_text("mine")
    given = [argument.replace("{}", str(output)) for argument in arguments]
    if way == "not its own":
        if command == "new":
            pytest.skip("it never overwrites")
        given.append("--overwrite")
    before = sorted(files.rglob("*"))
    result = CliRunner().invoke(app, [command, *given])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert any(f"[{code}]" in result.output for code in CODES[way]), result.output
    if way == "filled" and command != "new":
        assert "--overwrite" in result.output
    assert sorted(files.rglob("*")) == before


def test_every_output_of_every_command_is_tried():
    from typer.main import get_command

    tried = {option for option, *_ in OUTPUTS}
    found = set()
    for name, command in get_command(app).commands.items():
        types = inspect.signature(command.callback.__wrapped__, eval_str=True).parameters
        for parameter in command.params:
            if parameter.name in types and "Path" in str(types[parameter.name].annotation.__origin__):
                shown = parameter.opts[0] if parameter.param_type_name == "option" else parameter.name
                found.add(f"{name} {shown}")
    assert found == tried | INPUTS


@pytest.mark.parametrize(("option", "arguments"), [one[:2] for one in OUTPUTS if one[2:] == ("file",)])
def test_an_output_that_is_an_input_is_refused_and_stays(files, option, arguments):
    before = (files / "a.jsonl").read_bytes()
    given = [argument.replace("absent", "a.jsonl").replace("{}", "folder/../a.jsonl") for argument in arguments]
    result = CliRunner().invoke(app, [option.split()[0], *given])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert (files / "a.jsonl").read_bytes() == before
    if "absent" in arguments and not option.startswith("report"):  # whose inputs are folders
        assert "[B164]" in result.output, result.output


@pytest.mark.parametrize(
    ("option", "arguments"),
    [
        *([*one[:2]] for one in OUTPUTS if one[0].split()[0] not in {"card", "compare", "init", "new", "once"}),
        ("crossval --output", ["absent", "a.jsonl", "-o", "{}", "--test", "absent"]),
        ("curve --output", ["absent", "a.jsonl", "-o", "{}", "--test", "absent", "--dev", "absent"]),
        ("check --json", ["a.jsonl", "--against", "a.jsonl,absent", "--json", "{}"]),
        ("convert output", ["a.jsonl", "{}", "--contexts", "absent", "--to", "jsonl"]),
        ("harmonize --output", ["a.jsonl", "--annotated", "absent", "-o", "{}"]),
        ("merge --output", ["a=a.jsonl", "--dev", "absent", "-o", "{}"]),
        ("pretrain-mlm output", ["a.jsonl", "{}", "--dev", "absent"]),
        ("score --json", ["x=a.jsonl", "y=absent", "--json", "{}"]),
        ("suggest --json", ["absent", "a.jsonl", "-n", "1", "-o", "new", "--known", "absent", "--json", "{}"]),
    ],
)
def test_an_output_in_a_folder_that_is_read_is_refused(files, option, arguments):
    """The next run would read it as data: only folders of pipelines and runs may hold outputs."""
    write([Document("A rash.", [Mention(2, 6, "ADR")], id="a")], files / "data" / "a.jsonl")
    before = sorted(files.rglob("*"))
    given = [argument.replace("absent", "data").replace("{}", "folder/../data/new/out") for argument in arguments]
    given = [f"{argument}=data" if argument in ("anna", "boris") else argument for argument in given]
    result = CliRunner().invoke(app, [option.split()[0], *given])
    if option.split()[0] in ("report", "scoreboard") or given[0] == "a=data":  # of runs; of pipelines
        assert "[B164]" not in result.output
        return
    assert result.exit_code == 1, result.output
    assert "[B164]" in result.output, result.output
    assert sorted(files.rglob("*")) == before


TWICE = [
    ["card", "absent", "-o", "absent/meta.json"],
    ["check", "absent", "--json", "{}", "--errors", "{}"],
    ["check", "absent", "--json", "{}", "--notes", "{}"],
    ["evaluate", "absent", "absent", "-o", "{}", "-p", "{}"],
    ["harmonize", "absent", "-o", "{}", "--json", "{}"],
    ["score", "absent", "absent", "--json", "{}", "--disagreements", "{}"],
    ["scoreboard", "absent", "-o", "{}", "--keep", "{}"],
    ["suggest", "absent", "absent", "-n", "1", "-o", "{}", "--json", "{}"],
    ["suggest", "absent", "absent", "-n", "1", "-o", "out.jsonl", "--json", "out.jsonl.suggested.tsv"],
]
"""Commands with several outputs."""


@pytest.mark.parametrize("arguments", TWICE)
@pytest.mark.parametrize(
    "places", [("out.jsonl", "out.jsonl"), ("out.jsonl", "link/../out.jsonl"), ("out", "out/in.tsv")]
)
def test_two_outputs_in_one_place_are_refused_before_any_input_is_read(files, arguments, places):
    (files / "link").mkdir()
    before = sorted(files.rglob("*"))
    for order in (places, places[::-1]):
        left = iter(order)
        given = [argument if argument != "{}" else next(left) for argument in arguments]
        result = CliRunner().invoke(app, [*given, *(["--to", "jsonl"] if "harmonize" in given else [])])
        assert result.exit_code == 1
        assert "[B858]" in result.output, result.output
    assert sorted(files.rglob("*")) == before


def test_every_command_with_several_outputs_is_tried():
    several = Counter(option.split()[0] for option in {option for option, *_ in OUTPUTS})
    assert {command for command, number in several.items() if number > 1} == {one[0] for one in TWICE}


@contextmanager
def disk_of(size):
    """Let no file grow beyond a number of bytes: the write that would do it fails, as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    "arguments",
    [
        ["annotate", "dictionary", "a.jsonl", "old.tsv", "--overwrite"],
        ["card", "dictionary"],
        ["check", "a.jsonl", "--json", "old.json", "--errors", "old.tsv"],
        ["convert", "a.jsonl", "old.tsv"],
        ["evaluate", "dictionary", "a.jsonl", "-o", "old.json", "-p", "old.tsv"],
        ["init", "crf", "old.cfg", "--overwrite"],
        ["merge", "a=dictionary", "b=dictionary", "--method", "vote", "-o", "merged", "--overwrite"],
        ["new", "project"],
        ["split", "a.jsonl", "-o", "parts", "--overwrite"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_full_disk_leaves_every_output_as_it_was(files, arguments):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    for name in ("dictionary", "merged"):
        nlp.to_disk(name)
    for name in ("old.tsv", "old.json", "old.cfg"):
        (files / name).write_text("old")
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    with disk_of(10):
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "[B101]" in result.output or "[B581]" in result.output, result.output
    assert isinstance(result.exception, SystemExit)
    after = {path: path.read_bytes() for path in files.rglob("*") if path.is_file() and ".parts" not in str(path)}
    assert after == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["adjudicate", "corpus/a", "corpus/b", "-o", "corpus"],
        ["annotate", "absent", "corpus/a", "corpus", "--format", "brat"],
        ["check", "corpus/a", "--notes", "corpus"],
        ["convert", "corpus/a", "corpus", "--to", "brat"],
        ["evaluate", "absent", "corpus/a", "-p", "corpus", "--to", "brat"],
        ["harmonize", "corpus/a", "corpus/b", "-o", "corpus", "--to", "brat"],
        ["settle", "corpus/a", "-o", "corpus"],
        ["split", "corpus/a", "-o", "corpus", "--to", "brat"],
        ["suggest", "absent", "corpus/a", "-o", "corpus", "--number", "1"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_command_replaces_a_folder_that_holds_its_input(files, arguments):
    for name in ("a", "b"):
        write([Document("A rash.", [Mention(2, 6, "ADR")], id="d")], files / "corpus" / name, "brat")
    before = {file: file.read_bytes() for file in (files / "corpus").rglob("*") if file.is_file()}
    result = CliRunner().invoke(app, [*arguments, "--overwrite"])
    assert result.exit_code == 1
    assert "B164" in result.output
    assert {file: file.read_bytes() for file in (files / "corpus").rglob("*") if file.is_file()} == before
