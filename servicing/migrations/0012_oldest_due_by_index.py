"""Who keeps the oldest unpaid instalments finds them by their loan, whatever it was planned for.

A session plans the function once. Planned on small tables it would read all of them again with each statement of
an import, which takes hours once they are large.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("servicing", "0011_customers")]

    operations = [
        migrations.RunSQL(
            "alter function keep_oldest_due() set enable_seqscan = off",
            "alter function keep_oldest_due() reset enable_seqscan",
        ),
    ]
