"""The second run of a job: what counts as complete, what is kept, and what it says."""

import json
import os
import tracemalloc
from pathlib import Path

import pytest
import spacy

from spacy_bioner.corpus.annotation.engines import one_process
from spacy_bioner.corpus.annotation.input_problems import InputProblems
from spacy_bioner.corpus.annotation.job import Job, run_job
from spacy_bioner.corpus.annotation.worker import Task
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.card import Facts, write_card
from spacy_bioner.formats import Document, read, write


@pytest.fixture
def model(tmp_path):
    nlp = spacy.blank("en")
    nlp.add_pipe("bioner_dictionary").add_terms([("rash", "ADR")])
    nlp.to_disk(tmp_path / "model")
    return str(tmp_path / "model")


@pytest.fixture
def texts(tmp_path):
    folder = tmp_path / "texts"
    write([Document("A rash.", id=f"d{i}") for i in range(6)], folder, "brat")
    return folder


def make_job(model, texts, output, **settings):
    return Job(str(texts), output, Task(model), shard_size=2, **settings)


def stopped_after(shards):
    def engine(task, stream, folder, tick):
        for done, item in enumerate(one_process(task, stream, folder, tick), 1):
            yield item
            if done == shards:
                raise KeyboardInterrupt

    return engine


def interrupted(job, shards=2):
    with pytest.raises(KeyboardInterrupt):
        run_job(job, stopped_after(shards))


@pytest.mark.parametrize("name", ["out.jsonl", "out.tar.gz", "out"])
def test_an_output_that_is_gone_or_empty_is_made_again(name, model, texts, tmp_path):
    job = make_job(model, texts, tmp_path / name, target_format=None if "." in name else "brat")
    run_job(job)
    assert run_job(job).finished
    for file in [job.output] if job.output.is_file() else list(job.output.iterdir()):
        file.unlink()
    assert not run_job(job).finished
    assert len(list(read(job.output))) == 6
    if job.output.is_file():
        job.output.write_bytes(b"")
        assert not run_job(job).finished
        assert len(list(read(job.output))) == 6


@pytest.mark.parametrize("name", ["out.jsonl", "out"])
def test_an_output_that_lost_a_part_is_not_complete(name, model, texts, tmp_path):
    job = make_job(model, texts, tmp_path / name, target_format=None if "." in name else "brat")
    run_job(job)
    if job.output.is_file():
        job.output.write_bytes(job.output.read_bytes()[:-10])
    else:
        (job.output / "d0.ann").unlink()
    with pytest.raises(BionerError, match="B275"):
        run_job(job)


