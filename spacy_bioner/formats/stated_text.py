"""The text that a file states for a mention beside its offsets, compared with the text at these offsets."""

from __future__ import annotations


def agrees(stated: str, actual: str) -> bool:
    """Return whether the two are the same but for white space.

    Tools join fragments by a blank, write line ends as blanks or leave them out (Label Studio), and trim.
    """
    return stated == actual or "".join(stated.split()) == "".join(actual.split())


def is_respelt(stated: str, actual: str) -> bool:
    """Return whether the statement has other characters for some of the text, one for one: the offsets are right.

    Some tools write a blank for each punctuation character; PubTator's services state ASCII for other characters,
    "TNF-a" for "TNF-α". By far most characters must agree then: offsets that are wrong do not pass by chance.
    """
    if len(stated) != len(actual):
        return False
    pairs = zip(stated, actual, strict=True)
    other = [(there, here) for there, here in pairs if there != here and not (there == " " and not here.isalnum())]
    return 2 * len(other) < len(actual) and all(there.isascii() and not here.isascii() for there, here in other)
