"""Jobs of shards: whole or not at all, whatever happens between."""

import gc
import json
import os
import shutil
import tarfile

import pytest
import spacy
from places import ASSETS
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_bioner.corpus.annotation import job as job_module
from spacy_bioner.corpus.annotation import store
from spacy_bioner.corpus.annotation.engines import one_process, several_processes
from spacy_bioner.corpus.annotation.job import Job, Watch, run_job
from spacy_bioner.corpus.annotation.worker import Task, shard_files
from spacy_bioner.documents.document import Answer, Question
from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, Relation, read, write


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m"
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR", ["D005076"]), ("nausea", "ADR", ["MESH:D009325"])])
    nlp.to_disk(path)
    return str(path)


def make_job(model, output, **settings):
    return Job(str(ASSETS / "brat/train"), output, Task(model), shard_size=settings.pop("shard_size", 10), **settings)


def content(path):
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {file.relative_to(path.parent).as_posix(): file.read_bytes() for file in files if file.is_file()}


@pytest.mark.parametrize(
    "name", ["out.jsonl", "out.jsonl.gz", "out.spacy", "out.bioc.xml", "out.bioc.json", "out.pubtator", "out.tar.gz"]
)
def test_a_corpus_in_any_format(name, model, tmp_path):
    result = run_job(make_job(model, tmp_path / name))
    assert result.counts.documents == len(list((ASSETS / "brat/train").glob("*.txt"))) == 36
    documents = list(read(tmp_path / name))
    assert sum(len(d.mentions) for d in documents) == result.counts.labels["ADR"] == 11
    assert {d.text_of(m).lower() for d in documents for m in d.mentions} == {"rash", "nausea"}
    assert not (tmp_path / f"{name}.parts").exists()