def test_a_job_needs_a_file_to_resume_from(model, texts, tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    for overwrite in (False, True):
        with pytest.raises(BionerError, match="B862"):
            run_job(make_job(model, texts, tmp_path / "pipe.jsonl"), overwrite=overwrite)


def test_an_output_that_fits_the_pattern_of_the_input_is_refused(model, texts, tmp_path):
    """It would be an input of the second run."""
    write([Document("A rash.", id="d")], tmp_path / "a.jsonl")
    for pattern, name in (("*.jsonl", "out.jsonl"), ("t*", "t.jsonl"), ("t*", "texts/out.jsonl"), ("./*", "out")):
        with pytest.raises(BionerError, match="B164"):
            run_job(make_job(model, tmp_path / pattern, tmp_path / name, target_format="jsonl"))
    assert run_job(make_job(model, tmp_path / "*.jsonl", tmp_path / "out.jsonl.gz")).counts.documents == 1


def test_no_document_is_a_complete_output(model, tmp_path):
    (tmp_path / "in.jsonl").write_text("")
    job = make_job(model, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert run_job(job).counts.documents == 0
    assert run_job(job).finished


def test_finished_shards_can_be_written_in_another_format(model, texts, tmp_path):
    job = make_job(model, texts, tmp_path / "out", target_format="brat", writing={"ontology": "MESH"})
    interrupted(job)
    other = make_job(model, texts, tmp_path / "out", target_format="bioc")
    assert run_job(other).resumed == 2
    assert len(list(read(other.output, "bioc"))) == 6
    assert run_job(other).finished
    with pytest.raises(BionerError, match="B275"):
        run_job(job)


def test_other_options_of_the_format_are_another_output(model, texts, tmp_path):
    run_job(make_job(model, texts, tmp_path / "out", target_format="brat", writing={"ontology": "MESH"}))
    with pytest.raises(BionerError, match="B275"):
        run_job(make_job(model, texts, tmp_path / "out", target_format="brat", writing={"ontology": "UMLS"}))


@pytest.mark.parametrize(
    ("ids", "output", "code"),
    [("abcb", "out", "B126"), ("ab/c", "out.tar.gz", "B125"), ("ab.c", "out", "B125"), ("abc", "out.ann", "B128")],
)
def test_ids_that_the_format_cannot_hold_stop_the_job_where_they_are_read(ids, output, code, model, tmp_path):
    write([Document("A rash.", id=one) for one in ids], tmp_path / "in.jsonl")
    job = make_job(model, tmp_path / "in.jsonl", tmp_path / output, target_format="brat")
    with pytest.raises(BionerError, match=code):
        run_job(job)
    # The shards before it are kept, and can be written in a format that holds these ids.
    result = run_job(make_job(model, tmp_path / "in.jsonl", tmp_path / output, target_format="bioc"))
    assert result.resumed == (0 if code == "B128" else 1)
    assert result.counts.documents == len(ids)


def test_files_that_change_nothing_leave_a_job_as_it_is(model, texts, tmp_path):
    job = make_job(model, texts, tmp_path / "out.jsonl")
    interrupted(job)
    for name in (".stats_cache", ".hidden", "annotation.conf", ".git/config", "__MACOSX/d0.ann"):
        (texts / name).parent.mkdir(exist_ok=True)
        (texts / name).write_text("new")
    write_card(tmp_path / "model", Facts(data="texts"))
    assert run_job(job).resumed == 2
    write_card(tmp_path / "model", Facts(data="more texts"))
    assert run_job(job).finished
    (texts / "d0.ann").write_text("T1\tADR 2 6\trash\n")
    with pytest.raises(BionerError, match="B275"):
        run_job(job)


def test_all_of_a_pipeline_that_an_annotation_depends_on_counts(model, texts, tmp_path):
    job = make_job(model, texts, tmp_path / "out.jsonl")
    for file in (tmp_path / "model").rglob("*"):
        if file.is_file() and file.name != "meta.json":
            before = job.fingerprint()
            os.utime(file, (1, 1))
            assert job.fingerprint() != before, file


def test_the_second_run_says_what_the_first_said(model, tmp_path):
    lines = ['{"text": "A rash."}', *["{"] * 1200, '{"id": 9}', '{"id": 9}']
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    (tmp_path / "out").mkdir()
    job = make_job(model, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    first, second = run_job(job), run_job(job)
    assert second.finished
    assert second.read.describe() == first.read.describe()
    assert [line.split(":")[0] for line in first.read.describe()] == [f"[{code}] {tmp_path}/in.jsonl" for code in
                                                                     ("B153", "B154")]  # fmt: skip
    assert second.read.faults == first.read.faults == 1202
    assert len(job.errors.read_text().splitlines()) == 1202


def test_faults_of_the_input_are_not_kept_in_memory(tmp_path):
    with (tmp_path / "faults").open("wb") as file:
        problems = InputProblems(file)
        sizes = []
        tracemalloc.start()
        for number in range(1, 6001):
            problems.add("B103", "in.jsonl", number, encoding="utf-8", reason="x" * 200)
            if number % 2000 == 0:
                sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
    assert sizes[2] - sizes[1] < 100_000
    records = [json.loads(line) for line in (tmp_path / "faults").read_text().splitlines()]
    assert [record["line"] for record in records] == list(range(1, 6001))


def test_what_a_job_leaves_beside_its_output_is_no_data(model, tmp_path):
    """Faults, manifest and shards of one job, in the folder or among the matches of the pattern of the next."""
    (tmp_path / "in.jsonl").write_text('{"id": "d", "text": "A rash."}\n{\n')
    folder = tmp_path / "found"
    run_job(make_job(model, tmp_path / "in.jsonl", folder / "a.jsonl"))
    interrupted(make_job(model, tmp_path / "in.jsonl", folder / "b.jsonl"), 1)
    (folder / "a.jsonl.suggested.tsv").write_text("rank\tid\n1\td\n")
    (folder / "b.errors.jsonl").write_text('{"id": "mine", "text": "A file of this name without an output."}\n')
    own = {"a.jsonl.errors.jsonl", "a.jsonl.manifest.json", "a.jsonl.suggested.tsv", "b.jsonl.parts"}
    assert {path.name for path in folder.iterdir()} == {"a.jsonl", "b.errors.jsonl", *own}
    assert {document.id for document in read(folder)} == {"d", "mine"}
    for place in (folder, folder / "*"):
        job = make_job(model, place, tmp_path / f"all-{place.name.count('*')}.jsonl")
        result = run_job(job)
        assert {Path(problem.path).name for problem in result.read.problems} == own
        assert result.read.summary() == {"B117": 4}
        assert {document.id for document in read(job.output)} == {"d", "mine"}
