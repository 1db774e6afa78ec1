import pytest
import torch

from spacy_bioner.ml import matmul


@pytest.mark.parametrize("onednn", [True, False])
@pytest.mark.parametrize(("n", "k", "m"), [(1, 1, 1), (3, 5, 2), (40, 256, 1024), (0, 4, 3), (2, 3, 0), (4, 0, 5)])
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
