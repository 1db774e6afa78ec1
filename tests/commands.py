"""Running a command of ``spacy bioner`` inside the test's process."""

from typer.testing import CliRunner

from spacy_bioner.cli import app


def runner(command):
    """Return a function that runs a command, checks its exit code, and returns what it printed, on one line.

    A failure must be an exit of the command, not an exception that nobody caught.
    """

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, [command, *map(str, arguments)])
        assert result.exit_code == code, result.output
        assert code == 0 or isinstance(result.exception, SystemExit)
        return " ".join(result.output.split())

    return run
