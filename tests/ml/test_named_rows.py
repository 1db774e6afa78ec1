from growth import best, check_growth
from thinc.api import Model

from spacy_bioner.ml.named_rows import NamedRows


def _layer(rows: NamedRows) -> Model:
    return Model("layer", lambda model, X, is_train: (X, lambda dY: dY), attrs={"rows": rows})


def test_names_are_distinct_and_ordered():
    rows = NamedRows(["b", "a", "b"])
    assert rows.names == ("b", "a")
    assert rows.index == {"b": 0, "a": 1}
    assert "a" in rows
    assert "c" not in rows
    assert rows == NamedRows(["b", "a"]) != NamedRows(["a", "b"])


def test_names_survive_bytes_and_copies():
    rows = NamedRows(["<unk>", "p53", "NF-κB", "", "🧬"])
    model = _layer(rows)
    loaded = _layer(NamedRows()).from_bytes(model.to_bytes())
    assert loaded.attrs["rows"] == rows
    assert loaded.attrs["rows"].index["🧬"] == 4
    assert model.copy().attrs["rows"] == rows


def test_many_names_are_written_and_read_in_proportion():
    def write_and_read(number):
        rows = NamedRows(f"word{i}" for i in range(number))
        data = _layer(rows).to_bytes()
        assert _layer(NamedRows()).from_bytes(data).attrs["rows"] == rows
        assert len(data) < 12 * number + 10_000

    check_growth(lambda n: best(write_and_read, n), 5_000)
