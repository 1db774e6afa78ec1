"""The page of a report: its figures and marks, that text stays text, and what users may get wrong."""

import csv
import json
import re
import sys

import pytest
from runs_on_disk import add_run
from typer.testing import CliRunner

from spacy_bioner.cli import app
from spacy_bioner.errors import BionerError
from spacy_bioner.experiments.report import differences, mistakes
from spacy_bioner.experiments.report.page import write_report
from spacy_bioner.experiments.report.published import read_published
from spacy_bioner.experiments.runs import read_runs

pytest.importorskip("matplotlib")


def report(tmp_path, **options):
    write_report([tmp_path / "runs"], tmp_path / "page.html", **options)
    return (tmp_path / "page.html").read_text(encoding="utf8")


def text_of(page):
    """Return the text of a page without its markup, white space as one blank."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def data_of(page):
    return json.loads(re.search(r'id="cases-data">(.*?)</script>', page, re.DOTALL)[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two systems on two folds, and their report."""
    folder = tmp_path_factory.mktemp("report")
    for fold in (0, 1):
        for system in ("crf", "dictionary"):
            add_run(folder / "runs" / system / f"fold-{fold}", system, fold=fold, folds=2, seed=0)
    report(folder)
    return folder


@pytest.fixture
def page(folder):
    return (folder / "page.html").read_text(encoding="utf8")


def test_scores_with_spread_and_marks(page):
    rows = re.findall(r'<tr><th scope="row">.*?</tr>', page)
    crf, dictionary = (next(row for row in rows if f"</span>{name}" in row) for name in ("crf", "dictionary"))
    assert "71.43 ± 0.00 83.33 ± 0.00 76.92 ± 0.00" in text_of(crf).replace("\u2009", " ")
    assert "50.00 ± 0.00 33.33 ± 0.00 40.00 ± 0.00" in text_of(dictionary).replace("\u2009", " ")
    assert crf.count('class="n best"') == 5
    assert "best" not in dictionary
    assert "second" not in dictionary, "of two, the second best is the other"


def test_every_row_names_its_runs(page, folder):
    assert "<code>runs</code>, seen from this page" in page
    assert str(folder) not in page, "a page that is sent to others names no folder of this machine"
    for name in ("crf/fold-0", "crf/fold-1", "dictionary/fold-0", "dictionary/fold-1"):
        assert f'<a href="runs/{name}/predictions.jsonl">{name}/predictions.jsonl</a>' in page


def test_text_of_corpora_is_never_markup(page):
    assert "<script>document" not in page
    assert len(re.findall(r"<script\b", page)) == 2
    texts = {case["text"] for case in data_of(page)["cases"]}
    assert any("<script>document.title = 'broken'</script>" in text for text in texts)


def test_names_are_escaped_everywhere(add, tmp_path):
    add("x", "<b>sys</b>", found="crf", corpus="<i>$corpus$</i>", size=10)
    add("y", "<b>sys</b>", found="crf", corpus="<i>$corpus$</i>", size=50)
    page = report(tmp_path, title="<u>title</u>")
    for tag in ("<b>sys", "<i>$corpus", "<u>title"):
        assert tag not in page
        assert tag.replace("<", "&lt;").replace(">", "&gt;") in page


def test_the_page_loads_nothing(page):
    assert "default-src 'none'" in page
    outside = re.findall(r'(?:src|href)="(?!#|data:|runs/|page_plots/|page_(?:errors|documents).tsv)([^"]*)"', page)
    assert outside == []
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)


def test_errors_and_what_is_left_out(add, tmp_path):
    for seed in range(4):
        add(f"s{seed}", "dictionary", seed=seed)
    page = report(tmp_path)
    assert "left-out" not in page
    full = data_of(page)
    assert [full["kinds"][kind] for kind, *_ in full["cases"][0]["errors"]] == ["missed"]
    assert sum(len(case["errors"]) for case in full["cases"]) == 4 * 5
    page = report(tmp_path, max_cases=4)
    assert len(data_of(page)["cases"]) == 4
    assert re.search(r"(\d+) of 20 errors are shown.*left out", page)
    assert 'id="cases-data"' not in report(tmp_path, max_cases=0)


