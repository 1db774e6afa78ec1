"""XML of strangers: read as a stream, refused where it is hostile, located where it is broken."""

import gzip

import pytest

from spacy_bioner.errors import BionerError
from spacy_bioner.formats import Mention, ProblemLog, Relation, read, xml_stream

PUBMED = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" "pubmed_190101.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID Version="1">11</PMID><Article><Journal><ISOAbbreviation>J. X</ISOAbbreviation>
<JournalIssue><PubDate><Year>2001</Year></PubDate></JournalIssue></Journal>
<ArticleTitle>Effects of H<sub>2</sub>O on  rash.</ArticleTitle>
<Abstract><AbstractText Label="AIM">To see.</AbstractText>
<AbstractText Label="RESULTS">It <i>itched</i>.</AbstractText>
</Abstract></Article>
<MeshHeadingList><MeshHeading><DescriptorName UI="D005076">Exanthema</DescriptorName></MeshHeading></MeshHeadingList>
</MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>12</PMID><Article><ArticleTitle>No abstract.</ArticleTitle></Article>
</MedlineCitation></PubmedArticle>
</PubmedArticleSet>
"""

TAC = """<?xml version="1.0" encoding="UTF-8"?>
<Label drug="Examplin" track="TAC2017_ADR"><Text>
<Section name="warnings" id="S1">Rash of the arm or face.</Section>
<Section name="adverse" id="S2">Severe pain.</Section>
</Text><Mentions>
<Mention id="M1" section="S1" type="AdverseReaction" start="0,19" len="4,4" str="Rash face" />
<Mention id="M2" section="S2" type="Severity" start="0" len="6" str="Severe" />
<Mention id="M3" section="S2" type="AdverseReaction" start="7" len="4" str="pain" />
<Mention id="M4" section="S9" type="AdverseReaction" start="7" len="4" str="pain" />
<Mention id="M5" section="S2" type="AdverseReaction" start="7" len="4" str="ache" />
</Mentions><Relations><Relation id="RL1" type="Effect" arg1="M2" arg2="M3" />
<Relation id="RL2" type="Effect" arg1="M2" arg2="M9" /></Relations>
<Reactions><Reaction id="AR1" str="pain">
<Normalization id="AR1.N1" meddra_pt="Pain" meddra_pt_id="1" /></Reaction></Reactions>
</Label>
"""

SPL = """<?xml version="1.0" encoding="UTF-8"?>
<document xmlns="urn:hl7-org:v3"><setId root="abc"/><versionNumber value="3"/><title>EXAMPLIN <br/>tablets</title>
<component><structuredBody><component><section><code displayName="ADVERSE REACTIONS SECTION"/>
<title>6 Adverse
 reactions</title><text><paragraph>Rash, <content styleCode="italics">itching</content>.</paragraph>
<list><item>Nausea</item><item>Pain</item></list><table><tbody><tr><td>Fever</td><td>3%</td></tr></tbody></table></text>
<component><section><title>6.1 Trials</title><text>Few.</text></section></component></section></component>
</structuredBody></component></document>
"""


def put(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def test_pubmed_articles(tmp_path):
    log = ProblemLog("skip")
    (article,) = read(put(tmp_path / "x.xml", PUBMED), report=log)
    assert article.text == "Effects of H2O on rash.\nAIM: To see.\nRESULTS: It itched."
    assert article.id == "11"
    sections = article.meta.pop("sections")
    assert [(article.text[a:b], name) for a, b, name in sections] == [
        ("AIM: To see.", "AIM"),
        ("RESULTS: It itched.", "RESULTS"),
    ]
    assert article.meta == {"year": 2001, "journal": "J. X", "mesh": [["D005076", "Exanthema"]]}
    assert log.summary() == {"B270": 1}
    assert [d.id for d in read(tmp_path / "x.xml", empty=True)] == ["11", "12"]
    (tmp_path / "x.xml.gz").write_bytes(gzip.compress(PUBMED.encode()))
    assert [d.id for d in read(tmp_path / "x.xml.gz", report=ProblemLog("skip"))] == ["11"]


def test_books_in_a_set_of_articles_are_counted(tmp_path):
    book = "<PubmedBookArticle><BookDocument><PMID>{}</PMID><Abstract><AbstractText>A</AbstractText></Abstract>"
    books = "".join(book.format(number) + "</BookDocument></PubmedBookArticle>" for number in (20301295, 20301296))
    log = ProblemLog("skip")
    text = PUBMED.replace("<PubmedArticleSet>", f"<PubmedArticleSet>{books}")
    assert [d.id for d in read(put(tmp_path / "x.xml", text), report=log)] == ["11"]
    assert log.summary() == {"B270": 3}
    assert "article 20301295: a book" in str(log.problems[1])
    only = ProblemLog("skip")
    assert list(read(put(tmp_path / "y.xml", f"<PubmedArticleSet>{books}</PubmedArticleSet>"), report=only)) == []
    assert only.summary() == {"B270": 2}


def test_labels_of_tac(tmp_path):
    log = ProblemLog("skip")
    (label,) = read(put(tmp_path / "EXAMPLIN.xml", TAC), report=log)
    assert label.id == "EXAMPLIN"
    assert label.text == "Rash of the arm or face.\nSevere pain."
    assert label.mentions == [
        Mention(0, 23, "AdverseReaction", ((0, 4), (19, 23)), "M1"),
        Mention(25, 31, "Severity", (), "M2"),
        Mention(32, 36, "AdverseReaction", (), "M3"),
    ]
    assert label.relations == [Relation("Effect", (("arg1", "M2"), ("arg2", "M3")), "RL1")]
    assert label.meta["sections"] == [[0, 24, "warnings"], [25, 37, "adverse"]]
    assert log.summary() == {"B261": 2, "B267": 1}


def test_structured_product_labels(tmp_path):
    (label,) = read(put(tmp_path / "x.xml", SPL))
    lines = ["6 Adverse reactions", "Rash, itching.", "Nausea", "Pain", "Fever 3%", "6.1 Trials", "Few."]
    assert label.text.split("\n") == lines
    assert (label.id, label.meta["version"]) == ("abc", "3")
    ((start, end, name),) = label.meta["sections"]
    assert (label.text[start:end], name) == (label.text, "ADVERSE REACTIONS SECTION")


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><collection>&b;</collection>'
FILE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><collection>&a;</collection>'


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        FILE,
        "<collection>" * 1000,
        "<collection><document>",
        "<collection>\x00",
        '<?xml version="1.0" encoding="x"?><collection/>',
    ],
    ids=["entities", "a file", "depth", "cut", "nul", "encoding"],
)
def test_hostile_and_broken_xml_is_refused(content, tmp_path):
    path = put(tmp_path / "x.bioc.xml", content)
    with pytest.raises(BionerError) as caught:
        list(read(path))
    assert caught.value.code == "B264"


def test_an_endless_document_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xml_stream, "MAX_ELEMENT", 10_000_000)
    path = tmp_path / "x.bioc.xml.gz"
    path.write_bytes(gzip.compress(b"<collection><document><id>" + b" " * 30_000_000))
    with pytest.raises(BionerError, match=r"more than 10\.0 MB"):
        list(read(path))


def test_what_was_read_before_a_fault_is_kept(tmp_path):
    log = ProblemLog("skip")
    path = put(tmp_path / "x.xml", PUBMED.replace("</PubmedArticleSet>", "</Wrong>"))
    assert [d.id for d in read(path, report=log)] == ["11"]
    assert log.summary() == {"B264": 1, "B270": 1}
    assert log.problems[-1].line == PUBMED.count("\n")
