"""Entities and relations of one pipeline, by way of a package, into brat files."""

import importlib
import shutil
import sys

from invented import blank, documents, examples
from spacy.cli.package import package
from thinc.api import fix_random_seed

from spacy_bioner.corpus.annotation.stream import annotate
from spacy_bioner.documents.document import Document
from spacy_bioner.formats import ProblemLog, read, write


def test_a_package_with_entities_and_relations_annotates_brat_files(tmp_path, monkeypatch):
    fix_random_seed(0)
    nlp = blank()
    model = {"hidden": 32, "tok2vec": {"width": 32, "depth": 1, "embed_size": 300}}
    nlp.add_pipe("bioner_relations", config={"model": model})
    train = examples(nlp, documents(40))
    optimizer = nlp.initialize(lambda: train)
    optimizer.learn_rate = 0.01
    for _ in range(15):
        nlp.update(train, sgd=optimizer)
    terms = {(document.text_of(m), m.label) for document in documents(40) for m in document.mentions}
    nlp.add_pipe("bioner_dictionary", before="bioner_relations").add_terms((*term, []) for term in sorted(terms))
    nlp.meta["name"] = "drugs_and_effects"
    nlp.to_disk(tmp_path / "model")
    (tmp_path / "packages").mkdir()
    package(tmp_path / "model", tmp_path / "packages", create_sdist=False)
    (folder,) = (tmp_path / "packages").iterdir()
    name = f"{nlp.lang}_drugs_and_effects"
    shutil.copy(folder / "meta.json", folder / name)  # as the setup.py of the package does
    monkeypatch.syspath_prepend(folder)
    loaded = importlib.import_module(name).load()
    monkeypatch.delitem(sys.modules, name)
    texts = [Document(document.text, id=str(i)) for i, document in enumerate(documents(10, seed=1))]
    found = list(annotate(loaded, texts))
    assert found == list(annotate(nlp, texts))
    write(found, tmp_path / "brat", format="brat")
    lines = "".join(path.read_text(encoding="utf8") for path in (tmp_path / "brat").glob("*.ann")).splitlines()
    relations = [line for line in lines if line.startswith("R")]
    assert len(relations) > 3
    assert all(line.split("\t")[1].split()[0] == "causes" for line in relations)
    again = {document.id: document for document in read(tmp_path / "brat", report=ProblemLog("error"))}
    assert sum(len(document.relations) for document in again.values()) == len(relations)
