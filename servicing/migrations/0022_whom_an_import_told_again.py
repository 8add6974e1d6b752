import django.contrib.postgres.fields
from django.db import migrations, models

# Of imports from before this was written down as far as it is known: what they added to was on file.
TOLD = """
update servicing_arrival set
    told_loans = array(select (one ->> 0)::bigint from jsonb_array_elements(added) one),
    told_borrowers = array(select distinct pk::bigint
        from jsonb_each(filled) field, jsonb_array_elements_text(field.value) pk)
where added <> '[]' or filled <> '{}'
"""


def ids(words):
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.BigIntegerField(), default=list, help_text=words, size=None
    )


class Migration(migrations.Migration):
    dependencies = [("servicing", "0021_faults_of_a_delivery")]
    operations = [
        migrations.AddField("arrival", "told_borrowers", ids("who were on file before")),
        migrations.AddField("arrival", "told_loans", ids("what was on file before")),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
