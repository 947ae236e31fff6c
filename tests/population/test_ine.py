"""The national pupil number in its two shapes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from educonnect.population.ine import Ine, Shape


@pytest.mark.parametrize(
    ("code", "shape", "right"),
    [
        ("990000001EB", Shape.RNIE, True),
        ("990000042KH", Shape.RNIE, True),
        ("123456789FJ", Shape.RNIE, True),
        ("990000001EC", Shape.RNIE, False),
        ("0100000001D", Shape.BEA, True),
        ("2599000042W", Shape.BEA, True),
        ("2599000042X", Shape.BEA, False),
        ("0750A12345Z", Shape.OTHER, False),
        ("", Shape.OTHER, False),
    ],
)
def test_shape_and_key_are_told(code, shape, right):
    ine = Ine.parse(code)

    assert (ine.code, ine.shape, ine.has_right_key) == (code, shape, right)


def test_spaces_and_lower_case_do_not_matter():
    assert Ine.parse(" 990000001 eb\n") == Ine("990000001EB", Shape.RNIE, True)


@given(st.text())
def test_nothing_stops_the_reader(text):
    assert Ine.parse(text).shape in Shape
