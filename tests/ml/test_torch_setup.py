import os
import sys
import threading

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.matmul import add_bmm, matmul_t
from spacy_bioner.ml.recurrent import make_bilstm
from spacy_bioner.ml.sequences import TokenRows
from spacy_bioner.ml.torch_setup import one_thread, set_up_torch


def test_says_what_to_install(monkeypatch):
    set_up_torch.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(BionerError, match=r"B900.*spacy-bioner\[torch\]"):
        make_bilstm(4)
    monkeypatch.undo()
    set_up_torch()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_does_not_wait_for_the_threads_of_its_parent():
    make_bilstm(4)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    a = torch.randn(600, 600)
    a @ a  # starts the threads
    pid = os.fork()
    if not pid:
        a @ a
        os._exit(0 if torch.get_num_threads() == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    torch.set_num_threads(before)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_one_thread_can_be_nested_and_is_undone_by_errors(two_threads):
    with one_thread:
        with one_thread:
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(ValueError, match="x"), one_thread:
        raise ValueError("x")
    assert torch.get_num_threads() == 2


def test_threads_that_begin_while_another_is_inside_keep_their_number(two_threads):
    inside, seen = threading.Event(), []

    def second():
        inside.wait()
        with one_thread:
            seen.append(torch.get_num_threads())
        seen.append(torch.get_num_threads())

    other = threading.Thread(target=second)
    other.start()
    with one_thread:
        inside.set()
        other.join()
    assert seen == [1, 2]
    assert torch.get_num_threads() == 2


def test_small_products_wake_no_threads(two_threads):
    """A profile of torch's own operators would not show it: the number that each is called under does."""
    numbers = []

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if any(name in str(func) for name in ("mm", "linear", "rnn", "lstm", "matmul")):
                numbers.append((str(func), torch.get_num_threads()))
            return func(*args, **(kwargs or {}))

    model = make_bilstm(20)
    X = TokenRows(np.ones((30, 10), dtype=np.float32), np.arange(30), np.array([17, 13]))
    model.initialize(X=X)
    with Watch():
        model.predict(X)
        model.predict(TokenRows(X.table, X.rows, np.array([30])))
        Y, backprop = model.begin_update(X)
        backprop(Y)
        matmul_t(torch.ones(30, 10), torch.ones(20, 10))
        add_bmm(torch.zeros(2, 3, 4), torch.ones(2, 3, 5), torch.ones(2, 5, 4))
    assert len(numbers) > 50
    assert {number for _, number in numbers} == {1}, numbers
    with Watch():
        numbers.clear()
        matmul_t(torch.ones(400, 300), torch.ones(100, 300))
    assert {number for _, number in numbers} == {2}
