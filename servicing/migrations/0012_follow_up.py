"""What was told before a payoff, what a step was about, and what was too much in versions of before."""

from django.db import migrations, models

# Versions frozen before there was an `overpaid` said nothing of it; no plan had been replaced by then.
OVERPAID = """
update servicing_settlement s set overpaid = s.paid - asked.amount
from (
    select loan_id, sum(amount) as amount from servicing_instalment where replaced_on is null group by loan_id
) as asked
where asked.loan_id = s.loan_id and s.superseded_at is null and s.overpaid = 0 and s.paid > asked.amount
"""


class Migration(migrations.Migration):

    dependencies = [
        ('servicing', '0011_import_in_part'),
    ]

    operations = [
        migrations.AddField(
            model_name='loan',
            name='mandate_revoked_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='loan',
            name='recalled_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='payoffstep',
            name='amount',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=14),
        ),
        migrations.RunSQL(OVERPAID, migrations.RunSQL.noop),
    ]
