import os
import sys

import pytest
import torch

from spacy_bioner.errors import BionerError
from spacy_bioner.ml.recurrent import make_bilstm
from spacy_bioner.ml.torch_setup import set_up_torch


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
