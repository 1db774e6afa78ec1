import pytest
import torch

from spacy_bioner.ml import matmul


@pytest.mark.parametrize("onednn", [True, False])
@pytest.mark.parametrize(
    ("n", "k", "m"), [(1, 1, 1), (3, 5, 2), (40, 256, 1024), (5, 25, 100), (0, 4, 3), (2, 3, 0), (4, 0, 5)]
)
def test_is_the_product_with_the_transpose(monkeypatch, onednn, n, k, m):
    if not onednn:
        monkeypatch.setattr(matmul, "_has_onednn", lambda: False)
    a, b = torch.randn(n, k), torch.randn(m, k)
    expected = (a.double() @ b.double().t()).float()
    for left in (a, a.t().contiguous().t()):
        for right in (b, b.t().contiguous().t()):
            product = matmul.matmul_t(left, right)
            assert product.shape == (n, m)
            assert torch.allclose(product, expected, atol=1e-4)


@pytest.mark.parametrize("avx512", [True, False])
@pytest.mark.parametrize(("n", "k", "m"), [(1, 3, 5), (31, 7, 4), (300, 250, 80), (40, 0, 3)])
def test_adds_the_products_of_each_pair(monkeypatch, avx512, n, k, m):
    monkeypatch.setattr(matmul, "_has_avx512", lambda: avx512)
    whole, a, b = torch.randn(2, n + 5, m), torch.randn(2, n + 3, k)[:, 2 : n + 2], torch.randn(2, k, m)
    before = whole.clone()
    matmul.add_bmm(whole[:, 3 : n + 3], a, b)
    expected = before.clone()
    expected[:, 3 : n + 3] += (a.double() @ b.double()).float()
    assert torch.allclose(whole, expected, atol=1e-4)


def test_few_sizes_stand_for_all():
    sizes = range(1, 5000)
    rounded = [matmul.round_up(size) for size in sizes]
    assert all(size <= up <= size * 9 / 8 for size, up in zip(sizes, rounded, strict=True))
    assert rounded == sorted(rounded)
    assert [matmul.round_up(up) for up in rounded] == rounded
    assert len({up for up in rounded if 1024 < up <= 2048}) == 8


def test_onednn_sees_few_shapes(monkeypatch):
    if not matmul._has_onednn():
        pytest.skip("torch without oneDNN")
    seen, linear = set(), torch.ops.mkldnn._linear_pointwise
    monkeypatch.setattr(torch.ops.mkldnn, "_linear_pointwise", lambda a, *rest: seen.add(len(a)) or linear(a, *rest))
    b = torch.randn(1024, 64)
    for n in range(65, 129):
        a = torch.randn(n, 64)
        assert torch.allclose(matmul.matmul_t(a, b), a @ b.t(), atol=1e-4)
    assert len(seen) == 8
