"""An encoder: the tagger takes any thinc model from Docs to a row of numbers a token."""

import spacy
from spacy.ml.models.tok2vec import build_hash_embed_cnn_tok2vec
from spacy.training import Example
from spacy.util import registry
from thinc.api import Maxout, chain, fix_random_seed, with_array


@registry.architectures("my_package.SmallCnn.v1")
def make_small_cnn(width: int):
    """Build the model: Model[list[Doc], list[Floats2d]], whose dimension nO is the width of a row."""
    embed = build_hash_embed_cnn_tok2vec(
        width=width,
        depth=1,
        embed_size=500,
        window_size=1,
        maxout_pieces=2,
        subword_features=True,
        pretrained_vectors=False,
    )
    model = chain(embed, with_array(Maxout(nO=width, nI=width, nP=2)))
    model.set_dim("nO", width)
    return model


fix_random_seed(0)
nlp = spacy.blank("en")
tok2vec = {"@architectures": "my_package.SmallCnn.v1", "width": 32}
nlp.add_pipe("bioner_tagger", config={"model": {"tok2vec": tok2vec, "decoder": "crf", "scheme": "BIO"}})
texts = [("Aspirin helps.", [(0, 7, "Drug")]), ("Morphine helps.", [(0, 8, "Drug")]), ("Rest helps.", [])]
examples = [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in texts]
optimizer = nlp.initialize(lambda: examples)
optimizer.learn_rate = 0.01
for _ in range(30):
    nlp.update(examples, sgd=optimizer)
print([(ent.text, ent.label_) for ent in nlp("Morphine helps.").ents])
# [('Morphine', 'Drug')]
