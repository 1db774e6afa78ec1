"""Corpus readers: from files to Examples, through spaCy's registry, config and training loop."""

import logging
import tarfile

import pytest
import spacy
from places import ASSETS, CONFIGS, DATA
from small_ner import SMALL_NER
from spacy.cli.debug_config import debug_config
from spacy.cli.init_config import fill_config
from spacy.cli.train import train
from spacy.tokens import DocBin, Span
from spacy.training import Example
from spacy.util import load_config, load_model_from_config, registry

from spacy_bioner.documents.gold import get_gold, set_gold
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.project_files import config_names
from spacy_bioner.formats import Document, Mention, write
from spacy_bioner.training.corpora import Corpus, make_corpus, unannotated
from spacy_bioner.training.text_corpus import make_text_corpus

NLP = spacy.blank("en")

DOCUMENTS = [
    Document(
        "Aspirin caused an acute rash.", [Mention(0, 7, "Drug"), Mention(18, 28, "ADR", concepts=("C1",))], id="a"
    ),
    Document("No BRCA1/2 mutation", [Mention(3, 8, "Gene")], id="b"),
    Document("She can't sleep", [], id="c"),
]


@pytest.fixture
def jsonl(tmp_path):
    path = tmp_path / "a.jsonl"
    write(DOCUMENTS, path)
    return path


def examples(path, **options):
    return list(Corpus(path, **options)(NLP))


def ents(example):
    return [(ent.text, ent.label_) for ent in example.reference.ents]


def test_gold_and_unannotated_docs(jsonl):
    first, second, third = examples(jsonl)
    assert ents(first) == [("Aspirin", "Drug"), ("acute rash", "ADR")]
    assert first.reference.ents[1].kb_id_ == "C1"
    assert first.reference.user_data == {"bioner_id": "a"}
    assert ents(second) == []
    assert [(m.start, m.end, m.label) for m in get_gold(second.reference).mentions] == [(3, 8, "Gene")]
    assert [t.ent_iob_ for t in second.reference] == ["O", "", "O"]
    for example in (first, second, third):
        assert isinstance(example, Example)
        plain = example.predicted
        assert plain.text == example.reference.text
        assert not plain.has_annotation("ENT_IOB")
        assert not plain.user_data
        assert {token.ent_kb_id_ for token in plain} == {""}
        assert [(t.text, t.norm_) for t in plain] == [(t.text, t.norm_) for t in example.reference]
        assert [(t.text, t.norm_) for t in plain] == [(t.text, t.norm_) for t in NLP(plain.text)]
    assert third.reference.has_annotation("ENT_IOB")


def test_every_pass_reads_anew(jsonl):
    corpus = Corpus(jsonl)
    assert [len(list(corpus(NLP))) for _ in range(2)] == [3, 3]
    assert corpus.counts() == {"alignment": {"mentions": 3, "exact": 2, "lost": 1}, "problems": {}}
    write(DOCUMENTS[:1], jsonl)
    assert len(list(corpus(NLP))) == 1
    assert corpus.counts()["alignment"] == {"mentions": 2, "exact": 2}