def test_plots_are_on_the_page_and_beside_it(add, tmp_path):
    for size in (10, 50, None):
        for seed in (0, 1):
            add(f"crf-{size}-{seed}", "crf", size=size, seed=seed)
            add(f"tl-{size}-{seed}", "crf", size=size, seed=seed, source="weights/silver", found="dictionary")
    lines = [{"epoch": i, "step": i, "words": 9, "seconds": 10.0 * i, "score": i / 10} for i in range(1, 5)]
    (tmp_path / "runs/crf-None-0/convergence.jsonl").write_text("\n".join(map(json.dumps, lines)))
    page = report(tmp_path)
    for name in ("types-tiny", "curve-tiny", "transfer-gain", "precision-recall-tiny", "calibration-tiny", "time-tiny"):
        assert f'<figure id="plot-{name}">\n<svg viewBox=' in page
        for suffix in ("svg", "png"):
            assert (tmp_path / "page_plots" / f"{name}.{suffix}").stat().st_size > 1000
            assert f'href="page_plots/{name}.{suffix}"' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "crf from weights/silver" in page
    assert "−36.92" in page, "the gain of each pair: 40.00 less 76.92"


def test_sizes_that_were_asked_for_stay_apart(add, tmp_path):
    """Samples of near sizes are points of their own; training parts of folds, which are near by chance, are one."""
    for size, found in ((950, "crf"), (1000, "dictionary"), (1040, "crf")):
        for seed in (0, 1):
            add(f"crf-{size}-{seed}", "crf", found=found, size=size, seed=seed)
    for fold, sentences in enumerate((2000, 2100)):
        add(f"crf-{fold}", "crf", fold=fold, folds=2, seed=0, train={"sentences": sentences})
    text = text_of(report(tmp_path)).replace("\u2009", " ")
    for row in ("950 2 76.92 ± 0.00", "1,000 2 40.00 ± 0.00", "1,040 2 76.92 ± 0.00", "2,050 2 76.92 ± 0.00"):
        assert f"crf {row}" in text


def test_sizes_in_words_are_called_words(add, tmp_path):
    """And the score of the largest sample is not that of all data."""
    for size in (300, 600):
        add(f"entropy-{size}", "crf-entropy", found="crf", size=size, unit="words")
        add(f"source-{size}", "crf-entropy", found="dictionary", size=size, unit="words", source="silver")
    add("full", "crf-full", found="crf", size=2_350, unit="words")
    page = report(tmp_path)
    assert "sentences" not in "".join(re.findall(r'<figure id="plot-(?:curve|transfer).*?</figure>', page, re.DOTALL))
    text = text_of(page)
    assert "F1 on tiny by training words." in text
    assert "99% of the F1 at the largest size here (in brackets): crf-entropy, 300 (600)" in text
    assert "full size" not in text
    assert "training words" in (tmp_path / "page_plots/curve-tiny.svg").read_text(encoding="utf8")
    assert "300 words crf-entropy from silver 1" in text
    assert "crf-full tiny 2,350 words" in text


def test_sizes_in_words_and_in_sentences_have_plots_of_their_own(add, tmp_path):
    for size in (10, 50):
        add(f"crf-{size}", "crf", size=size)
        add(f"entropy-{size}", "crf-entropy", found="crf", size=size, unit="words")
    text = text_of(report(tmp_path))
    assert "F1 on tiny by training words." in text
    assert "F1 on tiny by training sentences." in text
    assert "crf tiny 50 sentences" in text


def test_the_heading_says_what_the_spread_is(page, add, tmp_path):
    text = text_of(page)
    assert "system P ± 95% CI R ± 95% CI F1 ± 95% CI" in text
    assert "type: F1 ± 95% CI" in text
    for size in (10, 50):
        for seed in (0, 1):
            add(f"crf-{size}-{seed}", "crf", size=size, seed=seed)
    assert "F1 ± sd" in text_of(report(tmp_path))


