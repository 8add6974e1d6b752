"""A caller is known by two of what is on file, or by the only one."""

import pytest

from servicing.domain.calls import is_known


@pytest.mark.parametrize(
    ("matched", "on_file", "known"),
    [
        (set(), {"name", "phone", "national_id"}, False),
        ({"name"}, {"name", "phone", "national_id"}, False),
        ({"name", "phone"}, {"name", "phone", "national_id"}, True),
        ({"phone"}, {"phone"}, True),
        ({"name"}, {"phone", "national_id"}, False),
        (set(), set(), False),
    ],
)
def test_two_of_what_is_on_file_are_enough(matched, on_file, known):
    assert is_known(matched, on_file) is known