def test_gold_tokens_and_sentences_are_kept(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("-DOCSTART-\tO\n\nBRCA1/2\tB-Gene\nis\tO\n\n5-\tO\nHT\tB-Chemical\n\n")
    (example,) = examples(path)
    for doc in (example.predicted, example.reference):
        assert [token.text for token in doc] == ["BRCA1/2", "is", "5-", "HT"]
        assert [sent.start for sent in doc.sents] == [0, 2]
    assert ents(example) == [("BRCA1/2", "Gene"), ("HT", "Chemical")]


def test_policies_limits_and_several_files(jsonl, tmp_path):
    assert ents(examples(jsonl, policy="split")[1]) == [("BRCA1", "Gene")]
    assert ents(examples(jsonl, policy="expand")[1]) == [("BRCA1/2", "Gene")]
    conll = tmp_path / "b.tsv"
    conll.write_text("a\tB\n\n")
    assert len(examples(f"{jsonl},{jsonl}")) == 6
    assert len(examples([str(jsonl), str(jsonl)], limit=4)) == 4
    assert ents(examples(conll, label="X")[0]) == [("a", "X")]
    for code, options in (("B134", {"label": "X"}), ("B131", {"format": "xml"})):
        with pytest.raises(BionerError, match=code):
            examples(jsonl, **options)


def test_docs_of_spacy_are_taken_as_they_are(tmp_path):
    doc = NLP("one two three")
    doc.set_ents([Span(doc, 0, 1, "X")], missing=[doc[1:2]])
    doc[0].tag_ = "CD"
    lost = NLP("BRCA1/2 is")
    lost.set_ents([], missing=[lost[0:1]])
    set_gold(lost, [Mention(0, 5, "G")])
    DocBin(docs=[doc, lost, NLP("")], store_user_data=True).to_disk(tmp_path / "a.spacy")
    corpus = Corpus(tmp_path)
    first, second = corpus(NLP)
    assert [t.ent_iob_ for t in first.reference] == ["B", "", "O"]
    assert first.reference[0].tag_ == "CD"
    assert not first.predicted.has_annotation("TAG")
    assert len(get_gold(second.reference).mentions) == 1
    assert corpus.counts()["alignment"] == {"mentions": 2, "exact": 1, "lost": 1}
    assert [ents(example) for example in examples(tmp_path, gold=True)] == [[("one", "X")], []]


def test_plain_text_is_unannotated(tmp_path):
    (tmp_path / "a.txt").write_text("One line.\n\nAnother.\n")
    found = examples(tmp_path / "a.txt", unit="line")
    assert [example.reference.text for example in found] == ["One line.", "Another."]
    assert not any(example.reference.has_annotation("ENT_IOB") for example in found)


def test_what_did_not_fit_is_logged_once(jsonl, caplog):
    caplog.set_level(logging.INFO, "spacy")
    corpus = Corpus(jsonl)
    for _ in range(2):
        list(corpus(NLP))
    (record,) = caplog.records
    assert record.levelname == "INFO"
    assert "3 documents; 3 mentions: 2 exact (learned as annotated), 1 lost (fit no token: " in record.getMessage()
    write(DOCUMENTS[:1], jsonl)
    list(corpus(NLP))
    assert [r.levelname for r in caplog.records] == ["INFO", "INFO"]


def test_faults(jsonl, caplog):
    with jsonl.open("a") as file:
        file.write("no json\n")
    with pytest.raises(BionerError, match=r"B153.*a.jsonl:4"):
        examples(jsonl)
    corpus = Corpus(jsonl, on_error="skip")
    assert len(list(corpus(NLP))) == 3
    assert corpus.counts()["problems"] == {"B153": 1}
    assert "a.jsonl:4" in caplog.text
    for code, options in (("B138", {"policy": "shrink"}), ("B162", {"on_error": "ignore"})):
        with pytest.raises(BionerError, match=code):
            Corpus(jsonl, **options)


@pytest.mark.parametrize("make", [make_corpus, make_text_corpus])
def test_a_path_is_checked_when_the_reader_is_made(make, tmp_path):
    """The development part is read after the training: a wrong path must not be found out then."""
    (tmp_path / "empty").mkdir()
    for code, path in (("B130", "absent.tsv"), ("B183", tmp_path / "empty")):
        with pytest.raises(BionerError, match=code):
            make(path)
    for path in (None, ""):  # in a config a reader may stand unused
        reader = make(path)
        with pytest.raises(BionerError, match="B161"):
            list(reader(NLP))


@pytest.mark.parametrize("name", config_names())
@pytest.mark.parametrize("part", ["train", "dev"])
def test_a_forgotten_path_is_told_before_training(name, part, tmp_path):
    pytest.importorskip("transformers")
    kind, end = ("questions", ".json") if name == "answers" else ("brat", "")
    kind, end = ("relations", ".jsonl") if name.startswith("relations") else (kind, end)
    for empty in (None, ""):
        paths = {f"paths.{one}": str(ASSETS / kind / f"{one}{end}") for one in ("train", "dev")}
        config = load_config(CONFIGS / f"{name}.cfg", overrides=paths | {f"paths.{part}": empty}, interpolate=False)
        nlp = load_model_from_config(config, auto_fill=True)
        train = registry.resolve(nlp.config.interpolate()["corpora"])["train"]
        what = r"\[corpora\.dev\]" if part == "dev" else "this corpus"
        with pytest.raises(BionerError, match=rf"B161.*{what} has no path"):
            next(iter(train(nlp)))


def test_unannotated_keeps_unknown_sentence_starts_unknown():
    doc = NLP("a b")
    assert not unannotated(doc).has_annotation("SENT_START")
    assert len(unannotated(NLP(""))) == 0


CONFIG = """
[paths]
train = null
dev = null

[nlp]
lang = "en"
pipeline = ["ner"]

{ner}
[corpora]

[corpora.train]
@readers = "spacy-bioner.{train}.v1"
path = ${{paths.train}}

[corpora.dev]
@readers = "spacy-bioner.Corpus.v1"
path = ${{paths.dev}}
policy = "strict"

[corpora.unused]
@readers = "spacy-bioner.Corpus.v1"
path = null

[training]
max_epochs = 1
eval_frequency = 2
"""


@pytest.mark.parametrize(
    ("reader", "name", "format"),
    [
        ("BratCorpus", "a.tar.gz", None),
        ("BratCorpus", "a", "brat"),
        ("ConllCorpus", "a.tsv", None),
        ("JsonlCorpus", "a.jsonl.gz", None),
        ("Corpus", "a.spacy", None),
    ],
)
def test_spacy_trains_from_files_of_every_format(tmp_path, reader, name, format):
    write(DOCUMENTS, tmp_path / "dev.jsonl")
    write([DOCUMENTS[0], DOCUMENTS[2]], tmp_path / name, format)
    (tmp_path / "config.cfg").write_text(CONFIG.format(train=reader, ner=SMALL_NER))
    overrides = {"paths.train": str(tmp_path / name), "paths.dev": str(tmp_path / "dev.jsonl")}
    fill_config(tmp_path / "full.cfg", tmp_path / "config.cfg", silent=True)
    debug_config(tmp_path / "full.cfg", overrides=overrides)
    train(tmp_path / "full.cfg", tmp_path / "out", overrides=overrides)
    trained = spacy.load(tmp_path / "out/model-last")
    assert set(trained.get_pipe("ner").labels) == {"Drug", "ADR"}
    assert set(trained.meta["performance"]) >= {"ents_p", "ents_r", "ents_f"}


@pytest.mark.parametrize("name", ["Corpus", "BratCorpus", "ConllCorpus", "JsonlCorpus"])
def test_configs_are_checked(name, jsonl):
    block = {"@readers": f"spacy-bioner.{name}.v1", "path": [str(jsonl)], "limit": 2}
    assert isinstance(registry.resolve({"corpus": block})["corpus"], Corpus)
    filled = registry.fill({"corpus": block})["corpus"]
    assert (filled["policy"], filled["on_error"], filled["limit"]) == ("contract", "error", 2)
    for wrong in ({"limit": "many"}, {"tags": "X"}):
        with pytest.raises(ValueError, match="Config error"):
            registry.resolve({"corpus": {**block, **wrong}})


def test_options_of_the_format_in_a_config(tmp_path):
    (tmp_path / "a.txt").write_text("One.\nTwo.\n")
    block = {"@readers": "spacy-bioner.Corpus.v1", "path": str(tmp_path / "a.txt"), "options": {"unit": "line"}}
    assert len(list(registry.resolve({"corpus": block})["corpus"](NLP))) == 2
    (tmp_path / "b.tsv").write_text("word ner\na I\n")
    block = {"@readers": "spacy-bioner.ConllCorpus.v1", "path": str(tmp_path / "b.tsv"), "tag": "ner", "label": "X"}
    (example,) = registry.resolve({"corpus": block})["corpus"](NLP)
    assert ents(example) == [("a", "X")]


def test_a_place_in_an_archive(tmp_path):
    write(DOCUMENTS, tmp_path / "c/train", "brat")
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "c", "c")
    assert len(examples(f"{tmp_path}/c.tar.gz/c/train")) == 3


@pytest.mark.real
@pytest.mark.skipif(not DATA.exists(), reason="no corpora")
def test_a_real_corpus():
    corpus = Corpus(DATA / "brat/NCBI_disease_GSC_brat.tar.gz", on_error="skip")
    found = list(corpus(NLP))
    assert len(found) == 792
    assert corpus.counts()["alignment"] == {"mentions": 6881, "exact": 6871, "contracted": 9, "lost": 1}
    assert sum(len(example.reference.ents) for example in found) == 6880
