"""A database made by the migrations of before counts as made, or is told what to do."""

from itertools import groupby

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.endings import Trouble
from config.management.commands.migrate import half_way


def ours():
    every = MigrationLoader(None).replacements
    return {key: every[key] for key in every if key[0] in ("servicing", "reviews")}


def replaced():
    """The names of before, app by app, each in the order in which they were applied."""
    names = sorted(key for one in ours().values() for key in one.replaces)
    return [list(of_app) for _app, of_app in groupby(names, key=lambda key: key[0])]


def test_each_migration_of_before_is_replaced_once_and_none_is_left_out():
    for names in replaced():
        assert [int(name[:4]) for _app, name in names] == list(range(1, len(names) + 1))


def test_wherever_it_stopped_in_between_it_is_told_how_far_to_go():
    every = [key for names in replaced() for key in names]
    assert half_way([]) is half_way(every) is None
    for names in replaced():
        for n in range(1, len(names)):
            assert half_way(set(every) - set(names[n:])) == ".".join(names[-1])


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_a_database_that_had_them_all_is_up_to_date_and_one_that_lacks_one_is_refused(capsys):
    rows = MigrationRecorder(connections["owner"]).migration_qs.filter(app__in=("servicing", "reviews"))
    assert rows.filter(name__in=[name for _app, name in ours()]).delete()[0] == len(ours())
    call_command("migrate")
    assert "No migrations to apply" in capsys.readouterr().out
    rows.filter(name="0032_names_of_given_up_files").delete()
    with pytest.raises(Trouble, match=r"servicing\.0032_names_of_given_up_files"):
        call_command("migrate")
