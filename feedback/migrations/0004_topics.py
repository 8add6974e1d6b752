# What responses are about, and files of them.

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('feedback', '0003_response_by_arrival'),
        ('reviews', '0004_statistics'),
        ('servicing', '0012_response_by_arrival'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ResponseArrival',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('responses', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('told', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=32, unique=True)),
                ('added_at', models.DateTimeField()),
                ('retired_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TopicModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('trained_at', models.DateTimeField()),
                ('responses', models.IntegerField()),
                ('accuracy', models.FloatField()),
                ('low', models.FloatField(help_text="the lower end of the accuracy's 95 % interval")),
                ('high', models.FloatField()),
                ('macro_f1', models.FloatField()),
                ('baseline', models.FloatField(help_text='right answers of whoever always names the most frequent topic')),
                ('trial', models.JSONField()),
                ('left_out', models.JSONField(default=dict)),
                ('learned', models.JSONField()),
            ],
        ),
        migrations.AddField(
            model_name='response',
            name='external_number',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='response',
            name='topic_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='response',
            name='topic_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='response',
            name='topic_suggested',
            field=models.CharField(blank=True, max_length=32),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('topic', ''), ('topic_at', None), ('topic_by', None), ('topic_suggested', '')), models.Q(models.Q(('topic', ''), ('topic_by', None), ('topic_at', None), _connector='OR'), _negated=True), _connector='OR'), name='topic_was_decided_by_a_person'),
        ),
        migrations.AddConstraint(
            model_name='response',
            constraint=models.UniqueConstraint(condition=models.Q(('external_number', ''), _negated=True), fields=('external_number',), name='one_response_a_number_of_the_sender'),
        ),
        migrations.AddField(
            model_name='responsearrival',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='servicing.importbatch'),
        ),
        migrations.AddField(
            model_name='topic',
            name='added_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='topicmodel',
            name='trained_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='responsearrival',
            index=models.Index(fields=['batch'], name='response_arrival_of_batch'),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='topic_has_a_name'),
        ),
        migrations.AddConstraint(
            model_name='topicmodel',
            constraint=models.CheckConstraint(condition=models.Q(('high__gte', models.F('accuracy')), ('high__lte', 1), ('low__gte', 0), ('low__lte', models.F('accuracy'))), name='accuracy_lies_in_its_interval'),
        ),
    ]
