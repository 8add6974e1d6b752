"""The tables of the archive: borrowers, their loans, what became of each, and what others say of them."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import servicing.models.archive.borrowers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("servicing", "0004_verbs_of_a_loan"),
        ("servicing", "0008_oldest_due"),
        ("servicing", "0010_mend_archive_promises"),
        ("servicing", "0018_annual_rate"),
        ("servicing", "0024_knowledge"),
        ("servicing", "0025_last_product"),
        ("servicing", "0026_stamps_set_aside"),
        ("servicing", "0028_restriction_and_consent"),
        ("servicing", "0029_sources_declare_consent"),
    ]

    initial = True

    dependencies = [("servicing", "0001_house")]

    operations = [
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=32, unique=True)),
                ('name', models.CharField(max_length=64)),
                ('zone', models.CharField(default='Asia/Shanghai', max_length=64)),
                ('opened_on', models.DateField(null=True)),
                ('declares_consent', models.BooleanField(db_default=True, default=True)),
            ],
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=32, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=64, verbose_name='name')),
                ('conventions', models.JSONField(blank=True, default=dict, editable=False, validators=[servicing.models.archive.borrowers.are_conventions])),
            ],
            options={
                'verbose_name': 'product',
                'verbose_name_plural': 'products',
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(null=True)),
                ('kind', models.CharField(max_length=11)),
                ('digit', models.CharField(max_length=1)),
                ('number', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), ('month', None)), models.Q(models.Q(('kind', ''), _negated=True), ('month__isnull', False)), _connector='OR'), name='tally_of_loans_says_month_and_kind')],
            },
        ),
        migrations.CreateModel(
            name='Borrower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('reference', models.CharField(max_length=12, unique=True)),
                ('name_cipher', models.BinaryField(null=True)),
                ('national_id_cipher', models.BinaryField(null=True)),
                ('phone_cipher', models.BinaryField(null=True)),
                ('national_id_index', models.BinaryField(max_length=16, null=True)),
                ('phone_index', models.BinaryField(max_length=16, null=True)),
                ('created_at', models.DateTimeField()),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.source')),
            ],
            options={
                'indexes': [models.Index(fields=['phone_index'], name='borrower_by_phone')],
                'constraints': [models.UniqueConstraint(fields=('source', 'external_id'), name='one_borrower_a_source_and_id'), models.UniqueConstraint(fields=('national_id_index',), name='one_borrower_a_national_id')],
            },
        ),
        migrations.CreateModel(
            name='Loan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('currency', models.CharField(default='CNY', max_length=3)),
                ('principal', models.DecimalField(decimal_places=2, max_digits=14)),
                ('total_due', models.DecimalField(decimal_places=2, max_digits=14)),
                ('disbursed_on', models.DateField()),
                ('disbursed_at', models.DateTimeField(null=True)),
                ('written_off_on', models.DateField(null=True)),
                ('status', models.CharField(choices=[('open', 'still open'), ('settled', 'settled')], default='open', max_length=8)),
                ('settled_on', models.DateField(null=True)),
                ('borrower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='servicing.borrower')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.product')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.source')),
                ('grace_days', models.IntegerField(default=0)),
                ('mandate_revoked_on', models.DateField(null=True)),
                ('recalled_on', models.DateField(null=True)),
                ('annual_rate', models.DecimalField(decimal_places=8, max_digits=9, null=True)),
                ('known_on', models.DateField()),
            ],
            options={
                'indexes': [models.Index(fields=['external_id'], name='loan_by_number'), models.Index(fields=['borrower', 'disbursed_on'], include=('id', 'known_on'), name='loan_by_borrower')],
                'constraints': [models.UniqueConstraint(fields=('source', 'external_id'), name='one_loan_a_source_and_number'), models.CheckConstraint(condition=models.Q(('principal__gt', 0)), name='loan_lends_something'), models.CheckConstraint(condition=models.Q(models.Q(('settled_on__isnull', False), ('status', 'settled')), models.Q(('settled_on', None), ('status', 'open')), _connector='OR'), name='settled_loan_says_when'), models.CheckConstraint(condition=models.Q(('grace_days__gte', 0)), name='grace_of_a_loan_is_not_negative'), models.CheckConstraint(condition=models.Q(('annual_rate', None), models.Q(('annual_rate__gte', 0), ('annual_rate__lte', 1)), _connector='OR'), name='annual_rate_is_a_share_of_one'), models.CheckConstraint(condition=models.Q(('known_on__gte', models.F('disbursed_on'))), name='loan_is_known_after_it_began')],
            },
        ),
        migrations.CreateModel(
            name='Instalment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('due_on', models.DateField()),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('cleared_on', models.DateField(null=True)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instalments', to='servicing.loan')),
                ('agreed_on', models.DateField(null=True)),
                ('grace_days', models.IntegerField(default=0)),
                ('replaced_on', models.DateField(null=True)),
            ],
            options={
                'ordering': ['number', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='instalment_asks_something'), models.UniqueConstraint(condition=models.Q(('replaced_on', None)), fields=('loan', 'number'), name='one_instalment_in_force_a_loan_and_number'), models.CheckConstraint(condition=models.Q(('grace_days__gte', 0)), name='grace_is_not_negative'), models.CheckConstraint(condition=models.Q(('replaced_on', None), ('agreed_on', None), ('replaced_on__gte', models.F('agreed_on')), _connector='OR'), name='instalment_is_replaced_after_it_was_agreed'), models.CheckConstraint(condition=models.Q(('replaced_on', None), ('cleared_on', None), _connector='OR'), name='replaced_instalment_is_not_cleared')],
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14)),
                ('paid_at', models.DateTimeField()),
                ('paid_on', models.DateField()),
                ('origin', models.CharField(choices=[('borrower', 'borrower'), ('guarantor', 'guarantor'), ('waiver', 'waiver'), ('recovery', 'recovery after write-off'), ('refinancing', 'refinancing'), ('transfer', 'debt transfer'), ('refund', 'refund to the borrower')], default='borrower', max_length=11)),
                ('outcome', models.CharField(choices=[('succeeded', 'succeeded'), ('failed', 'failed')], default='succeeded', max_length=9)),
                ('channel', models.CharField(blank=True, max_length=32)),
                ('error_code', models.CharField(blank=True, max_length=32)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='servicing.loan')),
                ('reversed_at', models.DateTimeField(null=True)),
                ('reversed_on', models.DateField(null=True)),
                ('borrower', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.borrower')),
                ('known_on', models.DateField()),
            ],
            options={
                'ordering': ['paid_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('outcome', 'failed')), fields=['borrower', 'paid_on'], include=('known_on',), name='payment_failed_by_borrower')],
                'constraints': [models.UniqueConstraint(fields=('loan', 'external_id'), name='one_payment_a_loan_and_number'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_moves_something'), models.CheckConstraint(condition=models.Q(('outcome', 'failed'), ('error_code', ''), _connector='OR'), name='only_a_failed_payment_has_an_error'), models.CheckConstraint(condition=models.Q(models.Q(('reversed_at', None), ('reversed_on', None)), models.Q(('reversed_at__isnull', False), ('reversed_on__isnull', False)), _connector='OR'), name='reversed_payment_says_when'), models.CheckConstraint(condition=models.Q(('reversed_on', None), ('outcome', 'succeeded'), _connector='OR'), name='only_money_that_moved_is_reversed'), models.CheckConstraint(condition=models.Q(models.Q(('borrower__isnull', False), ('outcome', 'failed')), models.Q(('borrower', None), ('outcome', 'succeeded')), _connector='OR'), name='failed_payment_names_the_borrower'), models.CheckConstraint(condition=models.Q(('known_on__gte', models.F('paid_on'))), name='payment_is_known_after_it_happened')],
            },
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='servicing.loan')),
            ],
            options={
                'ordering': ['starts_on'],
                'constraints': [models.UniqueConstraint(fields=('loan', 'starts_on'), name='one_pause_a_loan_and_first_day'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='pause_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Guarantor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('name_cipher', models.BinaryField(null=True)),
                ('phone_cipher', models.BinaryField(null=True)),
                ('released_on', models.DateField(null=True)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guarantors', to='servicing.loan')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('loan', 'external_id'), name='one_guarantor_a_loan_and_id')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('sent_at', models.DateTimeField()),
                ('sent_on', models.DateField()),
                ('channel', models.CharField(max_length=32)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='servicing.loan')),
            ],
            options={
                'ordering': ['sent_at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('loan', 'external_id'), name='one_reminder_a_loan_and_number')],
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField(default=1)),
                ('kind', models.CharField(choices=[('transferred', 'debt transferred'), ('refinanced', 'refinanced by a new loan'), ('recovered', 'recovered after write-off'), ('guarantor', 'paid by the guarantor'), ('waived', 'settled with a waiver'), ('late', 'repaid late'), ('early', 'repaid early'), ('normal', 'repaid as agreed'), ('reopened', 'opened again')], max_length=11)),
                ('settled_on', models.DateField()),
                ('final_due_on', models.DateField()),
                ('disbursed_on', models.DateField()),
                ('days_late', models.IntegerField(help_text='days after the final due date; negative is early')),
                ('worst_dpd', models.IntegerField()),
                ('times_late', models.IntegerField()),
                ('instalments', models.IntegerField()),
                ('failed_payments', models.IntegerField()),
                ('paid', models.DecimalField(decimal_places=2, max_digits=14)),
                ('profile', models.CharField(help_text='last 60 months, oldest first: see the glossary', max_length=60)),
                ('frozen_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(null=True)),
                ('borrower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='servicing.borrower')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='servicing.loan')),
                ('overpaid', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ('reported', models.JSONField(default=list)),
                ('known_on', models.DateField()),
                ('superseded_on', models.DateField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('superseded_at', None)), fields=['borrower', 'settled_on'], include=('loan', 'disbursed_on', 'days_late', 'worst_dpd', 'times_late', 'kind'), name='settlement_by_borrower'), models.Index(condition=models.Q(('superseded_on__isnull', False)), fields=['borrower', 'superseded_on'], name='settlement_replaced'), models.Index(condition=models.Q(('superseded_at', None)), fields=['-settled_on', '-id'], name='settlement_by_day'), models.Index(condition=models.Q(('superseded_at', None)), fields=['kind', '-settled_on', '-id'], name='settlement_by_kind'), models.Index(condition=models.Q(('superseded_at', None)), fields=['-days_late', '-id'], name='settlement_by_lateness'), models.Index(condition=models.Q(('superseded_at', None)), fields=['-worst_dpd', '-id'], name='settlement_by_worst'), models.Index(condition=models.Q(('superseded_at', None)), fields=['-paid', '-id'], name='settlement_by_money')],
                'constraints': [models.UniqueConstraint(fields=('loan', 'version'), name='one_settlement_a_loan_and_version'), models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('loan',), name='one_current_settlement_a_loan'), models.CheckConstraint(condition=models.Q(('overpaid__gte', 0), ('worst_dpd__gte', 0)), name='settlement_is_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'reopened'), _negated=True), models.Q(('superseded_at', models.F('frozen_at')), ('superseded_at__isnull', False)), _connector='OR'), name='reopened_version_is_never_current'), models.CheckConstraint(condition=models.Q(models.Q(('superseded_at', None), ('superseded_on', None)), models.Q(('superseded_at__isnull', False), ('superseded_on__gte', models.F('known_on')), ('superseded_on__isnull', False)), _connector='OR'), name='superseded_settlement_says_from_which_day'), models.CheckConstraint(condition=models.Q(('known_on__gte', models.F('settled_on'))), name='settlement_is_known_after_it_happened')],
            },
        ),
        migrations.CreateModel(
            name='Arrear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('oldest_due_on', models.DateField()),
                ('number', models.IntegerField()),
                ('grace_days', models.IntegerField()),
                ('known_on', models.DateField()),
                ('superseded_on', models.DateField(null=True)),
                ('borrower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.borrower')),
                ('loan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='arrears', to='servicing.loan')),
            ],
            options={
                'indexes': [models.Index(fields=['borrower'], include=('oldest_due_on', 'grace_days', 'known_on', 'superseded_on'), name='arrear_by_borrower'), models.Index(fields=['loan'], name='arrear_by_loan')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_on', None)), fields=('loan',), name='one_current_arrear_a_loan'), models.CheckConstraint(condition=models.Q(('superseded_on', None), ('superseded_on__gte', models.F('known_on')), _connector='OR'), name='arrear_is_superseded_after_it_was_known')],
            },
        ),
        migrations.CreateModel(
            name='OldestDue',
            fields=[
                ('loan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='oldest_due', serialize=False, to='servicing.loan')),
                ('number', models.IntegerField()),
                ('due_on', models.DateField()),
                ('grace_days', models.IntegerField()),
                ('borrower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.borrower')),
                ('written_off_on', models.DateField(null=True)),
                ('former_kind', models.CharField(choices=[('transferred', 'debt transferred'), ('refinanced', 'refinanced by a new loan'), ('recovered', 'recovered after write-off'), ('guarantor', 'paid by the guarantor'), ('waived', 'settled with a waiver'), ('late', 'repaid late'), ('early', 'repaid early'), ('normal', 'repaid as agreed'), ('reopened', 'opened again')], max_length=11, null=True)),
                ('former_on', models.DateField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['borrower'], name='oldest_due_by_borrower'), models.Index(condition=models.Q(('former_kind__isnull', False)), fields=['due_on', 'loan'], include=('borrower', 'number', 'grace_days', 'written_off_on', 'former_kind'), name='oldest_due_of_former')],
            },
        ),
        migrations.CreateModel(
            name='BorrowerHistory',
            fields=[
                ('borrower', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='history', serialize=False, to='servicing.borrower')),
                ('settled_loans', models.IntegerField()),
                ('late_loans', models.IntegerField()),
                ('early_loans', models.IntegerField()),
                ('worst_dpd', models.IntegerField()),
                ('failed_payments', models.IntegerField()),
                ('first_settled_on', models.DateField(db_index=True)),
                ('last_settled_on', models.DateField()),
                ('last_days_late', models.IntegerField()),
                ('next_lapse_on', models.DateField(null=True)),
                ('rolled_at', models.DateTimeField()),
                ('adverse_ends', models.IntegerField(default=0)),
                ('adverse_years', models.IntegerField(default=5)),
                ('late_days', models.IntegerField(default=0)),
                ('quickest_return', models.IntegerField(null=True)),
                ('valid_from', models.DateField()),
                ('last_product', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.product')),
            ],
        ),
        migrations.CreateModel(
            name='Stamp',
            fields=[
                ('borrower', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='servicing.borrower')),
                ('stamped_at', models.DateTimeField()),
                ('aside_at', models.DateTimeField(null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('trouble', models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name='Observation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('external_id', models.CharField(max_length=64)),
                ('kind', models.CharField(choices=[('asked', 'source asked'), ('inquiry', 'inquiry by a lender'), ('loan', 'new loan elsewhere'), ('overdue', 'overdue elsewhere'), ('balance', 'balance elsewhere'), ('record', 'public record'), ('guarantee', 'claim on a guarantor')], max_length=9)),
                ('lender', models.CharField(blank=True, max_length=32)),
                ('observed_on', models.DateField()),
                ('ended_on', models.DateField(null=True)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('days', models.IntegerField(null=True)),
                ('known_on', models.DateField()),
                ('superseded_on', models.DateField(null=True)),
                ('arrived_at', models.DateTimeField()),
                ('borrower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='servicing.borrower')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.source')),
            ],
            options={
                'indexes': [models.Index(fields=['borrower', 'kind', 'lender', 'observed_on'], include=('source', 'ended_on', 'amount', 'days', 'known_on', 'superseded_on'), name='observation_by_borrower')],
                'constraints': [models.UniqueConstraint(fields=('source', 'external_id'), name='one_observation_a_source_and_number'), models.CheckConstraint(condition=models.Q(('known_on__gte', models.F('observed_on'))), name='observation_is_known_after_it_was_so'), models.CheckConstraint(condition=models.Q(('superseded_on', None), ('superseded_on__gte', models.F('known_on')), _connector='OR'), name='observation_is_superseded_after_it_was_known'), models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('observed_on')), _connector='OR'), name='observation_ends_after_it_was_so'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gte', 0), ('amount__isnull', False), ('kind', 'balance')), models.Q(models.Q(('kind', 'balance'), _negated=True), models.Q(('amount', None), ('amount__gte', 0), _connector='OR')), _connector='OR'), name='balance_names_an_amount'), models.CheckConstraint(condition=models.Q(models.Q(('days__gte', 1), ('days__isnull', False), ('kind', 'overdue')), models.Q(models.Q(('kind', 'overdue'), _negated=True), ('days', None)), _connector='OR'), name='overdue_names_its_days'), models.CheckConstraint(condition=models.Q(('kind', 'asked'), models.Q(('lender', ''), _negated=True), _connector='OR'), name='observation_names_a_lender')],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('issued_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoke_reason', models.CharField(blank=True, max_length=200)),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='servicing.loan')),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('settlement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='servicing.settlement')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('settlement',), name='one_valid_certificate_a_settlement'), models.CheckConstraint(condition=models.Q(models.Q(('revoke_reason', ''), ('revoked_at', None), ('revoked_by', None)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False), models.Q(('revoke_reason', ''), _negated=True)), _connector='OR'), name='revoked_certificate_says_who_when_and_why')],
            },
        ),
        migrations.CreateModel(
            name='PayoffStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('kind', models.CharField(choices=[('mandate', 'debit mandate revoked'), ('reminders', 'reminders and collectors recalled'), ('refund', 'overpayment refunded'), ('guarantor', 'guarantor released'), ('record', 'credit record drafted')], max_length=9)),
                ('status', models.CharField(choices=[('open', 'to do'), ('done', 'done'), ('not_needed', 'not needed any more')], default='open', max_length=10)),
                ('due_on', models.DateField()),
                ('done_on', models.DateField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='servicing.loan')),
                ('amount', models.DecimalField(decimal_places=2, default=0, max_digits=14)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'open')), fields=['due_on', 'id'], name='step_to_do')],
                'constraints': [models.UniqueConstraint(fields=('loan', 'version', 'kind'), name='one_step_a_kind_and_version'), models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None), ('done_on', None), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('done_at__isnull', False), ('done_by__isnull', False), ('done_on__isnull', False)), _connector='OR'), name='closed_step_says_who_and_when')],
            },
        ),
        migrations.CreateModel(
            name='ClassOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grade', models.CharField(choices=[('normal', 'normal'), ('special_mention', 'special mention'), ('substandard', 'substandard'), ('doubtful', 'doubtful'), ('loss', 'loss')], max_length=15)),
                ('reason', models.CharField(max_length=500)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='class_overrides', to='servicing.loan')),
            ],
            options={
                'indexes': [models.Index(fields=['loan', '-at'], name='override_by_loan')],
                'constraints': [models.CheckConstraint(condition=models.Q(('until_on__gte', models.F('from_on'))), name='override_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='override_names_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('purpose', models.CharField(choices=[('outside_data', 'reading outside data after payoff')], max_length=16)),
                ('basis', models.CharField(choices=[('source', 'declared by the source'), ('contract', 'in a contract'), ('paper', 'on paper'), ('app', 'in the app'), ('phone', 'on the phone, recorded')], max_length=8)),
                ('given_on', models.DateField()),
                ('until_on', models.DateField(null=True)),
                ('withdrawn_on', models.DateField(null=True)),
                ('at', models.DateTimeField()),
                ('borrower', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='servicing.borrower')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['borrower', '-given_on', '-id'], name='consent_by_borrower')],
                'constraints': [models.CheckConstraint(condition=models.Q(('until_on', None), ('until_on__gte', models.F('given_on')), _connector='OR'), name='consent_ends_after_it_is_given'), models.CheckConstraint(condition=models.Q(('withdrawn_on', None), ('withdrawn_on__gte', models.F('given_on')), _connector='OR'), name='consent_is_withdrawn_after_it_is_given')],
            },
        ),
        migrations.CreateModel(
            name='Restriction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('retention', 'only the duty to keep remains'), ('erasure', 'erasure asked for while a period still runs'), ('dispute', 'the person disputes the data'), ('unlawful', 'processing may have been unlawful')], max_length=9)),
                ('reason', models.CharField(max_length=200)),
                ('from_on', models.DateField()),
                ('until_on', models.DateField(null=True)),
                ('at', models.DateTimeField()),
                ('lifted_on', models.DateField(null=True)),
                ('borrower', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='restrictions', to='servicing.borrower')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='restriction_says_why'), models.CheckConstraint(condition=models.Q(('until_on', None), ('until_on__gte', models.F('from_on')), _connector='OR'), name='restriction_ends_after_it_begins'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('lifted_on', None)), expressions=[(models.Func('borrower', 'borrower', models.Value('[]'), function='int8range'), '&&'), (models.Func('from_on', 'until_on', models.Value('[]'), function='daterange'), '&&')], name='one_restriction_a_borrower_and_day')],
            },
        ),
    ]
