"""What the pages load: the digits as they are, a network that is good, and little of both."""

import base64
import gzip
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from ae_course import Autoencoder, data, linear, losses

import numpy as np
import pytest
from javascript import LAB, evaluate
from laboratories import PLACES, on_page
from write_data import DIGITS_COMMENT, TRAINING, UNIT, digit_data, packed, script

ROOT = Path(__file__).parents[2]


def extension():
    spec = spec_from_file_location("lab_extension", ROOT / "book/_ext/lab.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LABORATORY = extension()


def validation():
    return data.digits().train[TRAINING : TRAINING + 200]


def test_the_digits_are_those_that_the_program_writes():
    written = (LAB / "data/digits.js").read_text("utf-8")
    assert written == script(DIGITS_COMMENT, "labDigitData", digit_data())


def test_the_page_reads_the_digits_exactly():
    read = evaluate("Array.from(labDigits(labDigitData).validation)")
    assert np.array_equal(np.reshape(read, (-1, 64)), validation())


def reconstructions():
    code = (
        "Array.from(labDrawnNetwork(labDrawnWeights).run(labDigits(labDigitData).validation, 200))"
    )
    return np.reshape(evaluate(code, "data/drawn-network", "stored"), (-1, 64)).astype(np.float32)


def test_the_network_for_drawings_beats_pca_with_as_many_numbers():
    x = validation()
    ours = float(np.mean(losses.squared_error(x, reconstructions())))
    pca = linear.PCA(8).fit(data.digits().train[:TRAINING])
    assert ours < float(np.mean(losses.squared_error(x, pca.reconstruct(x).astype(np.float32))))


def test_keras_with_these_weights_reconstructs_the_same():
    text = (LAB / "data/drawn-network.js").read_text("utf-8")
    stored = json.loads(text[text.index("= ") + 2 : text.rindex(";")])
    model = Autoencoder.dense(64, hidden=32, code=8)
    numbers = np.frombuffer(base64.b64decode(stored["weights"]), np.int8) * UNIT
    ends = np.cumsum([v.numpy().size for v in model.trainable_variables])[:-1]
    for variable, part in zip(model.trainable_variables, np.split(numbers, ends), strict=True):
        variable.assign(part.reshape(variable.shape))
    assert packed(model) == stored
    assert np.allclose(model.reconstruct(validation()), reconstructions(), atol=1e-5)


def test_principal_components_are_those_of_the_package():
    code = """(() => { const digits = labDigits(labDigitData);
        return Array.from(labProject(digits.validation, labPrincipal(digits.train, 64), 5)); })()"""
    rebuilt = np.reshape(evaluate(code, "principal"), (-1, 64))
    pca = linear.PCA(5).fit(data.digits().train[:TRAINING])
    assert np.allclose(rebuilt, pca.reconstruct(validation()), atol=1e-5)


@pytest.mark.parametrize("page", sorted({place.page for place in PLACES}))
def test_what_a_page_loads_for_its_laboratories_weighs_little(page):
    files = [LAB / f"{script}.js" for script in LABORATORY.scripts(on_page(page))]
    files.append(LAB / "lab.css")
    assert len(files) == len(set(files))
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= 60_000


@pytest.mark.parametrize("path", sorted(LAB.glob("*.js")), ids=lambda path: path.stem)
def test_a_script_is_short_and_says_what_it_is(path):
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("/* ")
    assert len(lines) <= 220 and max(map(len, lines)) <= 110


# Strokes of ten digits, as one writes them: x to the right, y down.
STROKES = {
    0: [[(5, 0), (2, 2), (1, 6), (2, 10), (5, 12), (8, 10), (9, 6), (8, 2), (5, 0)]],
    1: [[(3, 2), (5, 0), (5, 12)]],
    2: [[(1, 3), (3, 0), (6, 0), (8, 3), (6, 7), (1, 12), (9, 12)]],
    3: [[(1, 1), (5, 0), (8, 2), (7, 5), (4, 6), (8, 7), (8, 10), (5, 12), (1, 11)]],
    4: [[(5, 0), (1, 7), (9, 7)], [(6, 4), (6, 12)]],
    5: [[(8, 0), (2, 0), (2, 5), (6, 5), (8, 8), (6, 12), (1, 12)]],
    6: [[(6, 0), (3, 4), (2, 8), (3, 11), (6, 12), (8, 9), (6, 7), (3, 8)]],
    7: [[(1, 0), (9, 0), (5, 6), (4, 12)], [(2, 6), (8, 6)]],
    8: [[(5, 6), (2, 3), (5, 0), (8, 3), (5, 6), (2, 9), (5, 12), (8, 9), (5, 6)]],
    9: [[(8, 3), (5, 0), (2, 3), (5, 6), (8, 4), (8, 3), (7, 8), (5, 12)]],
}


def rasters():
    code = f"{json.dumps([*STROKES.values()])}.map((strokes) => Array.from(labRaster(strokes)))"
    return np.array(evaluate(code, "paper"))


def test_a_drawing_has_as_much_ink_as_the_data():
    ink = np.mean(data.digits().train.sum(axis=1))
    assert np.mean(rasters().sum(axis=1)) == pytest.approx(ink, rel=0.15)


def test_drawn_digits_lie_near_digits_of_their_kind():
    digits = data.digits()
    found = []
    for image in rasters():
        nearest = np.argsort(((digits.train - image) ** 2).sum(axis=1))[:3]
        found.append(np.bincount(digits.train_labels[nearest]).argmax())
    assert np.sum(np.array(found) == [*STROKES]) >= 9, found


def test_a_drawing_is_scaled_centered_and_may_be_a_dot():
    small, large = evaluate(
        "[1, 7].map((s) => Array.from(labRaster([[[9, 9], [9 + s * 4, 9 + s * 12]]])))", "paper"
    )
    assert np.allclose(small, large)
    assert evaluate("labRaster([]).every((v) => v === 0)", "paper")
    assert 0 < evaluate("labRaster([[[3, 3]]]).reduce((a, b) => a + b)", "paper") < 3
