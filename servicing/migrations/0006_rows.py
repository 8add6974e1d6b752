"""The rows that a new house begins with: its roles, and the machines in whose name the schedule and the shell act."""

from django.contrib.auth.hashers import make_password
from django.db import migrations

ROLES = ["cs", "cs_lead", "risk", "risk_lead", "privacy", "admin", "auditor"]
MACHINES = ["clock", "operator"]


def people(apps, schema_editor):
    db = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Staff = apps.get_model("servicing", "Staff")
    for name in ROLES:
        Group.objects.using(db).get_or_create(name=name)
    for name in MACHINES:
        Staff.objects.using(db).get_or_create(
            username=name,
            defaults={"name": name, "is_machine": True, "is_active": False, "password": make_password(None)},
        )


class Migration(migrations.Migration):
    replaces = [
        ("servicing", "0012_follow_up"),
        ("servicing", "0020_end_what_was_left_over"),
        ("servicing", "0032_names_of_given_up_files"),
    ]
    dependencies = [("servicing", "0005_kept_by_the_database"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(people, migrations.RunPython.noop)]
