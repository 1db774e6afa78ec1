"""Folders of strangers: files of any name and content, found out and read, or refused with a code."""

from itertools import count

from fuzzing import NASTY_STRINGS, survives
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spacy_bioner.formats import FORMATS, read, sources
from spacy_bioner.formats.problems import ProblemLog

FRESH = count()
SUFFIXES = sorted({suffix for format in FORMATS.values() for suffix in (*format.suffixes, *format.maybe)})
NAMES = st.tuples(
    st.sampled_from(["a", "b", ".a", "._a", "x/a", "x/y/a", "train"]) | NASTY_STRINGS,
    st.sampled_from([*SUFFIXES, *map(str.upper, SUFFIXES), ".md"]),
).map("".join)
CONTENTS = st.binary(max_size=30) | st.sampled_from(
    [b"No\tO\nrash\tB-ADR\n", b'{"text": "a"}\n', b"T1\tX 0 1\ta\n", b"abc", b"", b"1|t|a\n1|a|b\n"]
)


def make(folder, files):
    """Write what the file system takes of these files."""
    for name, content in files.items():
        try:
            path = folder / name.strip("/").replace("..", "_")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except (OSError, ValueError):
            continue


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(NAMES, CONTENTS, max_size=4), format=st.none() | st.sampled_from(sorted(FORMATS)))
def test_any_folder_is_read_or_refused(tmp_path, files, format):
    folder = tmp_path / str(next(FRESH))
    folder.mkdir()
    make(folder, files)
    found = survives(lambda path, report: read(path, format, report), folder)
    if found:
        log = ProblemLog("skip")
        assert {source.format.name for source in sources(folder, format, report=log)} <= set(FORMATS)
        if not next(iter(sources(folder, format))).format.named:
            assert len({document.id for document in found}) == len(found)
