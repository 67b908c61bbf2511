"""What the page says of its laboratories is so; the numbers are those of seed 1."""

import pytest
from javascript import evaluate

FILES = ("principal", "pad", "training", "bottleneck", "variational", "superposition")


def after(model, steps):
    """What a model of the page shows after some steps."""
    frame = evaluate(
        f"""(() => {{
            const digits = labDigits(labDigitData);
            const model = {model};
            for (let k = 0; k < {steps}; k++) model.step();
            return model.frame();
        }})()""",
        *FILES,
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
