"""The autoencoder obeys scikit-learn: its own checks, a pipeline, a search, a pickle."""

import pickle

from ae_course import data
from ae_course.sklearn_api import AutoencoderTransformer

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

X = np.random.default_rng(0).normal(size=(60, 5)).astype("float32")
SMALL = {"hidden": (), "epochs": 1, "random_state": 0}


def test_scikit_learns_own_checks_pass():
    check_estimator(AutoencoderTransformer(code=2, **SMALL), on_skip=None)


def test_it_is_the_autoencoder_that_it_holds():
    model = AutoencoderTransformer(code=3, **SMALL).fit(X)
    codes = model.transform(X)
    np.testing.assert_array_equal(codes, model.autoencoder_.encode(X))
    back = model.inverse_transform(codes)
    np.testing.assert_array_equal(back, model.autoencoder_.reconstruct(X))
    assert (codes.shape, back.shape, codes.dtype) == ((60, 3), X.shape, np.float32)


def test_the_score_is_minus_the_squared_error():
    model = AutoencoderTransformer(code=3, **SMALL).fit(X)
    error = ((X - model.inverse_transform(model.transform(X))) ** 2).sum(axis=1).mean()
    assert model.score(X) == pytest.approx(-error)


def test_the_same_random_state_gives_the_same_codes_and_another_does_not():
    one, same, other = (
        AutoencoderTransformer(**{**SMALL, "random_state": seed}).fit_transform(X)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_a_pickle_brings_the_weights_along():
    model = AutoencoderTransformer(**SMALL).fit(X)
    revived = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(revived.transform(X), model.transform(X))


def test_a_grid_search_prefers_the_code_that_reconstructs_better():
    rank_two = np.random.default_rng(1).normal(size=(200, 2)) @ np.diag([3, 2]) @ np.eye(2, 6)
    model = AutoencoderTransformer(
        hidden=(), epochs=12, batch_size=32, learning_rate=0.05, random_state=0
    )
    search = GridSearchCV(model, {"code": [1, 2]}, cv=2).fit(rank_two)
    assert search.best_params_ == {"code": 2}


def test_in_a_pipeline_its_code_feeds_a_classifier():
    digits = data.digits()
    model = AutoencoderTransformer(code=16, epochs=15, learning_rate=3e-3, random_state=0)
    reader = make_pipeline(model, LogisticRegression(max_iter=2000))
    reader.fit(digits.train, digits.train_labels)
    assert reader.score(digits.test, digits.test_labels) > 0.85


@pytest.mark.parametrize("bad", [{"code": 0}, {"hidden": (0,)}, {"epochs": -1}, {"batch_size": 0}])
def test_a_bad_argument_is_reported_by_fit(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} must be a whole number ≥ 1"):
        AutoencoderTransformer(**{**SMALL, **bad}).fit(X)


def test_codes_of_another_size_are_refused():
    model = AutoencoderTransformer(code=2, **SMALL).fit(X)
    with pytest.raises(ValueError, match=r"h must have shape \(n, 2\)"):
        model.inverse_transform(np.zeros((3, 5)))
