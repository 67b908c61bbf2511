"""The gradient under the pointer, and those that no replay reaches."""

import pytest
from javascript import TRAINED, evaluate

CHECK = """(() => {
    const digits = labDigits(labDigitData);
    const model = labTrainingModel(
        {optimizer: "adam", rate: 0.003, seed: 2, input: 3, unit: 5}, digits);
    for (let k = 0; k < 40; k++) model.step();
    return [[1, 1], [3, 5], [32, 8], [17, 4]].map(([input, unit]) => {
        model.set({input, unit});
        return {...model.frame().check, stored: model.network.parameters[2].value[
            (input - 1) * 8 + unit - 1]};
    });
})()"""


def test_backpropagation_and_finite_difference_agree_to_six_digits():
    checks = evaluate(CHECK, "training")
    assert len({check["value"] for check in checks}) == 4
    for check in checks:
        assert check["value"] == check["stored"]
        assert check["gradient"] == pytest.approx(check["difference"], rel=1e-6, abs=1e-7)
    assert any(abs(check["gradient"]) > 0.01 for check in checks)


def test_a_wrong_slope_would_be_noticed():
    checks = evaluate(CHECK, "training", replace=("(y > 0 ? 1 : 0)", "1"))
    assert any(abs(c["gradient"] - c["difference"]) > 0.01 for c in checks)


def test_a_frame_changes_nothing():
    """Looking at a model draws no random number and moves no weight."""
    code = """((names) => names.map(([make, settings]) => [false, true].map((look) => {
        const digits = labDigits(labDigitData);
        const model = make({...settings, seed: 3, first: 9, second: 9}, digits);
        for (let k = 0; k < 20; k++) { model.step(); if (look) model.frame(); }
        return model.step();
    })))([
        [labTrainingModel, {optimizer: "adam", rate: 0.001, input: 1, unit: 1}],
        [labBottleneckModel, {kind: "deep", p: 3}],
        [labVariationalModel, {beta: 1}],
        [labSuperpositionModel, {sparsity: 0.9}],
        [labOvercompleteModel, {activation: "relu", p: 8}],
        [labRegularizedModel, {weight: 0.1, keep: 8, damage: 0.3}],
        [labScoreModel, {kind: "ring", damage: 0.2}],
        [labSignalModel, {activation: "sigmoid", way: "stages", each: 7}],
        [labAlarmModel, {digit: 0}],
    ])"""
    for unseen, seen in evaluate(code, *TRAINED):
        assert unseen == seen
