"""What every command does with warnings."""

import subprocess
import sys

SCRIPT = """
import warnings
from spacy_bioner import cli

def shout():
    warnings.warn("[B008] labels differ")
    warnings.warn("an older Python")

cli.command(shout)
cli.app(["shout"])
"""


def test_a_warning_with_a_code_is_told_in_a_line():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    first, second = done.stderr.strip().splitlines()[:2]
    assert first == "⚠ [B008] labels differ"
    assert second.endswith("UserWarning: an older Python")
