"""The tables of the house itself: staff, the trail, settings, runs, what two people decide, files for people."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import servicing.models.periods
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    # Each file here stands for names of its own, so that who stops between two files goes on from there; and so
    # dealt out that wherever the chain of before stopped, one of them is there in part, which `migrate` tells.
    replaces = [
        ("servicing", "0001_initial"),
        ("servicing", "0003_settings_named_in_code"),
        ("servicing", "0006_second_person"),
        ("servicing", "0009_knocks"),
        ("servicing", "0016_one_deputy_a_day"),
        ("servicing", "0017_rows_to_mend"),
        ("servicing", "0023_files_by_row"),
    ]

    initial = True

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name='KeyMark',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('mark', models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('is_workday', models.BooleanField(verbose_name='working day')),
                ('note', models.CharField(max_length=200, verbose_name='note')),
            ],
            options={
                'verbose_name': 'calendar day',
                'verbose_name_plural': 'working calendar',
                'ordering': ['-day'],
            },
        ),
        migrations.CreateModel(
            name='Period',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=servicing.models.periods.codes, max_length=64, verbose_name='setting')),
                ('value', models.IntegerField(verbose_name='value')),
                ('citation', models.CharField(max_length=200, verbose_name='citation')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
            ],
            options={
                'verbose_name': 'setting',
                'verbose_name_plural': 'settings',
                'ordering': ['code', '-valid_from'],
                'constraints': [models.UniqueConstraint(fields=('code', 'valid_from'), name='one_value_a_setting_and_day'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='setting_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('value__gte', 0)), name='setting_is_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Knock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('door', models.CharField(max_length=16)),
                ('who', models.BinaryField(max_length=16)),
                ('slot_at', models.DateTimeField(db_index=True)),
                ('count', models.IntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('door', 'who', 'slot_at'), name='one_count_a_door_address_and_slot')],
            },
        ),
        migrations.CreateModel(
            name='Staff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('username', models.CharField(max_length=64, unique=True, verbose_name='username')),
                ('name', models.CharField(blank=True, max_length=64, verbose_name='full name')),
                ('is_machine', models.BooleanField(default=False, verbose_name='acts for the house, cannot sign in')),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('joined_at', models.DateTimeField(auto_now_add=True)),
                ('role', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='auth.group', verbose_name='role')),
            ],
            options={
                'verbose_name': 'staff member',
                'verbose_name_plural': 'staff',
                'constraints': [models.CheckConstraint(condition=models.Q(('is_machine', False), models.Q(('is_active', False), ('role', None)), _connector='OR'), name='a_machine_has_no_role_and_no_sign_in')],
            },
        ),
        migrations.CreateModel(
            name='LedgerHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.BigIntegerField()),
                ('hash', models.BinaryField(max_length=32)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='ledger_has_one_head')],
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('what', models.CharField(max_length=64)),
                ('target_type', models.CharField(blank=True, max_length=64)),
                ('target_id', models.CharField(blank=True, max_length=64)),
                ('detail', models.JSONField(default=dict)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['target_type', 'target_id', '-id'], name='ledger_by_target'), models.Index(fields=['by', '-id'], name='ledger_by_person'), models.Index(fields=['what', '-id'], name='ledger_by_act'), models.Index(fields=['by', 'what', 'at'], name='ledger_of_a_day'), django.contrib.postgres.indexes.BrinIndex(fields=['at'], name='ledger_by_instant', pages_per_range=16)],
                'constraints': [models.CheckConstraint(condition=models.Q(('what', ''), _negated=True), name='ledger_entry_says_what')],
            },
        ),
        migrations.CreateModel(
            name='LedgerLink',
            fields=[
                ('position', models.BigIntegerField(primary_key=True, serialize=False)),
                ('prev', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='link', to='servicing.ledgerentry')),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('slot', models.CharField(max_length=64)),
                ('params', models.JSONField(default=dict)),
                ('status', models.CharField(choices=[('running', 'running'), ('done', 'done'), ('stuck', 'needs a person')], default='running', max_length=8)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('result', models.JSONField(default=dict)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['kind', '-id'], name='run_by_kind')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'slot'), name='one_run_a_kind_and_slot'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at__isnull', False), ('status', 'done')), models.Q(models.Q(('status', 'done'), _negated=True), ('finished_at', None)), _connector='OR'), name='finished_run_says_when')],
            },
        ),
        migrations.CreateModel(
            name='Shard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.IntegerField()),
                ('params', models.JSONField(default=dict)),
                ('size', models.IntegerField(default=0)),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('leased', 'in work'), ('done', 'done'), ('quarantined', 'quarantined')], default='waiting', max_length=11)),
                ('attempts', models.IntegerField(default=0)),
                ('leased_until', models.DateTimeField(null=True)),
                ('worker', models.CharField(blank=True, max_length=100)),
                ('done_at', models.DateTimeField(null=True)),
                ('result', models.JSONField(default=dict)),
                ('trouble', models.CharField(blank=True, max_length=200)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shards', to='servicing.run')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ['waiting', 'leased'])), fields=['run', 'number'], name='shard_to_do')],
                'constraints': [models.UniqueConstraint(fields=('run', 'number'), name='one_shard_a_run_and_number'), models.CheckConstraint(condition=models.Q(models.Q(('leased_until__isnull', False), ('status', 'leased')), models.Q(models.Q(('status', 'leased'), _negated=True), ('leased_until', None)), _connector='OR'), name='leased_shard_says_until_when')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('subject', models.CharField(help_text='what it is about, as noun:key', max_length=64)),
                ('shown', models.JSONField(help_text='what the second person sees; personal data only masked')),
                ('digest', models.CharField(help_text='sha256 of the canonical JSON of what is shown', max_length=64)),
                ('purpose', models.CharField(max_length=200)),
                ('proposed_at', models.DateTimeField()),
                ('lapses_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('waiting', 'waits for a second person'), ('approved', 'approved'), ('refused', 'refused'), ('lapsed', 'lapsed'), ('withdrawn', 'withdrawn')], default='waiting', max_length=9)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('deputy_for', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status', 'waiting')), fields=['lapses_at'], name='approval_waiting'), models.Index(fields=['decided_by', 'decided_at'], name='approval_by_decider')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('kind', 'subject'), name='one_waiting_approval_a_kind_and_subject'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['approved', 'refused']), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='who_proposes_does_not_decide'), models.CheckConstraint(condition=models.Q(('deputy_for', None), models.Q(('deputy_for', models.F('proposed_by')), _negated=True), _connector='OR'), name='nobody_decides_for_who_proposed'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'withdrawn'), _negated=True), ('decided_by', models.F('proposed_by')), _connector='OR'), name='who_proposed_withdraws'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status', 'waiting')), models.Q(('decided_at__isnull', False), ('decided_by', None), ('status', 'lapsed')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('status__in', ['approved', 'refused', 'withdrawn'])), _connector='OR'), name='decided_approval_says_who_and_when'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='refused_approval_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'approved'), _negated=True), ('decided_at__lte', models.F('lapses_at')), _connector='OR'), name='nothing_is_approved_after_it_lapsed'), models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='approval_says_what_for')],
            },
        ),
        migrations.CreateModel(
            name='Deputy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField()),
                ('to_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('recalled_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('deputy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'deputies',
                'constraints': [models.CheckConstraint(condition=models.Q(('person', models.F('deputy')), _negated=True), name='nobody_is_the_own_deputy'), models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='deputy_ends_after_beginning'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('recalled_at', None)), expressions=[(models.Func('person', 'person', models.Value('[]'), function='int8range'), '&&'), (models.Func('from_on', 'to_on', models.Value('[]'), function='daterange'), '&&')], name='one_deputy_a_person_and_day')],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('view', models.CharField(help_text='the route name of the list', max_length=64)),
                ('title', models.CharField(max_length=64)),
                ('filters', models.JSONField(default=list, help_text='[[label, value]] as the list was narrowed')),
                ('format', models.CharField(choices=[('xlsx', 'Excel workbook (XLSX)'), ('csv', 'text table (CSV)')], max_length=4)),
                ('reason', models.CharField(choices=[('review', 'review within the house'), ('reconcile', 'comparison with another system'), ('audit', 'audit'), ('authority', 'request of an authority'), ('borrower', 'request of the borrower'), ('mend', 'rejected rows are mended')], max_length=16)),
                ('words', models.CharField(max_length=200)),
                ('ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='rows in their order', size=None)),
                ('people', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), help_text='the borrowers behind them, each once', size=None)),
                ('at', models.DateTimeField()),
                ('ready_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('approval', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='export', to='servicing.approval')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['by', '-at'], name='export_by_person'), django.contrib.postgres.indexes.GinIndex(fields=['ids'], name='export_by_row')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('expires_at', None), ('ready_at', None)), models.Q(('expires_at__gt', models.F('ready_at')), ('ready_at__isnull', False)), _connector='OR'), name='a_ready_export_says_until_when'), models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='export_says_what_for')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('view', models.CharField(help_text='the route name of the list', max_length=64)),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('query', models.CharField(blank=True, max_length=500)),
                ('is_default', models.BooleanField(default=False, verbose_name='open the list with it')),
                ('is_shared', models.BooleanField(default=False, verbose_name='share with my team')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'view', 'name'), name='one_saved_view_a_name'), models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('person', 'view'), name='one_default_view_a_list'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_has_a_name')],
            },
        ),
    ]
