"""Nasty files, made anew at each run: small sound files of every format, what to put into them, and how.

``seeds`` gives sound files, and files with the faults that real ones have. ``mutate`` changes one at random, both as
bytes and by its structure: lines, cells, numbers, the values of JSON. The same ``Random`` makes the same changes.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import tarfile
import zlib
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import Any

from nasty_exchange import change_parquet, exchange_seeds

TOKENS = [
    *(
        b"\0",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"\x0b",
        b"\x0c",
        b"\x1c",
        b"\x1f",
        b" ",
        b"\x85",
        b"\xff",
        b"\xfe",
        b"\xc3",
    ),
    *(char.encode() for char in "\x85\xa0\u0301\u200b\u2028\u2029\ufeff\ufffd\u0130ﬁ𝐀жß"),
    *(b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff\xfe", b"\xfe\xff", b"\\ud800", b"\\u0000", b"\\ud83d\\ude00"),
    *(b"-DOCSTART-", b"#", b"# sent_id = 1", b"B-", b"I-X", b"L-X", b"U-X", b"E-X", b"S-X", b"O", b"-", b"B-X y"),
    *(b"T1", b"T0", b"R1\tx Arg1:T1 Arg2:T2", b"E1\tx:T1 Theme:E1", b"N1\tReference T1 A:1", b"*\tEquiv T1 T2"),
    *(
        b"#1\tAnnotatorNotes T1\tx",
        b"A1\tNegation T1",
        b";",
        b"0 0",
        b"0 1;1 2",
        b"|",
        b'"',
        b"'",
        b",",
        b"\\",
        b"/",
        b"..",
    ),
    *(
        b"[Term]",
        b"[",
        b"]",
        b"{",
        b"}",
        b"is_obsolete: true",
        b"synonym: ",
        b"EXACT",
        b" NEG ",
        b"null",
        b"NaN",
        b"1e999",
    ),
    *(b"<", b"</", b"&#0;", b"&#xD800;", b"&x;", b"<![CDATA[", b"<a>" * 300, b'<!DOCTYPE a [<!ENTITY x "y">]>'),
    *(b'<?xml version="1.0" encoding="%b"?>' % name for name in (b"utf-16", b"cp037", b"idna", b"rot13", b"zip", b"x")),
    *(b"[" * 3000, b'{"a":' * 3000, b"[" * 300 + b"]" * 300, b"9" * 5000, b"-" + b"9" * 30, b"1" + b"0" * 400),
]
NUMBERS = [
    b"0",
    b"-1",
    b"1",
    b"2",
    b"7",
    b"4294967296",
    b"18446744073709551616",
    b"9" * 5000,
    b"1.5",
    "٣".encode(),
    "²".encode(),
]
VALUES: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        1,
        3,
        2**63,
        10**30,
        1.5,
        -0.0,
        "",
        " ",
        "\n",
        "\x1c",
        "a\x0bb",
        "a/b",
        "T1",
        "-",
        "\ud800",
        "ﬁ",
    ),
    *([], {}, [[]], [0, 1], [[0, 1]], [1, 0], {"start": 0}, "x" * 300, {"a": {"b": [1]}}, float("nan"), float("inf")),
]
KEYS = ["score", "id", "label", "meta", "tokens", "relations", "data", "spans", "infons", "offset", "length", "result"]
KEYS += [
    "locations",
    "annotations",
    "passages",
    "sentences",
    "nodes",
    "text",
    "value",
    "labels",
    "entities",
    "concepts",
]
_NUMBER = re.compile(rb"[0-9]+")
_TEXT = "Aspirin (ASA) gave him an acute rash\nand Ödem 𝐀 5-HT2A."
_ENTITIES = [
    {"start": 0, "end": 7, "label": "Drug", "id": "T1", "concepts": ["D1"], "score": 0.5},
    {"start": 26, "end": 36, "label": "ADR", "id": "T2", "fragments": [[26, 31], [32, 36]]},
]
_ANN = (
    "T1\tDrug 0 7\tAspirin\nT2\tADR 26 31;32 36\tacute rash\nR1\tcauses Arg1:T1 Arg2:T2\n"
    "N1\tReference T1 A:1\taspirin\n"
    "E1\tADR:T2 Cause:T1\nA1\tNegation E1\n*\tEquiv T1 T2\n#1\tAnnotatorNotes T1\tnote\n"
)
PART = b"\n=====\n"
"""Stands between the text and the annotations of a brat pair that is one input."""


def _tar(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _docbin() -> bytes:
    import spacy
    from spacy.tokens import DocBin

    from spacy_bioner.documents.alignment import to_doc
    from spacy_bioner.formats import Document, Mention

    mentions = [
        Mention(0, 7, "Drug", concepts=("D1",)),
        Mention(26, 36, "ADR", ((26, 31), (32, 36))),
        Mention(0, 9, "X"),
    ]
    doc = to_doc(Document(_TEXT, mentions, "d1", meta={"year": 2020}), spacy.blank("en"))
    return DocBin(docs=[doc], store_user_data=True).to_bytes()


def _word2vec_binary() -> bytes:
    return b"2 3\n" + b"".join(f"{word} ".encode() + struct.pack("3f", 0.5, -1, 2) + b"\n" for word in ("the", "ß"))


@lru_cache
def seeds() -> dict[str, list[bytes]]:
    """Return small files by target: sound ones, and such as real corpora hold."""
    record = {
        "id": "d",
        "text": _TEXT,
        "entities": _ENTITIES,
        "tokens": [[0, 7], [8, 9], [32, 36]],
        "sentences": [0, 2],
    }
    record["relations"] = [{"label": "causes", "arguments": [["a", "T1"], ["b", "T2"]], "id": "R1", "score": 1.0}]
    record["meta"] = {"year": 2020, "list": [1, [2]]}
    prodigy = {"text": "No rash", "spans": [{"start": 3, "end": 7, "label": "ADR"}], "answer": "accept"}
    jsonl = [json.dumps(item).encode() + b"\n" for item in (record, prodigy, {"data": "x", "label": [[0, 1, "Y"]]})]
    columns = "-DOCSTART-\tO\n\nNo\tO\nacute\tB-ADR\nrash\tI-ADR\n\n# sent_id = 2\n#\tO\n5\tB-Dose\nmg\tI-Dose\n\n"
    obo = '[Term]\nid: D:1\nname: rash {x="y"}\nsynonym: "a \\"red\\" skin" EXACT []\nnamespace: x\n'
    obo += "\n[Term]\nid: D:2\nname: y\n"
    pair = _TEXT.encode() + PART + _ANN.encode()
    return {
        "brat": [pair, pair.replace(b"\n", b"\r\n"), b"x" + PART, b"\xef\xbb\xbf" + pair],
        "brat-tar": [_tar({"a/1.txt": _TEXT.encode(), "a/1.ann": _ANN.encode(), "b/1.txt": b"x", "b/1.ann": b""})],
        "conll": [
            columns.encode(),
            columns.replace("\t", " ").encode(),
            columns.encode("utf-16"),
            b"a NN B-X\nb VB E-X\n\nc NN S-Y\n",
            b"a\tB\nb\tI\n\nc\tO\n",
            b"a\tU-X\nb\tB-X\nc\tL-X\n",
            b"O|x|rash\nB-X|y|z\n\n".replace(b"|", b"\t"),
        ],
        "jsonl": [b"".join(jsonl), *jsonl],
        "docbin": [_docbin()],
        "ade": [
            b"1|Acute rash after ASA.|rash|6|10|ASA|17|20\n1|Acute rash after ASA.|Acute rash|0|10|ASA|17|20\n",
            b"10030778 NEG A sentence.\n1 NEG x|y\n",
        ],
        "text": [_TEXT.encode(), b"a\n\nb\r\nc\n", "a\n\nb".encode("utf-16")],
        "tsv": [b"rash\tADR\tD:1|D:2\nAspirin\tDrug\n", b"x\n"],
        "csv": [b'name,synonyms,id\nrash,"a; ""b"", c",D:1\n"x\ny",,\n'],
        "obo": [obo.encode()],
        "word2vec": [b"2 3\nthe 0.5 -1 2\nof 1 2 3e-2\n", b"a 1 2\nb 3 4\n", _word2vec_binary()],
        "word2vec-binary": [_word2vec_binary(), _word2vec_binary().replace(b"\n", b"")],
        **exchange_seeds(),
    }


def mutate(random: Random, content: bytes, others: list[bytes], packed: str = "") -> bytes:
    """Return a changed copy; of what is packed (``zlib``), half of the time the unpacked content is changed."""
    if packed == "parquet" and random.random() < 0.6:
        return change_parquet(random, content, _changed)
    if packed == "zlib" and random.random() < 0.6:
        try:
            return zlib.compress(mutate(random, zlib.decompress(content), []))
        except zlib.error:
            pass
    if packed == "gzip":
        inner = mutate(random, content, others)
        whole = gzip.compress(inner, 1, mtime=0)
        return whole if random.random() < 0.8 else _one(random, whole, [])
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        content = _one(random, content, others)[:20_000]
    return content


def _one(random: Random, content: bytes, others: list[bytes]) -> bytes:
    return random.choice(MUTATIONS)(random, content, others)


def _place(random: Random, content: bytes) -> tuple[int, int]:
    start = random.randint(0, len(content))
    return start, min(len(content), start + random.choice((0, 1, 1, 1, 2, 4, 16, 200)))


def _cut(random: Random, content: bytes, others: list[bytes]) -> bytes:
    start, end = _place(random, content)
    return content[:start] + content[end:]


def _double(random: Random, content: bytes, others: list[bytes]) -> bytes:
    start, end = _place(random, content)
    return content[:end] + content[start:end] * random.choice((1, 1, 2, 50)) + content[end:]


def _flip(random: Random, content: bytes, others: list[bytes]) -> bytes:
    changed = bytearray(content or b"\0")
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _truncate(random: Random, content: bytes, others: list[bytes]) -> bytes:
    return content[: random.randint(0, len(content))]


def _put(random: Random, content: bytes, others: list[bytes]) -> bytes:
    start, end = _place(random, content)
    middle = random.choice(TOKENS) if random.random() < 0.8 else random.randbytes(random.randint(1, 8))
    return content[:start] + middle + content[random.choice((start, end)) :]


def _number(random: Random, content: bytes, others: list[bytes]) -> bytes:
    found = list(_NUMBER.finditer(content))
    if not found:
        return _put(random, content, others)
    match = random.choice(found)
    near = str(int(match.group()[:18]) + random.choice((-1, 1, 2))).encode()
    return content[: match.start()] + random.choice([near, near, *NUMBERS]) + content[match.end() :]


def _lines(random: Random, content: bytes, others: list[bytes]) -> bytes:
    lines = content.splitlines(keepends=True)
    more = random.choice(others).splitlines(keepends=True) if others else lines
    if not lines or not more:
        return content
    place = random.randrange(len(lines))
    change = random.randrange(4)
    if change == 0:
        lines.insert(place, random.choice(more))
    elif change == 1:
        lines[place] = random.choice(more)
    elif change == 2:
        del lines[place]
    else:
        random.shuffle(lines)
    return b"".join(lines)


def _cells(random: Random, content: bytes, others: list[bytes]) -> bytes:
    border = random.choice((b"\t", b" ", b"|", b",", b":", b'"', b";"))
    cells = content.split(border)
    place = random.randrange(len(cells))
    cells[place] = random.choice([b"", random.choice(cells), random.choice(TOKENS), random.choice(NUMBERS)])
    return random.choice((border, border, border, b"\t", b" ")).join(cells)


def _json(random: Random, content: bytes, others: list[bytes]) -> bytes:
    lines = content.splitlines()
    place = random.randrange(len(lines)) if lines else 0
    try:
        value = json.loads(lines[place])
    except (IndexError, ValueError, RecursionError):
        return _cells(random, content, others)
    lines[place] = json.dumps(_changed(random, value)).encode()
    return b"\n".join(lines) + b"\n"


def _changed(random: Random, value: Any) -> Any:
    if random.random() < 0.15 or not isinstance(value, dict | list) or not value:
        return random.choice(VALUES)
    if isinstance(value, dict):
        key = random.choice(list(value))
        if random.random() < 0.15:
            return {name: item for name, item in value.items() if name != key}
        other = random.choice([key] * 6 + KEYS)
        return {**value, other: _changed(random, value[key])}
    place = random.randrange(len(value))
    return [*value[:place], _changed(random, value[place]), *value[place + random.choice((0, 1, 1)) :]]


MUTATIONS: list[Callable[[Random, bytes, list[bytes]], bytes]] = [
    *(_cut, _double, _flip, _truncate, _put, _put, _number, _number, _lines, _lines, _cells, _cells, _json, _json)
]
