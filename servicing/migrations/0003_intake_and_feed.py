"""The tables of the ways in: imports of files, and the feed of the loan core."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ("servicing", "0005_feed"),
        ("servicing", "0007_intake_in_full"),
        ("servicing", "0011_import_in_part"),
        ("servicing", "0014_feed_ways_out"),
        ("servicing", "0019_what_an_import_added"),
        ("servicing", "0021_faults_of_a_delivery"),
        ("servicing", "0022_whom_an_import_told_again"),
        ("servicing", "0027_what_a_rejected_row_says"),
    ]

    initial = True

    dependencies = [("servicing", "0002_archive")]

    operations = [
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('layout', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=200)),
                ('door', models.CharField(choices=[('browser', 'browser'), ('shell', 'shell')], max_length=7)),
                ('status', models.CharField(choices=[('staging', 'being read'), ('checking', 'being checked'), ('checked', 'waits for a second person'), ('applying', 'being applied'), ('applied', 'applied'), ('part', 'applied in part'), ('refused', 'refused'), ('undoing', 'being undone'), ('undone', 'undone')], default='staging', max_length=8)),
                ('staged_at', models.DateTimeField()),
                ('applied_at', models.DateTimeField(null=True)),
                ('counts', models.JSONField(default=dict)),
                ('refusal', models.CharField(blank=True, max_length=200)),
                ('applied_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('staged_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicing.run')),
                ('files', models.JSONField(default=list, help_text='how each file is read, and where it lies until then')),
                ('preview', models.JSONField(default=dict, help_text='what the check found, as the second person sees it')),
                ('undo_asked_at', models.DateTimeField(null=True)),
                ('undo_asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undo_reason', models.CharField(blank=True, max_length=200)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('applied_by', None), ('door', 'shell'), models.Q(('applied_by', models.F('staged_by')), _negated=True), _connector='OR'), name='who_stages_in_the_browser_does_not_apply'), models.CheckConstraint(condition=models.Q(('undone_by', None), models.Q(('undo_asked_by__isnull', False), models.Q(('undone_by', models.F('undo_asked_by')), _negated=True)), _connector='OR'), name='who_asks_for_an_undo_does_not_do_it'), models.UniqueConstraint(condition=models.Q(models.Q(('status__in', ['refused', 'undone', 'part']), _negated=True), models.Q(('refusal', 'in_part'), _negated=True)), fields=('layout', 'digest'), name='the_same_files_come_in_once')],
            },
        ),
        migrations.CreateModel(
            name='StagedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('borrower', 'borrower'), ('loan', 'loan'), ('instalment', 'instalment'), ('payment', 'payment'), ('guarantor', 'guarantor')], max_length=10)),
                ('key', models.CharField(max_length=64)),
                ('parent', models.CharField(blank=True, max_length=64)),
                ('file', models.CharField(max_length=100)),
                ('line', models.IntegerField()),
                ('data', models.JSONField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='servicing.importbatch')),
            ],
            options={
                'indexes': [models.Index(fields=['batch', 'kind', 'parent'], name='staged_by_parent')],
            },
        ),
        migrations.CreateModel(
            name='Reject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.CharField(max_length=100)),
                ('line', models.IntegerField()),
                ('column', models.CharField(blank=True, max_length=64)),
                ('reason', models.CharField(max_length=64)),
                ('key', models.CharField(blank=True, max_length=64)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejects', to='servicing.importbatch')),
                ('facts', models.JSONField(default=dict, help_text='what was found and expected, by name: see in_words')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('batch', 'file', 'line', 'column', 'reason'), name='one_reject_a_place_and_reason')],
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('borrowers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('loans', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='arrivals', to='servicing.importbatch')),
                ('added', models.JSONField(default=list, help_text='[loan, ids of its payments, whether written off, whether a rate]')),
                ('entries', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='its entries about them', size=None)),
                ('filled', models.JSONField(default=dict, help_text='{field: ids of borrowers in whom it was empty}')),
                ('latest_entry', models.BigIntegerField(default=0)),
                ('latest_loan', models.BigIntegerField(null=True)),
                ('told_borrowers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='who were on file before', size=None)),
                ('told_loans', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='what was on file before', size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='servicing.source')),
                ('next', models.BigIntegerField(default=1)),
                ('began_on', models.DateField(null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('next__gte', 1)), name='feed_counts_from_one')],
            },
        ),
        migrations.CreateModel(
            name='FeedMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.BigIntegerField()),
                ('kind', models.CharField(max_length=50)),
                ('at', models.DateTimeField()),
                ('day', models.DateField(help_text='the business day of `at` in the zone of the source')),
                ('loan', models.CharField(blank=True, max_length=64)),
                ('digest', models.BinaryField(max_length=32)),
                ('body', models.BinaryField(null=True)),
                ('received_at', models.DateTimeField()),
                ('status', models.CharField(choices=[('waiting', 'waits for its turn'), ('held', 'waits for a refused message of its loan'), ('refused', 'refused, needs a person'), ('applied', 'applied'), ('skipped', 'left out by a person')], default='waiting', max_length=7)),
                ('applied_at', models.DateTimeField(null=True)),
                ('total', models.CharField(blank=True, help_text='the control total that counts it', max_length=16)),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, null=True)),
                ('reason', models.CharField(blank=True, max_length=32)),
                ('field', models.CharField(blank=True, max_length=64)),
                ('differs_at', models.DateTimeField(help_text='when its number came with other content', null=True)),
                ('feed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='servicing.feed')),
                ('mended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('fact', models.CharField(blank=True, help_text='which fact of its loan the total counts', max_length=64)),
                ('second_digest', models.BinaryField(max_length=32, null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('status__in', ['refused', 'held'])), fields=['feed', 'loan'], name='feed_standing'), models.Index(condition=models.Q(('differs_at__isnull', False)), fields=['feed'], name='feed_differing'), models.Index(fields=['feed', 'day', 'total'], include=('amount', 'status'), name='feed_by_day'), models.Index(condition=models.Q(('total', ''), _negated=True), fields=['feed', 'loan', 'total', 'fact'], name='feed_by_fact')],
                'constraints': [models.UniqueConstraint(fields=('feed', 'sequence'), name='one_message_a_feed_and_number'), models.CheckConstraint(condition=models.Q(models.Q(('applied_at__isnull', False), ('body', None), ('status__in', ['applied', 'skipped'])), models.Q(('applied_at', None), ('body__isnull', False), ('status__in', ['waiting', 'held', 'refused'])), _connector='OR'), name='message_is_kept_until_it_is_done'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='refused_message_says_why')],
            },
        ),
        migrations.CreateModel(
            name='FeedDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('status', models.CharField(choices=[('equal', 'equal'), ('different', 'different'), ('late', 'not closed in time'), ('accepted', 'accepted by a person')], max_length=9)),
                ('declared', models.JSONField(default=dict)),
                ('found', models.JSONField(default=dict)),
                ('closed_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField()),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('feed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='days', to='servicing.feed')),
            ],
            options={
                'ordering': ['-day'],
                'constraints': [models.UniqueConstraint(fields=('feed', 'day'), name='one_total_a_feed_and_day'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('status', 'late')), models.Q(('closed_at__isnull', False), ('status__in', ['equal', 'different'])), models.Q(('accepted_by__isnull', False), ('status', 'accepted')), _connector='OR'), name='closed_day_says_when')],
            },
        ),
        migrations.CreateModel(
            name='FeedRefusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=32)),
                ('door', models.CharField(choices=[('folder', 'drop folder'), ('https', 'HTTPS')], max_length=6)),
                ('address', models.CharField(blank=True, max_length=64)),
                ('reason', models.CharField(choices=[('unknown_kind', 'there is no such kind of message'), ('unknown_field', 'this kind of message has no such field'), ('no_loan', 'no such loan is on file'), ('no_payment', 'no such payment of this loan is on file'), ('no_guarantor', 'no such guarantor of this loan is on file'), ('on_file', 'is on file with other content'), ('not_allowed', 'this cannot happen to the loan as it stands'), ('failed', 'could not be applied; the log of the worker says why'), ('forged', 'is not what a known key signed for this source'), ('too_large_delivery', 'is larger than a delivery may be'), ('not_as_signed', 'does not hold the numbers that were signed'), ('not_json', 'has a line that is no JSON object of texts and numbers'), ('bad_sequence', 'has a line without a number'), ('bad_kind', 'has a line whose kind is no code'), ('bad_at', 'has a line without an instant with offset'), ('bad_loan', 'has a line whose loan number is no text'), ('before_first', 'begins before the first number that the keys file names'), ('bad_keys', 'the keys file cannot be read'), ('bad_folder', 'the drop folder, or a file in it, cannot be read or moved')], max_length=32)),
                ('line', models.IntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('faults', models.JSONField(default=list, help_text='the first lines that cannot be read: [[line, code]]')),
            ],
            options={
                'indexes': [models.Index(fields=['address', 'at'], name='feed_refusal_by_address')],
            },
        ),
    ]
