"""What the chapters say of their laboratories is so; the numbers are those of seed 1."""

import pytest
from javascript import TRAINED, evaluate


def after(model, steps):
    """What a model of the page shows after some steps."""
    frame = evaluate(
        f"""(() => {{
            const digits = labDigits(labDigitData);
            const model = {model};
            for (let k = 0; k < {steps}; k++) model.step();
            return model.frame();
        }})()""",
        *TRAINED,
    )
    return {**frame, "divergences": [*frame.get("divergences", {}).values()]}


def trained(optimizer, rate):
    settings = f"{{optimizer: '{optimizer}', rate: {rate}, seed: 1, input: 1, unit: 1}}"
    return after(f"labTrainingModel({settings}, digits)", 250)["validation"]


def test_plain_gradient_descent_wants_a_larger_rate_than_adam():
    mean_image = 4.6
    assert trained("sgd", 0.003) > 4 > 2.5 > trained("sgd", 0.1)
    assert trained("adam", 0.001) < 2.5
    assert trained("adam", 0.3) > mean_image


@pytest.mark.parametrize(("kind", "least", "most"), [("linear", 1.0, 1.05), ("deep", 0.7, 0.85)])
def test_linear_comes_down_to_pca_and_deep_goes_below(kind, least, most):
    settings = f"{{kind: '{kind}', p: 2, seed: 1, first: 0, second: 0}}"
    frame = after(f"labBottleneckModel({settings}, digits)", 1500)
    assert least < frame["validation"] / frame["principal"][1][1] < most


@pytest.mark.parametrize(
    ("p", "digits", "noise"), [(8, (0.3, 0.4), (0.75, 1)), (128, (0, 0.01), (0, 0.01))]
)
def test_a_wide_code_copies_and_a_narrow_one_cannot(p, digits, noise):
    settings = f"{{activation: 'linear', p: {p}, seed: 1}}"
    on_digits, on_noise = after(f"labOvercompleteModel({settings}, digits)", 1000)["shares"]
    assert digits[0] <= on_digits <= digits[1] and noise[0] <= on_noise <= noise[1]


def regularized(**changed):
    settings = {"weight": 0, "keep": 64, "damage": 0, "seed": 1} | changed
    text = ", ".join(f"{name}: {value}" for name, value in settings.items())
    return after(f"labRegularizedModel({{{text}}}, digits)", 1000)


def test_a_price_a_count_or_noise_keep_a_wide_code_from_passing_noise_on():
    copy, priced, counted, noisy = (
        regularized(**changed) for changed in ({}, {"weight": 0.3}, {"keep": 8}, {"damage": 0.3})
    )
    assert copy["errors"][0] < 0.05 and copy["errors"][1] > 3.4
    assert 6 < priced["used"] < 8 and counted["used"] <= 8 and counted["dead"] > 10
    assert max(priced["errors"][1], counted["errors"][1]) < 0.67 * copy["errors"][1]
    assert noisy["errors"][1] < 0.5 * copy["errors"][1]
    assert noisy["errors"][0] < counted["errors"][0] < priced["errors"][0]


def test_a_denoiser_finds_the_exact_arrows():
    model = "labScoreModel({kind: 'ring', damage: 0.2, seed: 1})"
    assert after(model, 1500)["alike"] > 0.98 > 0.9 > after(model, 1)["alike"]


def judged(digit, threshold):
    """What a threshold does where a digit was left out."""
    return evaluate(
        f"""(() => {{
            const digits = labDigits(labDigitData);
            const model = labAlarmModel({{digit: {digit}, seed: 1}}, digits);
            for (let k = 0; k < 900; k++) model.step();
            const unknown = [...digits.labels.slice(800)].map((label) => Number(label) === {digit});
            return labJudge(model.frame().scores, unknown, {threshold});
        }})()""",
        *TRAINED,
    )


def test_a_threshold_finds_zeros_and_misses_half_of_the_ones():
    zeros, ones, strict = judged(0, 2), judged(1, 2), judged(0, 3)
    assert zeros["recall"] == 1 and zeros["falseAlarms"] == pytest.approx(1 / 7, abs=0.03)
    assert 0.4 < ones["recall"] < 0.6
    assert strict["precision"] > zeros["precision"] and strict["recall"] < zeros["recall"]


def test_a_code_of_eight_numbers_finds_less_than_the_pixels():
    by_code, by_pixels = evaluate(
        """(() => {
            const { train, validation, labels } = labDigits(labDigitData);
            const network = labDrawnNetwork(labDrawnWeights);
            const encode = (x) => network.run(x, x.length / 64, null, 0, 2);
            const known = labels.slice(800);
            return [labPrecision(encode(validation), known, encode(train), labels, 8),
                labPrecision(validation, known, train, labels, 64)];
        })()""",
        *("data/drawn-network", "stored", "search"),
    )
    assert [round(100 * share) for share in (by_code, by_pixels)] == [85, 94]


def deep(activation, way, steps):
    settings = f"{{activation: '{activation}', way: '{way}', seed: 1}}"
    return after(f"labSignalModel({settings}, digits)", steps)


def test_logistic_layers_wait_at_the_mean_image_unless_they_are_trained_by_stages():
    mean_image = pytest.approx(4.63, abs=0.05)
    waiting = deep("sigmoid", "jointly", 600)
    assert waiting["error"] == mean_image
    assert waiting["gradients"][-1] > 1e5 * waiting["gradients"][0]
    left, staged = deep("sigmoid", "jointly", 1500), deep("sigmoid", "stages", 1500)
    assert staged["error"] < left["error"] - 0.5 and left["error"] < 3.8
    assert deep("relu", "jointly", 300)["error"] < 3


def test_beta_spreads_the_codes_or_makes_the_units_give_up():
    free, tight = (
        after(f"labVariationalModel({{beta: {b}, seed: 1, first: 0, second: 0}}, digits)", 700)
        for b in (0, 4)
    )
    outside = [abs(value) > 2 for value in free["codes"].values()]
    assert sum(outside) > 20 and min(free["divergences"]) > 3
    assert max(tight["divergences"]) < 0.01
    assert tight["validation"] == pytest.approx(4.63, abs=0.05)  # that of the mean image


@pytest.mark.parametrize(("sparsity", "kept"), [(0.5, 4), (0.7, 4), (0.9, 5)])
def test_sparser_features_share_two_dimensions(sparsity, kept):
    settings = f"{{sparsity: {sparsity}, seed: 1}}"
    weights = after(f"labSuperpositionModel({settings})", 900)["weights"]
    columns = [[weights[str(2 * i)], weights[str(2 * i + 1)]] for i in range(5)]
    found = evaluate(f"labGaps({columns})", "superposition")
    assert found["kept"] == kept
    assert found["gaps"] == pytest.approx([360 / kept] * kept, abs=6)
