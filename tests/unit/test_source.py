"""The code that a chapter shows is the package's, without docstrings and decorators."""

from ae_course import Autoencoder, losses, show_source


def test_a_function_is_shown_from_def_to_return(capsys):
    show_source(losses.squared_error)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "def squared_error(x, x_reconstructed):"
    assert lines[-1].strip().startswith("return")
    assert not any('"""' in line for line in lines)


def test_a_class_is_shown_with_its_methods_and_can_be_run(capsys):
    show_source(Autoencoder)
    text = capsys.readouterr().out
    assert text.startswith("class Autoencoder(ModelWithOwnLoss):")
    assert "def compute_loss(" in text and '"""' not in text and "@keras" not in text


def test_a_method_is_shown_without_its_indentation(capsys):
    show_source(Autoencoder.corrupt)
    assert capsys.readouterr().out == "def corrupt(self, x):\n    return x\n"
