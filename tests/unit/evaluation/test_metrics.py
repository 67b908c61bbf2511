"""What a trained autoencoder is worth: each number against a case with a known answer."""

from ae_course import PCA, metrics

import numpy as np
import pytest

RNG = np.random.default_rng(0)
X = (RNG.normal(size=(400, 3)) @ RNG.normal(size=(3, 10)) + 1).astype("float32")


class Identity:
    def reconstruct(self, x):
        return x


class Mean:
    def reconstruct(self, x):
        return np.broadcast_to(x.mean(axis=0), x.shape)


def test_reconstruction_error_is_averaged_over_samples_and_summed_over_features():
    class Shifted:
        def reconstruct(self, x):
            return x + 0.5

    assert metrics.reconstruction_error(Shifted(), X) == pytest.approx(10 * 0.25, rel=1e-5)


def test_reconstruction_error_takes_a_measure_by_name():
    x = np.full((4, 6), 0.5)
    measured = metrics.reconstruction_error(Identity(), x, "binary_crossentropy")
    assert measured == pytest.approx(6 * np.log(2), rel=1e-5)


def test_errors_of_samples_and_features_by_hand():
    class Shifted:
        def reconstruct(self, x):
            return x + np.array([0.5, 0.0, -1.0])

    x = X[:2, :3]
    np.testing.assert_allclose(metrics.feature_errors(Shifted(), x), 2 * [[0.25, 0, 1]], atol=1e-6)
    np.testing.assert_allclose(metrics.sample_errors(Shifted(), x), [1.25, 1.25], rtol=1e-5)


def test_errors_add_up():
    model = PCA(code=1).fit(X)
    by_feature, by_sample = metrics.feature_errors(model, X), metrics.sample_errors(model, X)
    assert by_feature.shape == X.shape
    np.testing.assert_allclose(by_feature.sum(axis=1), by_sample, rtol=1e-5)
    assert metrics.reconstruction_error(model, X) == pytest.approx(by_sample.mean(), rel=1e-6)


def test_model_and_samples_in_the_wrong_order_are_told():
    for measure in (metrics.reconstruction_error, metrics.sample_errors, metrics.feature_errors):
        with pytest.raises(TypeError, match=r"got a ndarray\. The model comes first"):
            measure(X, PCA(code=1).fit(X))


def test_a_reconstruction_of_another_shape_is_refused():
    class Half:
        def reconstruct(self, x):
            return x[:, ::2]

    with pytest.raises(ValueError, match=r"the reconstruction must have shape \(n, 10\)"):
        metrics.sample_errors(Half(), X)


def test_shuffled_pixels_keep_each_pixel_and_lose_the_structure():
    noise = metrics.shuffled_pixels(X)
    np.testing.assert_array_equal(np.sort(noise, axis=0), np.sort(X, axis=0))
    off_diagonal = ~np.eye(10, dtype=bool)
    assert np.abs(np.corrcoef(X.T)[off_diagonal]).max() > 0.7
    assert np.abs(np.corrcoef(noise.T)[off_diagonal]).max() < 0.25


def test_shuffled_pixels_follow_their_seed():
    np.testing.assert_array_equal(metrics.shuffled_pixels(X, 1), metrics.shuffled_pixels(X, 1))
    assert (metrics.shuffled_pixels(X, 1) != metrics.shuffled_pixels(X, 2)).any()


def test_identity_distance_is_0_for_the_identity_and_1_for_the_mean():
    assert metrics.identity_distance(Identity(), X) == 0
    assert metrics.identity_distance(Mean(), X) == pytest.approx(1, rel=1e-4)


def test_identity_distance_is_a_ratio_of_squares_that_nothing_bounds():
    class Between:  # a share of the way from z to its mean
        def __init__(self, share):
            self.share = share

        def reconstruct(self, x):
            return x + self.share * (x.mean(axis=0) - x)

    for share in (0.5, 2, 3):
        found = metrics.identity_distance(Between(share), X)
        assert found == pytest.approx(share**2, rel=1e-4)


def test_a_model_that_knows_its_data_is_far_from_the_identity():
    pca = PCA(code=3).fit(X)
    assert metrics.reconstruction_error(pca, X) < 1e-3
    assert metrics.identity_distance(pca, X) > 0.4


def test_linear_probe_reads_separable_classes_and_fails_on_noise():
    labels = np.arange(400) % 2
    codes = X + 20 * labels[:, None]
    assert metrics.linear_probe_accuracy(codes[:200], labels[:200], codes[200:], labels[200:]) == 1
    noise = RNG.normal(size=(400, 2))
    chance = metrics.linear_probe_accuracy(noise[:200], labels[:200], noise[200:], labels[200:])
    assert 0.35 < chance < 0.65


def test_linear_probe_with_one_factor_sees_distances_alone_and_with_each_feature_none():
    labels = np.arange(400) % 2
    codes = RNG.normal(size=(400, 2)) * (1, 50) + 2 * labels[:, None] * (1, 0)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])

    def accuracy(codes, **how):
        return metrics.linear_probe_accuracy(
            codes[:40], labels[:40], codes[40:], labels[40:], **how
        )

    blank = np.pad(1e3 * codes @ turn, ((0, 0), (0, 3)), constant_values=0.1)
    assert accuracy(blank) == pytest.approx(accuracy(codes), abs=0.003)  # one of 360
    each = {"scaling": "each feature"}
    assert accuracy(codes, **each) == accuracy(codes * (1, 0.02), **each) > 0.8
    assert accuracy(codes, **each) > accuracy(codes @ turn, **each) + 0.1


@pytest.mark.parametrize("scaling", metrics.SCALINGS)
def test_linear_probe_takes_the_scale_from_unlabeled_codes(scaling):
    labels = np.arange(400) % 4
    codes = X + 0.5 * labels[:, None]
    parts = codes[:40], labels[:40], codes[40:], labels[40:]
    large = metrics.linear_probe_accuracy(*parts, scaling, unlabeled=1000 * codes)
    small = metrics.linear_probe_accuracy(*parts, scaling, unlabeled=codes)
    assert large != small


def test_linear_probe_is_trained_once_and_reads_many():
    labels = np.array(["a", "b", "c", "d"] * 100)
    codes = X + 20 * (np.arange(400) % 4)[:, None]
    read = metrics.linear_probe(codes[:200], labels[:200])
    for part in (slice(200, 300), slice(300, 400)):
        np.testing.assert_array_equal(read(codes[part]), labels[part])
    with pytest.raises(ValueError, match="test_codes"):
        read(codes[:, :2])


@pytest.mark.parametrize("scaling", metrics.SCALINGS)
def test_linear_probe_of_constant_codes_guesses(scaling):
    codes, labels = np.full((400, 3), 0.1), np.arange(400) % 2
    assert metrics.linear_probe_accuracy(codes, labels, codes, labels, scaling) == 0.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.shuffled_pixels(X[:1]), "at least 2 samples"),
        (lambda: metrics.identity_distance(Mean(), np.ones((5, 2))), "all samples are alike"),
        (lambda: metrics.reconstruction_error(Identity(), X, "sme"), "measure must be one of"),
        (lambda: metrics.linear_probe_accuracy(X, [0], X, [0]), r"train_labels must have shape"),
        (lambda: metrics.linear_probe_accuracy(X, X[:, 0], X[:, :2], X[:, 0]), "test_codes"),
        (
            lambda: metrics.linear_probe_accuracy(X, X[:, 0] > 0, X, X[:, 0] > 0, "none"),
            "scaling must be one of one factor, each feature, got 'none'",
        ),
    ],
)
def test_misuse_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
