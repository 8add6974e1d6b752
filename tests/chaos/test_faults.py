"""Faults drawn from a seed: `manage.py test tests/chaos --seeds 20`; a failing one replays by `--seed N`."""

import os
from pathlib import Path

import pytest
from django.conf import settings

from tests.chaos import house

pytestmark = pytest.mark.chaos


def pytest_generate_tests(metafunc):
    only, count = metafunc.config.getoption("--seed"), metafunc.config.getoption("--seeds")
    metafunc.parametrize("seed", [only] if only is not None else range(1, count + 1))


@pytest.fixture(scope="module")
def state(django_db_setup):
    if os.environ.get("DATABASE_URL"):
        pytest.skip("the faults stop servers, so they need those that come with the house")
    state = Path(settings.STATE) / "chaos"
    house.copied(state)
    return state


def test_after_any_faults_all_is_as_if_there_had_been_none(seed, state):
    ended = house.visited(state, "tests.chaos.drive", str(seed))
    print(ended.stdout)
    assert ended.returncode == 0, f"replay with --seed {seed}\n{ended.stderr[-2000:]}\n{ended.stdout}"
