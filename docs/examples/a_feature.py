"""A feature of the CRF: the vowels of a word."""

from dataclasses import dataclass

import spacy
from spacy.training import Example
from spacy.util import registry

from spacy_bioner.pipeline.crf.features.block import WordBlock


@registry.misc("my_package.VowelFeatures.v1")
@dataclass(kw_only=True)
class VowelFeatures(WordBlock):
    """One feature a word; ``window`` comes with WordBlock and adds those of the neighbours."""

    def of_word(self, word):
        """Return the features of a word: it is computed once for each distinct word."""
        return ["vowels=" + "".join(char for char in word.lower() if char in "aeiou")]


nlp = spacy.blank("en")
features = {
    "words": {"@misc": "spacy-bioner.WordFeatures.v1"},
    "vowels": {"@misc": "my_package.VowelFeatures.v1", "window": [-1, 0, 1]},
}
nlp.add_pipe("bioner_crf", config={"features": features})
texts = [("Aspirin helps.", [(0, 7, "Drug")]), ("Morphine helps.", [(0, 8, "Drug")]), ("Rest helps.", [])]
nlp.initialize(lambda: [Example.from_dict(nlp.make_doc(text), {"entities": gold}) for text, gold in texts * 3])
print([(ent.text, ent.label_) for ent in nlp("Aspirin helps.").ents])
# [('Aspirin', 'Drug')]
