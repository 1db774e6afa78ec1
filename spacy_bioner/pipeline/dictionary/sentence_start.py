"""Detection of the first word of a sentence, whose capital letter does not count as case."""

from __future__ import annotations

from .words import Words

_ENDS = frozenset(".!?")


def opens_sentence(words: Words, i: int) -> bool:
    """Return whether a word is the first of its sentence, not counting opening brackets, quotes and bullets.

    If the Doc has no sentences: the first word of the text, after a line end, or after ".", "!" or "?" and a space. Not
    after a colon, where gene names are as frequent.
    """
    doc = words.doc
    at = words.token(i)
    known = words.has_sentences
    space = False
    while at and not (known and doc[at].is_sent_start):
        before = doc[at - 1]
        text = before.text
        space = text.isspace() or bool(before.whitespace_)
        if "\n" in text:
            return True
        if not text.isspace():
            if text[-1] in _ENDS and not known:
                return space
            # Brackets, quotes and bullets may stand between the start of the sentence and its first word.
            if any(map(str.isalnum, text)) or text[-1] in ",;:/":
                return False
        at -= 1
    return True
