"""What brat itself refuses to read, by the rules of its server (server/src/annotation.py of nlplab/brat)."""

import re

ID = re.compile(r"(?:[A-Za-z]+|#[A-Za-z]*)[0-9].*")


def refused(text: str, content: str) -> list[str]:
    """Return the ids of the lines of an annotation file that brat does not read, or reads as something else."""
    seen: set[str] = set()
    found = []
    for line in content.splitlines(keepends=True):  # brat reads lines through a codec, which splits as str does
        name, tab, rest = line.partition("\t")
        data, _, tail = rest.partition("\t")
        sound = bool(tab and ID.fullmatch(name)) and name not in seen
        if not (sound and RULES[name[0]](text, data.rstrip("\n"), tail)):
            found.append(name)
        seen.add(name)
    return found


def _text_bound(text, data, tail):
    label, _, offsets = data.partition(" ")
    spans = [tuple(map(int, pair.split(" "))) for pair in offsets.split(";")]
    if not label or any(len(pair) != 2 or pair[0] > pair[1] or pair[1] > len(text) for pair in spans):
        return False
    if any(a[1] >= b[0] and a[0] < b[1] for i, b in enumerate(spans) for a in spans[i + 1 :]):
        return False
    # The text must follow, and white space after it. (Of an empty one brat says that it is missing, and goes on.)
    stated = " ".join(text[start:end] for start, end in spans)
    return tail.startswith(stated) and not tail[len(stated) :].strip()


def _normalisation(text, data, tail):
    match = re.match(r"(\S+) (\S+) (\S+?):(\S+)", data)
    return match is not None and match.end() == len(data)  # brat drops what follows


def _relation(text, data, tail):
    pairs = [argument.split(":") for argument in data.split()[1:]]
    return len(pairs) == 2 and all(len(pair) == 2 for pair in pairs) and pairs[0][0] != pairs[1][0]


def _event(text, data, tail):
    return all(len(field.split(":")) == 2 for field in data.split())


def _attribute(text, data, tail):
    fields = data.split(" ")
    return len(fields) > 1 and all(fields[:2]) and ID.fullmatch(fields[1]) is not None


def _note(text, data, tail):
    return len(data.split()) == 2


RULES = {"T": _text_bound, "N": _normalisation, "R": _relation, "E": _event, "A": _attribute, "#": _note}
