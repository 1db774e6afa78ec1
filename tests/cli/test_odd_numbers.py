"""Numbers that are none, or without end: a wrong value of the option in every command, not a traceback."""

import inspect

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from spacy_bioner.cli import app


def options(kind):
    for name, command in get_command(app).commands.items():
        types = inspect.signature(command.callback.__wrapped__, eval_str=True).parameters
        for option in command.params:
            if option.name in types and kind in str(types[option.name].annotation.__origin__):
                yield name, option.opts[0], types[option.name].annotation.__metadata__[0]


FLOATS = [(name, option) for name, option, _ in options("float")]
NEEDED = {
    "annotate": ["model", "in", "out.jsonl"],
    "harmonize": ["in", "-o", "out.jsonl"],
    "pretrain-mlm": ["in", "out"],
    "serve": ["model"],
}


def test_all_are_found():
    assert {name for name, _ in FLOATS} == NEEDED.keys()
    assert len(FLOATS) >= 8


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize(("command", "option"), FLOATS)
def test_an_option_takes_finite_numbers(command, option, value):
    result = CliRunner().invoke(app, [command, *NEEDED[command], f"{option}={value}"])
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert option in result.output


CHECKED = {
    "annotate --threshold": "B413",
    "suggest --threshold": "B413",
    "serve --threshold": "B413",
    "harmonize --times": "B234",
    **dict.fromkeys(("accumulate", "batch-size", "evaluate-every", "evaluate-on", "layers"), "B710"),
    **dict.fromkeys(("length", "mask", "steps", "vocab-size", "width"), "B710"),
}
"""Options without a minimum, of which a code says what is wrong; those without a command are of pretrain-mlm."""


def test_every_number_has_a_least_value():
    found = [one for kind in ("int", "float") for one in options(kind)]
    assert len(found) > 30
    free = {f"{name} {option}" for name, option, about in found if about.min is None}
    assert free <= {name if " " in name else f"pretrain-mlm --{name}" for name in CHECKED}


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_numbers_in_texts(tmp_path, value):
    (tmp_path / "a.jsonl").write_text('{"text": "A rash."}\n{"text": "A fever."}\n')
    (tmp_path / "c.cfg").write_text('[nlp]\nlang = "en"\n[training]\n')
    given = [str(tmp_path / name) for name in ("c.cfg", "a.jsonl")]
    there = ["-o", str(tmp_path / "out")]
    for code, arguments in (
        ("B222", ["split", given[1], *there, f"--shares={value},50,50"]),
        ("B222", ["split", given[1], *there, f"--shares=50,{value}"]),
        ("B842", ["curve", *given, *there, "--test", given[1], f"--sizes={value}%"]),
        ("B842", ["curve", *given, *there, "--test", given[1], f"--sizes={value}"]),
        ("B724", ["curve", *given, *there, "--test", given[1], f"--sizes={value}", "--strategies", "random"]),
        ("B836", ["crossval", *given, *there, "--folds", "2", f"--dev={value}"]),
        ("B836", ["crossval", *given, *there, "--test", given[1], f"--dev={value}"]),
    ):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 1, (arguments, result.output)
        assert isinstance(result.exception, SystemExit), (arguments, result.exception)
        assert f"[{code}]" in result.output, (arguments, result.output)
