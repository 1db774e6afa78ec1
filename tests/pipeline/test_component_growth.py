"""Eight times the text, with as many entities, takes about eight times the time, through every component.

See tests/growth.py: processor times of two sizes are compared with one another.
"""

import pytest
from every_component import BUILDERS, reload, texts
from growth import check_growth, timed
from spacy.tokens import Doc, Span

SHAPES = {
    "a long form and its abbreviation": lambda n: ["acute", "myeloid", "leukemia", "(", "AML", ")"] * n,
    "a long form, then its abbreviation": lambda n: ["breast", "cancer", "(", "BC", ")", *["BC"] * 6 * n],
    "entities of one token": lambda n: ["aspirin", "asthma"] * 3 * n,
    "open brackets": lambda n: ["("] * 3 * n + ["IL", "["] * n,
    "new words": lambda n: [f"w{n}x{i}" for i in range(6 * n)],
    "nested terms": lambda n: ["type", "II", "diabetes", "renal", "failure", "lung"] * n,
    "one word": lambda n: ["cancer"] * 6 * n,
}
SIZE = {"bioner_biobert": 8, "bioner_bilstm_crf": 30, "bioner_bilm": 15, "bioner_tagger": 30, "bioner_crf": 60}
SIZE |= {"bioner_answers": 60, "bioner_linker": 200}
"""Of the shapes above, so that a component's smallest time is some ten milliseconds."""


# Pairs of entities grow with the square of those of a sentence: relations are left out.
@pytest.fixture(scope="module", params=[name for name in BUILDERS if "relations" not in name])
def component(request, built):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    nlp = reload(built(request.param))
    name, pipe = nlp.pipeline[-1]  # those before it are what it needs
    if name == "bioner_dictionary":
        nested = ["type II diabetes", "diabetes", "II diabetes renal failure", "failure", "renal failure", "type"]
        pipe.add_terms([(term, "Disease") for term in nested])
    list(nlp.pipe(texts(2)))
    return name, nlp.vocab, pipe


def seconds(pipe, vocab, words):
    """Return the processor time for a document of these words, the better of two; the document is made outside."""
    times = []
    for _ in range(2):
        doc = Doc(vocab, words=words)
        doc.ents = [Span(doc, i, i + 1, "Disease") for i in range(0, len(doc), 2)]
        times.append(timed(lambda one=doc: list(pipe.pipe([one]))))
    return min(times)


@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_text(component, shape):
    name, vocab, pipe = component
    make, size = SHAPES[shape], SIZE.get(name, 400)
    check_growth(lambda n: seconds(pipe, vocab, make(n)), size, least=0.002)
