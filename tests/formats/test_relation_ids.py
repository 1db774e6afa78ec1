"""Two relations of one id in a document are told by every reader."""

from zipfile import ZipFile

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Document, Mention, ProblemLog, Relation, read, write


@pytest.mark.parametrize("name", ["x.jsonl", "x.bioc.xml", "x.bioc.json", "x.parquet", "x.zip"])
def test_relations_of_one_id_are_told(tmp_path, name):
    if name == "x.parquet":
        pytest.importorskip("pyarrow")
    mentions = [Mention(i, i + 1, "A", id=f"T{i}") for i in (1, 3, 5)]
    related = [Relation("r", (("Arg1", "T1"), ("Arg2", b)), "R1") for b in ("T3", "T5")]
    document = Document(" a b c", mentions, "d", relations=related)
    if name == "x.zip":  # brat's writer names the second anew
        with ZipFile(tmp_path / name, "w") as archive:
            lines = [f"T{i}\tA {i} {i + 1}\t{document.text[i]}" for i in (1, 3, 5)]
            lines += [f"R1\tr Arg1:T1 Arg2:{b}" for b in ("T3", "T5")]
            archive.writestr("d.txt", document.text)
            archive.writestr("d.ann", "\n".join(lines) + "\n")
    else:
        write([document], tmp_path / name)
    with pytest.raises(BionerError, match=r"R1.* above"):
        list(read(tmp_path / name))
    report = ProblemLog("skip")
    (back,) = read(tmp_path / name, report=report)
    assert [one.arguments for one in back.relations] == [related[0].arguments]
    assert report.faults == 1
