"""Forget what files were called whose delivery was given up: people name files after people."""

from django.db import migrations

# A delivery that is still looked at is being read; of all others the name stays only where it was given up.
FORGET = """
update servicing_importbatch set files = (
    select jsonb_agg(entry - 'named' order by place)
    from jsonb_array_elements(files) with ordinality as of_file(entry, place))
where status <> 'staging' and jsonb_path_exists(files, '$[*].named')
"""


class Migration(migrations.Migration):
    dependencies = [("servicing", "0031_great_tables_swept_early")]
    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