def test_differences_say_whether_chance_could_give_them(page):
    text = text_of(page[page.index('id="differences"') : page.index('id="types"')])
    assert re.search(r"crf is 36\.92 points ahead of dictionary\. At 5% the difference is (not )?significant", text)
    assert re.search(r"crf dictionary \+36\.92 \S+ to \S+ 0\.\d{3} – 61\.5", text), "no t-test: both folds are alike"


def test_both_tests_must_say_so():
    """Documents of one run are not independent runs: many of them alone make no difference significant."""
    pair = {"systems": ["a", "b"], "difference": 0.02, "independent": {"unit": "question", "number": 9}}
    for over_documents, over_runs, said in (
        (0.01, 0.2, "is not significant"),
        (0.2, 0.01, "is not significant"),
        (0.01, 0.02, "is significant (p = 0.010 and p = 0.020 over 9 questions and over runs)"),
        (0.01, None, "is significant (p = 0.010 over 9 questions)"),
        (0.0498, None, "is significant (p = 0.0498 over 9 questions)"),
        (0.0499996, None, "is significant (p = 0.0499996 over 9 questions)"),
        (0.05, None, "is not significant (p = 0.050 over 9 questions)"),
        (0.0502, 0.01, "is not significant (p = 0.0502 and p = 0.010 over 9 questions and over runs)"),
    ):
        assert said in differences._verdict([{**pair, "p_randomisation": over_documents, "p_t_test": over_runs}])


def test_mentions_of_a_type_are_summed_over_folds(page):
    """Two folds of six gold mentions, three of each type."""
    types = page.split('<section id="types"')[1].split("</section>")[0]
    rows = re.findall(r'<tr><th scope="row">(?:ADR|Drug)</th>.*?</tr>', types)
    assert [text_of(row).split()[:2] for row in rows] == [["ADR", "6"], ["Drug", "6"]]


def test_scores_that_the_predictions_do_not_give_are_named(add, tmp_path):
    run = add("a", "crf")
    assert 'id="doubtful"' not in report(tmp_path)
    metrics = json.loads((run.path / "metrics.json").read_text())
    metrics["ents_counts"]["fp"] += 1
    (run.path / "metrics.json").write_text(json.dumps(metrics))
    assert "predictions.jsonl and gold.jsonl in a." in text_of(report(tmp_path))


def test_systems_that_cannot_be_compared_are_named(add, tmp_path):
    add("a", "crf", seed=0)
    add("b", "dictionary", seed=1)
    assert "dictionary cannot be compared: [B844]" in text_of(report(tmp_path))


def test_published_figures_stand_beside_the_measured(folder):
    file = folder / "paper.json"
    given = {"f1": 72.05, "source": "A paper, Table 2", "differs": "other vectors"}
    file.write_text(json.dumps({"crf": given, "dictionary": 58.91, "bilstm": 73.65}))
    text = text_of(report(folder, published=file)).replace("\u2009", " ")
    assert "72.05 76.92 ± 0.00 +4.87 other vectors A paper, Table 2" in text
    assert "58.91 40.00 ± 0.00 −18.91" in text
    assert "bilstm not measured tiny 73.65" in text
    file.write_text(json.dumps({"crf": {"f1": 70.0, "type": "Drug"}, "bilstm": {"f1": 60.0, "type": "none"}}))
    text = text_of(report(folder, published=file)).replace("\u2009", " ")
    assert re.search(r"tiny, Drug 70\.00 \d", text)
    assert "bilstm not measured tiny, none 60.00" in text
    file.write_text(json.dumps({"crf": given}))
    (folder / "papers").mkdir()
    file.rename(folder / "papers/a.json")
    (folder / "papers/b.json").write_text(json.dumps({"crf": {"f1": 11.11, "corpus": "other"}}))
    text = text_of(report(folder, published=folder / "papers"))
    assert "A paper, Table 2" in text
    assert "11.11" not in text


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"crf": "72"}', '{"crf": {"p": 3}}', '{"crf": {"f1": 101}}', '{"crf": {"f1": 1, "f2": 2}}',
     '{"crf": [{"f1": 1, "source": 3}]}', '{"crf": [{"f1": 1, "type": 3}]}', '{"crf": true}'],
)  # fmt: skip
def test_bad_published_figures_are_named(tmp_path, content):
    file = tmp_path / "paper.json"
    file.write_text(content)
    with pytest.raises(BionerError, match=r"B820.*paper\.json"):
        read_published(file)


