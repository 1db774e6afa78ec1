"""A folder whose files are replaced in place, by a writer that is killed before any of its steps."""

import os
import sys
from contextlib import suppress
from itertools import count

import pytest

from spacy_bioner.formats.whole_folder import PART, into_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fork")

OLD = {"a": "old", "b": "old", "mark": "old", "notes": "of the user"}
NEW = {"a": "new", "b": "new", "mark": "new", "z": "new"}


def put(folder, files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


def held(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if not path.name.startswith(PART)}


def write(folder):
    with into_folder(folder, last="mark") as part:
        put(part, NEW)


def is_killed(folder, step):
    """Run the writer in a process that ends before a step: the file system's names are changed one at a time."""
    child = os.fork()
    if not child:
        steps = count()

        def or_end(change):
            def changed(*arguments, **options):
                if next(steps) == step:
                    os._exit(9)  # as if it were killed: no `finally` is run
                return change(*arguments, **options)

            return changed

        for name in ("mkdir", "replace", "unlink", "rmdir", "rename"):
            setattr(os, name, or_end(getattr(os, name)))
        try:
            write(folder)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


def test_old_and_new_files_are_never_taken_for_a_whole(tmp_path):
    seen = []
    for step in count():
        folder = tmp_path / str(step)
        put(folder, OLD)
        killed = is_killed(folder, step)
        left = held(folder)
        seen.append("old" if left == OLD else "new" if left == {**OLD, **NEW} else "mixed")
        assert seen[-1] != "mixed" or "mark" not in left
        assert left["notes"] == OLD["notes"]
        write(folder)
        assert held(folder) == {**OLD, **NEW}
        assert not any(path.name.startswith(PART) for path in folder.iterdir())
        if not killed:
            break
    assert sorted(set(seen), key=seen.index) == ["old", "mixed", "new"]
    assert seen.count("mixed") == len(NEW)


def test_an_error_before_the_moves_changes_nothing(tmp_path):
    put(tmp_path / "out", OLD)
    with suppress(ZeroDivisionError), into_folder(tmp_path / "out", last="mark") as part:
        put(part, NEW)
        raise ZeroDivisionError
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == OLD
