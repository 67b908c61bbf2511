"""Data are put on the device once, and anew when the arrays are others."""

from ae_course.training.engine import Engine


class Counting(Engine):
    def __init__(self):
        self.put = []

    def _put(self, part):
        self.put.append(part)
        return f"device {part}"


def test_the_same_data_are_put_there_once():
    engine, data = Counting(), ("x", None, "w")
    assert engine.on_device(data) == engine.on_device(data) == ("device x", None, "device w")
    assert engine.put == ["x", "w"]


def test_other_data_take_their_place():
    engine = Counting()
    engine.on_device(("x",))
    assert engine.on_device(("y",)) == ("device y",)
