"""The tables of reviews: rules and cards, snapshots, alerts, cases, and how the book stood."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # Each file here stands for names of its own, so that who stops between two files goes on from there; and so
    # dealt out that wherever the chain of before stopped, one of them is there in part, which `migrate` tells.
    replaces = [
        ("reviews", "0001_initial"),
        ("reviews", "0004_restored_by_whom"),
        ("reviews", "0005_thirty_features"),
        ("reviews", "0007_portfolio_by_day"),
        ("reviews", "0008_snapshots_that_hold"),
        ("reviews", "0009_orders_of_alerts"),
        ("reviews", "0010_smaller_snapshots"),
    ]

    initial = True

    dependencies = [("servicing", "0006_rows")]

    operations = [
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True)),
                ('number', models.SmallIntegerField(unique=True)),
                ('group', models.CharField(max_length=16)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 127)), name='rule_number_fits_the_array'), models.CheckConstraint(condition=models.Q(('code__regex', '^[a-z][a-z0-9_]*$')), name='rule_code_is_a_name')],
            },
        ),
        migrations.CreateModel(
            name='CoverageDay',
            fields=[
                ('as_of', models.DateField(primary_key=True, serialize=False)),
                ('due', models.DateField()),
                ('counted_at', models.DateTimeField()),
                ('parts', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('active', 'in force'), ('retired', 'out of force')], default='draft', max_length=7)),
                ('drafted_at', models.DateTimeField()),
                ('activated_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('number', models.IntegerField()),
                ('name_zh', models.CharField(max_length=40)),
                ('name_en', models.CharField(max_length=60)),
                ('conditions', models.JSONField()),
                ('measure', models.CharField(max_length=32)),
                ('worse', models.CharField(max_length=4)),
                ('priority', models.SmallIntegerField()),
                ('activated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='reviews.rule')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('rule', 'number'), name='one_version_a_rule_and_number'), models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('rule',), name='one_draft_a_rule'), models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('rule',), name='one_version_of_a_rule_in_force'), models.CheckConstraint(condition=models.Q(models.Q(('activated_at', None), ('activated_by', None), ('drafted_by__isnull', False), ('retired_at', None), ('status', 'draft')), models.Q(('activated_at__isnull', False), ('retired_at', None), ('status', 'active'), models.Q(('drafted_by', None), models.Q(('activated_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), _connector='OR')), models.Q(('activated_at__isnull', False), ('retired_at__isnull', False), ('status', 'retired'), models.Q(('drafted_by', None), models.Q(('activated_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), _connector='OR')), _connector='OR'), name='rule_version_is_of_two_people')],
            },
        ),
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('draft', 'draft'), ('active', 'in force'), ('retired', 'out of force')], default='draft', max_length=7)),
                ('drafted_at', models.DateTimeField()),
                ('activated_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
                ('number', models.IntegerField(unique=True)),
                ('kind', models.CharField(choices=[('expert', 'expert, not calibrated'), ('trained', 'trained')], max_length=7)),
                ('base', models.SmallIntegerField()),
                ('bins', models.JSONField()),
                ('bounds', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=2)),
                ('activated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('status',), name='one_draft_card'), models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('status',), name='one_card_in_force'), models.CheckConstraint(condition=models.Q(models.Q(('activated_at', None), ('activated_by', None), ('drafted_by__isnull', False), ('retired_at', None), ('status', 'draft')), models.Q(('activated_at__isnull', False), ('retired_at', None), ('status', 'active'), models.Q(('drafted_by', None), models.Q(('activated_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), _connector='OR')), models.Q(('activated_at__isnull', False), ('retired_at__isnull', False), ('status', 'retired'), models.Q(('drafted_by', None), models.Q(('activated_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), _connector='OR')), _connector='OR'), name='scorecard_is_of_two_people')],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('number', models.IntegerField(primary_key=True, serialize=False)),
                ('activated_at', models.DateTimeField()),
                ('versions', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='ids of rule versions, by number of their rules', size=None)),
                ('digest', models.CharField(help_text='of the rules and the card, word by word', max_length=64)),
                ('activated_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('card', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reviews.scorecard')),
            ],
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('pk', models.CompositePrimaryKey('as_of', 'borrower_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('as_of', models.DateField()),
                ('settled_loans', models.SmallIntegerField()),
                ('worst_dpd', models.SmallIntegerField()),
                ('late_share', models.SmallIntegerField()),
                ('early_share', models.SmallIntegerField()),
                ('last_days_late', models.SmallIntegerField()),
                ('days_since_payoff', models.SmallIntegerField()),
                ('new_loans_30', models.SmallIntegerField()),
                ('new_loans_90', models.SmallIntegerField()),
                ('failed_payments_90', models.SmallIntegerField()),
                ('quickest_return', models.SmallIntegerField(null=True)),
                ('fired', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('judged_at', models.DateTimeField()),
                ('borrower', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='servicing.borrower')),
                ('edition', models.IntegerField()),
                ('score', models.SmallIntegerField(null=True)),
                ('adverse_ends', models.SmallIntegerField(null=True)),
                ('average_days_late', models.SmallIntegerField(null=True)),
                ('balance_elsewhere', models.IntegerField(null=True)),
                ('balance_growth_180', models.SmallIntegerField(null=True)),
                ('current_dpd', models.SmallIntegerField(null=True)),
                ('guarantee_claims', models.SmallIntegerField(null=True)),
                ('inquirers_30', models.SmallIntegerField(null=True)),
                ('inquirers_365', models.SmallIntegerField(null=True)),
                ('inquirers_90', models.SmallIntegerField(null=True)),
                ('inquiries_30', models.SmallIntegerField(null=True)),
                ('inquiries_365', models.SmallIntegerField(null=True)),
                ('inquiries_90', models.SmallIntegerField(null=True)),
                ('last_days_early', models.SmallIntegerField(null=True)),
                ('lenders_elsewhere', models.SmallIntegerField(null=True)),
                ('loans_elsewhere_90', models.SmallIntegerField(null=True)),
                ('new_loans_180', models.SmallIntegerField(null=True)),
                ('open_loans', models.SmallIntegerField(null=True)),
                ('overdue_elsewhere', models.SmallIntegerField(null=True)),
                ('overdue_lenders_365', models.SmallIntegerField(null=True)),
                ('public_records', models.SmallIntegerField(null=True)),
                ('holds_until', models.DateField(null=True)),
                ('product', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='servicing.product')),
            ],
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(choices=[('repayment', 'repayment behaviour'), ('borrowing', 'borrowing'), ('record', 'data and record'), ('human', 'human review asked for')], max_length=16)),
                ('status', models.CharField(choices=[('open', 'open'), ('closed', 'closed')], default='open', max_length=6)),
                ('priority', models.IntegerField()),
                ('taken_at', models.DateTimeField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('opened_on', models.DateField()),
                ('due_on', models.DateField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('borrower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.borrower')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('owner', None), ('status', 'open')), fields=['-priority', 'due_on', 'id'], name='case_in_line'), models.Index(condition=models.Q(('status', 'open')), fields=['owner'], name='case_by_owner'), models.Index(fields=['opened_on'], name='case_by_day')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('borrower', 'group'), name='one_open_case_a_borrower_and_group'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('owner__isnull', False), ('status', 'closed')), models.Q(('closed_at', None), ('status', 'open')), _connector='OR'), name='closed_case_says_who_and_when'), models.CheckConstraint(condition=models.Q(models.Q(('owner', None), ('taken_at', None)), models.Q(('owner__isnull', False), ('taken_at__isnull', False)), _connector='OR'), name='taken_case_says_who_and_when')],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=32)),
                ('rule_version', models.IntegerField()),
                ('group', models.CharField(max_length=16)),
                ('status', models.CharField(choices=[('waiting', 'waiting for the queue'), ('open', 'in a case'), ('answered', 'answered'), ('closed', 'no longer fires')], default='waiting', max_length=8)),
                ('severity', models.IntegerField(help_text="the rule's measure, so that larger is worse")),
                ('answered_severity', models.IntegerField(null=True)),
                ('priority', models.IntegerField()),
                ('is_opening', models.BooleanField(default=False, help_text='part of the opening balance of a first import')),
                ('evidence', models.JSONField(help_text='feature values when the alert opened; never rewritten')),
                ('latest', models.JSONField(help_text='the same features as of the newest recheck')),
                ('opened_on', models.DateField()),
                ('refreshed_on', models.DateField()),
                ('closed_on', models.DateField(null=True)),
                ('borrower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.borrower')),
                ('case', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='reviews.case')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['is_opening', '-priority', 'id'], name='alert_in_line'), models.Index(fields=['case'], name='alert_by_case'), models.Index(fields=['rule', '-id'], name='alert_by_rule'), models.Index(condition=models.Q(('status', 'closed'), _negated=True), fields=['rule', 'status'], name='live_alert_by_rule'), models.Index(fields=['opened_on', 'id'], name='alert_by_day'), models.Index(condition=models.Q(('is_opening', False)), fields=['-id'], name='alert_of_news')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'closed'), _negated=True), fields=('borrower', 'rule'), name='one_live_alert_a_borrower_and_rule'), models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', False), ('status', 'closed')), models.Q(models.Q(('status', 'closed'), _negated=True), ('closed_on', None)), _connector='OR'), name='closed_alert_says_when'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'open'), _negated=True), ('case__isnull', False), _connector='OR'), name='open_alert_stands_in_a_case'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'answered'), _negated=True), ('answered_severity__isnull', False), _connector='OR'), name='answered_alert_keeps_what_was_answered')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('dismiss', 'dismiss: no concern'), ('watch', 'watch')], max_length=8)),
                ('reason', models.CharField(choices=[('explained', 'explained by the facts'), ('minor', 'too small to matter'), ('data_error', 'the data is wrong'), ('pattern', 'a pattern worth following'), ('first_sign', 'a first sign, not yet a pattern')], max_length=16)),
                ('note', models.TextField(blank=True)),
                ('seen', models.JSONField(help_text='the alerts and their evidence as shown')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='reviews.case')),
            ],
        ),
        migrations.CreateModel(
            name='RuleHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=32)),
                ('version', models.IntegerField()),
                ('fired', models.IntegerField()),
                ('borrowers', models.IntegerField()),
                ('held_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.run')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('rule', 'version'), name='one_hold_a_rule_and_version'), models.CheckConstraint(condition=models.Q(models.Q(('released_at', None), ('released_by', None)), models.Q(('released_at__isnull', False), ('released_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='released_hold_says_who_when_and_why')],
            },
        ),
        migrations.CreateModel(
            name='PortfolioDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cohort', models.DateField()),
                ('band', models.SmallIntegerField(null=True)),
                ('band_before', models.SmallIntegerField(null=True)),
                ('borrowers', models.IntegerField()),
                ('as_of', models.DateField()),
                ('product', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.product')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('as_of', 'product', 'cohort', 'band', 'band_before'), name='one_fact_a_day_product_cohort_and_bands', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='PortfolioShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cohort', models.DateField()),
                ('band', models.SmallIntegerField(null=True)),
                ('band_before', models.SmallIntegerField(null=True)),
                ('borrowers', models.IntegerField()),
                ('product', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.product')),
                ('shard', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='servicing.shard')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Settled',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('servicing.borrowerhistory',),
        ),
    ]
