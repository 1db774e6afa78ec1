"""Where a sentence starts, for the capital of its first word."""

from __future__ import annotations

from .words import Words

_ENDS = frozenset(".!?")


def opens_sentence(words: Words, i: int) -> bool:
    """Tell whether a word is the first of its sentence, leaving aside opening brackets, quotes and bullets.

    Where the Doc has no sentences: the first of the text, after a line end, or after ".", "!" or "?" and a space. Not
    after a colon, where names of genes stand as often.
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
