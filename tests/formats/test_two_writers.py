"""Two processes that write the same output: what is there in the end is of one of them, whole, and nothing else is."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats.own_name import lock_file, own_file
from spacy_bioner.formats.text_io import open_output
from spacy_bioner.formats.whole_folder import whole_folder

ORDERS = [(0, 1, 2), (2, 1, 0), (1, 0, 2)]

posix = pytest.mark.skipif(sys.platform == "win32", reason="fork, and locks of the kernel")


@pytest.fixture(params=["out.txt", "out.txt.gz", "out"])
def write(request):
    """Return the name of an output, and a context that writes it, which gives a function that writes some bytes."""
    if "." in request.param:
        return request.param, open_output, lambda file, content: file.write(content)
    return (
        request.param,
        lambda path: whole_folder(path, True, lambda file: True),
        lambda folder, content: (folder / content[:1].decode()).write_bytes(content),
    )


def content(path):
    if path.is_dir():
        return {file.name: file.read_bytes() for file in path.iterdir()}
    return path.read_bytes()


def killed(write_some):
    """Run a function in a process that ends in its midst, as if it were killed: no ``finally`` is run."""
    child = os.fork()
    if not child:
        try:
            write_some()
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@posix
@pytest.mark.parametrize("order", ORDERS)
def test_writers_do_not_mix_and_the_last_to_end_wins(tmp_path, write, order):
    """Each writes a part, in turns; then they end in some order. What each would have written alone is known."""
    name, opened, put = write
    alone = []
    for letter in b"abc":
        with opened(tmp_path / "alone" / name) as file:
            put(file, bytes([letter]) * 70_000)
            put(file, bytes([letter]) * (letter - 90))
        alone.append(content(tmp_path / "alone" / name))
    stacks = [ExitStack() for _ in order]
    files = [stack.enter_context(opened(tmp_path / "both" / name)) for stack in stacks]
    for letter, file in zip(b"abc", files, strict=True):
        put(file, bytes([letter]) * 70_000)
    for letter, file in zip(b"abc", files, strict=True):
        put(file, bytes([letter]) * (letter - 90))
    for i in order:
        stacks[i].close()
        assert content(tmp_path / "both" / name) == alone[i]
    assert os.listdir(tmp_path / "both") == [name]


@posix
def test_what_killed_writers_left_is_deleted_and_a_live_writer_is_let_alone(tmp_path, write):
    name, opened, put = write

    def three_at_once():
        with opened(tmp_path / name) as one, opened(tmp_path / name) as two, opened(tmp_path / name) as three:
            for file in (one, two, three):
                put(file, b"half")
            os._exit(9)

    killed(three_at_once)
    assert os.listdir(tmp_path)
    with opened(tmp_path / name) as live:
        put(live, b"one")
        of_live = os.listdir(tmp_path)
        killed(three_at_once)
        with opened(tmp_path / name) as file:
            put(file, b"two")
        assert sorted(os.listdir(tmp_path)) == sorted([name, *of_live])
    assert os.listdir(tmp_path) == [name]


@posix
def test_an_error_of_one_writer_leaves_the_other_alone(tmp_path, write):
    name, opened, put = write
    with opened(tmp_path / name) as good:
        put(good, b"good")
        held = os.listdir(tmp_path)
        with suppress(ZeroDivisionError), opened(tmp_path / name) as bad:
            put(bad, b"bad")
            raise ZeroDivisionError
        assert os.listdir(tmp_path) == held
    assert os.listdir(tmp_path) == [name]


@posix
def test_a_writer_does_not_delete_what_another_made_under_its_first_name(tmp_path):
    """The first name is free as soon as the file is renamed, before its writer has ended."""
    with ExitStack() as first:
        part = first.enter_context(own_file(tmp_path / "out.part"))
        os.replace(part, tmp_path / "out")
        with own_file(tmp_path / "out.part") as other:
            assert other == part
            first.close()
            assert other.exists()


def test_a_folder_that_another_process_wrote_meanwhile_is_not_replaced(tmp_path):
    mine, theirs = ExitStack(), ExitStack()
    for stack, text in ((mine, "mine"), (theirs, "theirs")):
        folder = stack.enter_context(whole_folder(tmp_path / "out", False, lambda file: True))
        (folder / "a").write_text(text)
    theirs.close()
    with pytest.raises(BionerError, match="B175"):
        mine.close()
    assert content(tmp_path / "out") == {"a": b"theirs"}
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_within_a_folder(tmp_path):
    with whole_folder(tmp_path / "out", False, lambda file: True) as outer:
        with whole_folder(outer / "in", False, lambda file: True) as inner:
            (inner / "a").write_text("x")
        assert os.listdir(outer) == ["in"]
    assert content(tmp_path / "out/in") == {"a": b"x"}


def opened(path):
    """The number of descriptors of this process that are open on a file."""
    numbers = [int(name) for name in os.listdir("/dev/fd")]
    held = 0
    for number in numbers:
        with suppress(OSError):
            held += os.path.samestat(os.fstat(number), path.stat())
    return held


@posix
@pytest.mark.parametrize("removed", [False, True])
def test_who_waited_for_a_lock_has_that_of_the_file_of_this_name(tmp_path, removed):
    """The one that waits may have opened a file that its holder removes, or renames, before it releases it."""
    path = tmp_path / "lock"
    first = lock_file(path)
    assert lock_file(path) is None
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lock_file, path, True)
        while opened(path) < 2 and not waiting.done():
            time.sleep(0.001)
        if removed:
            path.unlink()
        os.close(first)
        second = waiting.result(timeout=60)
    assert os.path.samestat(os.fstat(second), path.stat())
    assert lock_file(path) is None
    os.close(second)