def test_files_that_are_skipped_in_a_folder_are_counted(model, tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    for name in ("a.txt", "c.pdf", "e.md", ".hidden"):
        (given / name).write_text("A rash.\n")
    (given / "b.jsonl").write_text('{"text": "A rash."}\n')
    (given / "more").symlink_to(ASSETS / "brat/train", target_is_directory=True)
    job = Job(str(given), tmp_path / "out.jsonl", Task(model))
    expected = {"B105": 1, "B117": 3, "B176": 1}
    assert run_job(job).read.summary() == expected
    assert json.loads(job.manifest.read_text())["problems"] == expected


def test_brat_folders_open_in_brat(model, tmp_path):
    job = make_job(model, tmp_path / "out", target_format="brat", writing={"settings": True, "ontology": "MESH"})
    run_job(job)
    assert "[entities]\n\nADR\n" in (tmp_path / "out/annotation.conf").read_text()
    lines = (tmp_path / "out/case-01.ann").read_text().splitlines()
    assert lines[0].startswith("T1\tADR ")
    assert any(line.startswith("N1\tReference T1 MESH:D005076") for line in lines)
    assert any("AnnotatorNotes T1\tscore=1" in line for line in lines)


def test_an_interrupted_job_goes_on_and_gives_the_same(model, tmp_path):
    whole = tmp_path / "whole.jsonl"
    run_job(make_job(model, whole))

    def killed_after(shards):
        def engine(task, stream, folder, tick):
            for done, item in enumerate(one_process(task, stream, folder, tick)):
                if done == shards:
                    raise KeyboardInterrupt
                yield item

        return engine

    job = make_job(model, tmp_path / "out.jsonl")
    for shards in (1, 1):
        with pytest.raises(KeyboardInterrupt):
            run_job(job, killed_after(shards))
        assert not job.output.exists()
    # A shard that vanished, one that was cut and one without counts are made again.
    found = shard_files(job.parts, 1)[0]
    found.write_bytes(found.read_bytes()[:100])
    shard_files(job.parts, 2)[2].unlink()
    result = run_job(job)
    assert result.resumed == 2
    assert job.output.read_bytes() == whole.read_bytes()
    assert run_job(job).finished


def test_the_pipeline_is_not_garbage_collected_during_a_job(model, tmp_path):
    seen = []

    class Seen(Watch):
        def document(self, tokens):
            seen.append((gc.get_freeze_count() > 1000, tokens))

    assert gc.get_freeze_count() == 0
    result = run_job(make_job(model, tmp_path / "out.jsonl"), one_process, watch=Seen())
    assert gc.get_freeze_count() == 0
    assert len(seen) == 36
    assert all(frozen for frozen, _ in seen)
    nlp = spacy.load(model)
    texts = [document.text for document in read(ASSETS / "brat/train")]
    assert sum(tokens for _, tokens in seen) == result.counts.tokens == sum(map(len, nlp.pipe(texts)))


def test_a_job_undoes_no_freeze_of_others(model, tmp_path):
    gc.freeze()
    try:
        for stop in (slice(0, 0), slice(0, 1)):
            list(one_process(make_job(model, tmp_path / "x.jsonl").task, [(1, [])][stop], tmp_path, None))
            assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_a_job_cut_off_in_its_last_step_is_finished(model, tmp_path, monkeypatch):
    job = make_job(model, tmp_path / "out.jsonl")
    monkeypatch.setattr(job_module, "write_errors", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        run_job(job)
    monkeypatch.undo()
    assert job.output.exists()
    assert not job.manifest.exists()
    assert run_job(job).resumed == 4
    assert run_job(job).finished


@pytest.mark.parametrize("size", [0, -3])
def test_a_shard_has_documents(size, model, tmp_path):
    """A shard of none ended the input: the output was empty, and the job a success."""
    with pytest.raises(BionerError, match="B282"):
        run_job(make_job(model, tmp_path / "out.jsonl", shard_size=size))
    assert not any(tmp_path.iterdir())


def test_other_outputs_are_never_mixed(model, tmp_path):
    job = make_job(model, tmp_path / "out.jsonl")
    job.output.write_text("precious\n")
    with pytest.raises(BionerError, match="B275"):
        run_job(job)
    assert job.output.read_text() == "precious\n"
    run_job(job, overwrite=True)
    other = make_job(model, tmp_path / "out.jsonl", shard_size=7)
    with pytest.raises(BionerError, match="B275"):
        run_job(other)
    inside = make_job(model, ASSETS / "brat/train/out.jsonl")
    with pytest.raises(BionerError, match="B164"):
        run_job(inside)


def test_overwriting_stops_at_a_job_that_is_running(model, tmp_path):
    """The second would delete the shards of the first, and both would write the same files."""
    pytest.importorskip("fcntl")
    job = make_job(model, tmp_path / "out.jsonl")

    def engine(*arguments):
        for done in one_process(*arguments):
            with pytest.raises(BionerError, match="B276"):
                run_job(job, overwrite=True)
            yield done

    assert run_job(job, engine).counts.documents == 36
    assert len(list(read(job.output))) == 36
    assert run_job(job, overwrite=True).resumed == 0


def test_changed_data_is_another_job(model, tmp_path):
    shutil.copytree(ASSETS / "brat/train", tmp_path / "in")
    job = Job(str(tmp_path / "in"), tmp_path / "out.jsonl", Task(model))
    run_job(job)
    (tmp_path / "in/case-01.txt").write_text("Another rash and nausea.")
    (tmp_path / "in/case-01.ann").write_text("")
    with pytest.raises(BionerError, match="B275"):
        run_job(job)
    assert not run_job(job, overwrite=True).finished


def test_all_that_the_result_depends_on_is_compared(model, tmp_path, monkeypatch):
    """The text beside a named annotation file, an archive with a place inside, code, the files of an option."""
    shutil.copytree(ASSETS / "brat/train", tmp_path / "train")
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "train", "train")
    (tmp_path / "code.py").write_text("")
    shutil.copytree(model, tmp_path / "package/a_pipeline/a_pipeline-0.1.0")
    (tmp_path / "package/a_pipeline/__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "package")
    pair = Job(str(tmp_path / "train/case-01.ann"), tmp_path / "out.jsonl", Task(model))
    place = Job(str(tmp_path / "all.tar.gz/train"), tmp_path / "out.jsonl", Task(model))
    code = Job(str(tmp_path / "train"), tmp_path / "out.jsonl", Task(model, code=str(tmp_path / "code.py")))
    package = Job(str(tmp_path / "train"), tmp_path / "out.jsonl", Task("a_pipeline"))
    (tmp_path / "questions.json").write_text("{}")
    given = {"contexts": str(tmp_path / "all.tar.gz")}
    option = Job(str(tmp_path / "questions.json"), tmp_path / "out.jsonl", Task(model), "bioasq", reading=given)
    jobs = (
        (pair, "train/case-01.txt"),
        (place, "all.tar.gz"),
        (code, "code.py"),
        (package, "package/a_pipeline/a_pipeline-0.1.0/config.cfg"),
        (option, "all.tar.gz"),
    )
    for time, (job, changed) in enumerate(jobs):
        before = job.fingerprint()
        assert job.fingerprint() == before
        os.utime(tmp_path / changed, (time, time))
        assert job.fingerprint() != before, changed


@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_stops_the_job_and_keeps_what_is_whole(processes, model, tmp_path, monkeypatch):
    resource = pytest.importorskip("resource")
    job = make_job(model, tmp_path / "out.jsonl")
    run_job(make_job(model, tmp_path / "whole.jsonl"))
    limit = (tmp_path / "whole.jsonl").stat().st_size // 2  # enough for each shard, too little for all
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(BionerError, match="B874") as caught:
            run_job(job, one_process if processes == 1 else several_processes(processes))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(job.parts) in str(caught.value)
    assert not job.output.exists()
    assert run_job(job).resumed == 4
    assert job.output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_what_fails_is_set_aside_with_its_reason(model, tmp_path):
    texts = tmp_path / "in.jsonl"
    lines = [{"id": str(i), "text": "A rash."} for i in range(5)]
    texts.write_text(
        "\n".join(map(json.dumps, lines)) + '\n{"id": 9}\n{"id": "long", "text": "' + "x" * 1_000_001 + '"}\n'
    )
    job = Job(str(texts), tmp_path / "out.jsonl", Task(model), shard_size=4)
    result = run_job(job)
    assert (result.counts.documents, result.counts.set_aside, result.read.faults) == (5, 1, 1)
    errors = [json.loads(line) for line in job.errors.read_text().splitlines()]
    assert [(e.get("line"), e.get("id")) for e in errors] == [(6, None), (None, "long")]
    assert [e["error"][:6] for e in errors] == ["[B154]", "ValueE"]
    again = run_job(job)
    assert (again.finished, again.counts.set_aside, again.read.faults) == (True, 1, 1)


def test_a_message_may_contain_any_line_separator(tmp_path):
    """U+2028 and its like, which str.splitlines takes for line ends, occur in texts, and texts in messages."""
    nlp = spacy.blank("en")
    nlp.add_pipe("cannot_read")
    nlp.to_disk(tmp_path / "failing")
    text = "a\u2028rash\u2029and\x85pain\x0b\x1c"
    write([Document(text, id="d")], tmp_path / "in.jsonl")
    job = Job(str(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", Task(str(tmp_path / "failing")))
    assert run_job(job).counts.set_aside == 1
    (record,) = map(json.loads, job.errors.read_text(encoding="utf8").split("\n")[:-1])
    assert text in record["error"]


@Language.component("cannot_read")
def cannot_read(doc):
    raise ValueError(f"cannot read {doc.text}")


def test_several_processes_give_the_same(model, tmp_path):
    run_job(make_job(model, tmp_path / "one.jsonl"))
    result = run_job(make_job(model, tmp_path / "two.jsonl"), several_processes(2))
    assert result.counts.documents == 36
    assert (tmp_path / "two.jsonl").read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_the_store_holds_all_of_a_document(tmp_path):
    document = Document(
        "A rash.",
        [Mention(2, 6, "ADR", ((2, 3), (4, 6)), "T1", ("a", "b"), 0.25)],
        "d/1",
        [(0, 1), (2, 6)],
        [0],
        {"year": 2020},
        {"brat": {".ann": "x\n"}},
        [Relation("r", (("a", "T1"), ("b", "T1")), "R1", 0.5, False, (("x", "y"),))],
        Question("What?", (Answer("rash", 2, 0.5),), "q"),
    )
    store.save([document], tmp_path / "x")
    assert list(store.load(tmp_path / "x")) == [document]
    (tmp_path / "x").write_text("{}\n")
    with pytest.raises(BionerError, match="B274"):
        list(store.load(tmp_path / "x"))


def test_globs_name_files(model, tmp_path):
    for name in ("a", "b"):
        write([Document("A rash.", id=name)], tmp_path / f"{name}.jsonl")
    result = run_job(Job(str(tmp_path / "*.jsonl"), tmp_path / "out.spacy", Task(model)))
    assert result.counts.documents == 2
    with pytest.raises(BionerError, match="B130"):
        run_job(Job(str(tmp_path / "*.tsv"), tmp_path / "out2.spacy", Task(model)))


def test_texts_without_annotation_are_no_problem(model, tmp_path):
    nlp = spacy.blank("en")
    DocBin(docs=[nlp("A rash."), nlp("Nausea.")], store_user_data=True).to_disk(tmp_path / "raw.spacy")
    result = run_job(Job(str(tmp_path / "raw.spacy"), tmp_path / "out.jsonl", Task(model)))
    assert result.counts.labels == {"ADR": 2}
    assert not result.read.counts
