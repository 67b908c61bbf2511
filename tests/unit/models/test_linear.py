"""PCA in closed form, against scikit-learn's and against its own promises."""

from ae_course.models.linear import PCA, principal_angles

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA as SklearnPCA

DIGITS = load_digits().data / 16


def test_agrees_with_scikit_learn_on_digits():
    ours, theirs = PCA(code=10).fit(DIGITS), SklearnPCA(10, svd_solver="full").fit(DIGITS)
    np.testing.assert_allclose(ours.mean, theirs.mean_, atol=1e-7)
    np.testing.assert_allclose(
        np.abs((ours.components * theirs.components_).sum(axis=1)), 1, atol=1e-6
    )
    np.testing.assert_allclose(
        ours.explained_variance_ratio, theirs.explained_variance_ratio_, rtol=1e-5
    )
    expected = theirs.inverse_transform(theirs.transform(DIGITS))
    np.testing.assert_allclose(ours.reconstruct(DIGITS), expected, atol=1e-5)


def test_training_error_is_the_measured_error():
    pca = PCA(code=7).fit(DIGITS)
    measured = ((DIGITS - pca.reconstruct(DIGITS)) ** 2).sum(axis=1).mean()
    assert pca.training_error == pytest.approx(measured, rel=1e-6)


def test_no_other_subspace_does_better():
    rng = np.random.default_rng(0)
    pca = PCA(code=3).fit(DIGITS)
    centered = DIGITS - DIGITS.mean(axis=0)
    for _ in range(20):
        basis = np.linalg.qr(pca.components.T + 0.05 * rng.normal(size=(64, 3)))[0]
        error = ((centered - centered @ basis @ basis.T) ** 2).sum(axis=1).mean()
        assert error > pca.training_error


def test_all_components_reconstruct_exactly():
    x = np.random.default_rng(0).random((30, 5))
    np.testing.assert_allclose(PCA(code=5).fit(x).reconstruct(x), x, atol=1e-6)


def test_the_sign_of_a_component_does_not_depend_on_the_order_of_the_data():
    shuffled = np.random.default_rng(0).permutation(DIGITS)
    np.testing.assert_allclose(
        PCA(4).fit(DIGITS).components, PCA(4).fit(shuffled).components, atol=1e-6
    )


def test_constant_data_explain_nothing_and_break_nothing():
    pca = PCA(1).fit(np.ones((4, 3)))
    assert pca.explained_variance_ratio[0] == 0 and pca.training_error == 0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: PCA(0), ValueError, "code must be a whole number"),
        (lambda: PCA(5).fit(np.ones((4, 9))), ValueError, "min"),
        (lambda: PCA(1).fit(np.ones((4, 3, 3))), ValueError, r"shape \(n, any\)"),
        (lambda: PCA(1).encode(np.ones((4, 3))), RuntimeError, r"call fit\(x\) first"),
        (lambda: PCA(1).fit(DIGITS).encode(np.ones((4, 3))), ValueError, r"\(n, 64\)"),
        (lambda: PCA(2).fit(DIGITS).decode(np.ones((4, 3))), ValueError, r"h must have shape"),
    ],
)
def test_misuse_is_explained(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_principal_angles_of_a_known_rotation():
    angle = 0.3
    a = np.array([[1.0, 0, 0], [0, 1, 0]])
    b = np.array([[1.0, 0, 0], [0, np.cos(angle), np.sin(angle)]])
    np.testing.assert_allclose(principal_angles(a, b), [0, angle], atol=1e-6)


def test_principal_angles_ignore_the_choice_of_basis():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(3, 8))
    np.testing.assert_allclose(principal_angles(a, rng.normal(size=(3, 3)) @ a), 0, atol=1e-3)


def test_principal_angles_refuse_dependent_rows_and_other_dimensions():
    with pytest.raises(ValueError, match="rows of b must be linearly independent"):
        principal_angles(np.eye(3)[:2], np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"b must have shape \(n, 3\)"):
        principal_angles(np.eye(3)[:2], np.eye(4)[:2])