def test_the_command(folder, tmp_path):
    out = tmp_path / "new" / "report.html"
    result = CliRunner().invoke(app, ["report", str(folder / "runs"), "-o", str(out), "--title", "Mine"])
    assert result.exit_code == 0, result.output
    assert "4 runs" in " ".join(result.output.split())
    assert "<title>Mine</title>" in out.read_text(encoding="utf8")
    result = CliRunner().invoke(app, ["report", str(tmp_path / "nowhere"), "-o", str(out)])
    assert result.exit_code == 1
    assert "[B801]" in result.output


def test_without_matplotlib_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(BionerError, match=r"B900.*'matplotlib': pip install 'spacy-bioner\[report\]'"):
        write_report([folder / "runs"], folder / "new.html")
    assert not (folder / "new.html").exists()


def test_likely_gold_errors_are_on_the_page(page):
    (section,) = re.findall(r'<section id="gold-errors".*?</section>', page, re.DOTALL)
    (fever,) = re.findall(r'<tr><th scope="row">ADR &#39;fever&#39;.*?</tr>', section, re.DOTALL)
    # One of two systems is sure of another label: half of the 0.9 that both would give.
    assert "ADR &#39;fever&#39; -&gt; Drug &#39;fever&#39;" in fever
    assert ">label<" in fever
    assert "0.45" in fever
    assert "2 of 4 systems or seeds" in fever
    assert "doc-2" in fever
    assert "<script>document" not in section


def test_corpora_recall_and_mistakes_are_on_the_page(page, folder):
    text = text_of(page)
    assert "Corpora" in text
    assert "tiny: ADR" in text
    # Aspirin is the only name of the training data; both systems found it in both folds.
    (seen,) = re.findall(r'<tr><th scope="row">seen in training.*?</tr>', page)
    assert text_of(seen).split()[-3:] == ["2", "100.00", "100.00"]
    (unseen,) = re.findall(r'<tr><th scope="row">unseen in training.*?</tr>', page)
    assert text_of(unseen).split()[-3:] == ["10", "80.00", "20.00"]
    assert "crf on tiny" in text
    assert "Most often missed" in text or "most often missed" in text
    lines = (folder / "page_errors.tsv").read_text(encoding="utf8").splitlines()
    assert lines[0].split("\t")[:3] == ["system", "corpus", "fold"]
    assert len(lines) == 1 + 2 * (2 + 5)
    assert all(len(line.split("\t")) == 12 for line in lines)


def test_a_table_has_the_scores_of_every_document_by_every_system(folder, page):
    header, *rows = csv.reader((folder / "page_documents.tsv").open(encoding="utf8"), delimiter="\t")
    assert 'href="page_documents.tsv"' in page
    assert header[:5] == next(csv.reader((folder / "page_errors.tsv").open(encoding="utf8"), delimiter="\t"))[:5]
    rows = [dict(zip(header, row, strict=True)) for row in rows]
    for run in read_runs([folder / "runs"]):
        own = [row for row in rows if (row["system"], row["fold"]) == (run.system, str(run.fold))]
        assert [row["document"] for row in own] == [gold.id for gold, _ in run.pairs()]
        counts = run.scores["counts"]
        assert sum(int(row["right"]) for row in own) == counts["tp"]
        assert sum(int(row["gold"]) for row in own) == counts["tp"] + counts["fn"]
        assert sum(int(row["found"]) for row in own) == counts["tp"] + counts["fp"]
    worst = next(row for row in rows if row["system"] == "dictionary" and row["document"] == "doc-1")
    assert [worst[name] for name in ("gold", "found", "right", "p", "r", "f")] == [
        "1",
        "1",
        "0",
        "0.00",
        "0.00",
        "0.00",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("1", "once in training"), ("2-4", "2-4 times in training"), ("20 or more", "20 or more times in training")],
)
def test_times_in_training(name, shown):
    (called,) = (called for called, of_kind in mistakes._GROUPS if of_kind is mistakes.by_frequency)
    assert called(name) == shown
