"""The six rules and the first card become rows, in force as edition 1; snapshots name rules by number."""

import hashlib
import json

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# (number, code, group, names, conditions, measure, worse, priority)
RULES = (
    (1, "worst_late", "repayment", ("曾严重逾期", "Was badly late"),
     [("worst_dpd", ">=", 31)], "worst_dpd", "more", 60),
    (2, "last_late", "repayment", ("最近一次逾期结清", "Last payoff came late"),
     [("last_days_late", ">=", 8)], "last_days_late", "more", 50),
    (3, "late_share", "repayment", ("经常逾期结清", "Often pays off late"),
     [("late_share", ">=", 50), ("settled_loans", ">=", 3)], "late_share", "more", 40),
    (4, "failed_payments", "repayment", ("近期扣款多次失败", "Payments keep failing"),
     [("failed_payments_90", ">=", 3)], "failed_payments_90", "more", 30),
    (5, "many_new_loans", "borrowing", ("短期内集中借款", "Several new loans at once"),
     [("new_loans_90", ">=", 4), ("new_loans_30", ">=", 2)], "new_loans_90", "more", 20),
    (6, "quick_return", "borrowing", ("结清后立即再借", "Borrows again at once"),
     [("quickest_return", "<=", 7)], "quickest_return", "less", 10),
)  # fmt: skip
# What was late weighs most, what was late last more than what was late once; borrowing weighs less than either.
# Years of paying as agreed speak for a person. A reader can add it up by hand, and no one feature decides alone.
CARD = {
    "worst_dpd": {"missing": 0, "bins": [[0, 0], [3, 4], [30, 12], [90, 26], [None, 40]]},
    "late_share": {"missing": 0, "bins": [[0, 0], [24, 4], [49, 10], [None, 18]]},
    "last_days_late": {"missing": 0, "bins": [[0, 0], [7, 6], [30, 14], [None, 24]]},
    "failed_payments_90": {"missing": 0, "bins": [[0, 0], [2, 4], [None, 12]]},
    "new_loans_90": {"missing": 0, "bins": [[1, 0], [3, 6], [None, 16]]},
    "quickest_return": {"missing": 0, "bins": [[7, 10], [30, 4], [None, 0]]},
    "settled_loans": {"missing": 0, "bins": [[2, 0], [5, -4], [None, -8]]},
}
BOUNDS = [14, 39]

BY_NUMBER = "fired::text[]"
for number, code, *_rest in RULES:
    BY_NUMBER = f"array_replace({BY_NUMBER}, '{code}', '{number}')"
# Needs no look at rows of other tables, so that PostgreSQL can do it while it rewrites the partitions.
NUMBERED = f"alter table reviews_snapshot alter column fired type smallint[] using {BY_NUMBER}::smallint[]"
CODED = "alter table reviews_snapshot alter column fired type varchar(32)[] using fired::text[]"

# Whatever wrote it: known shapes only, and what once was in force never changes.
PROMISES = """
alter table reviews_ruleversion add constraint rule_conditions_have_their_form check (
    jsonb_typeof(conditions) = 'array' and jsonb_array_length(conditions) between 1 and 6
    and not jsonb_path_exists(conditions, '$[*] ? (!(
        @.feature like_regex "^[a-z][a-z0-9_]*$" && @.threshold.type() == "number"
        && (@.op == ">=" || @.op == ">" || @.op == "<=" || @.op == "<" || @.op == "=")))'));

create function version_guard() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    -- What putting in force, or out of it, writes.
    written constant text[] := '{status,activated_by_id,activated_at,retired_at}';
begin
    if old.status = 'draft' then
        return case when tg_op = 'DELETE' then old else new end;
    elsif tg_op = 'UPDATE' and new.status <> 'draft' and to_jsonb(old) - written = to_jsonb(new) - written then
        return new;
    end if;
    raise exception 'a version that was in force stands' using errcode = 'insufficient_privilege';
end $$;
create function edition_guard() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'an edition stands' using errcode = 'insufficient_privilege';
end $$;
revoke all on function version_guard() from public;
revoke all on function edition_guard() from public;
create trigger version_guard before update or delete on reviews_ruleversion
    for each row execute function version_guard();
create trigger version_guard before update or delete on reviews_scorecard
    for each row execute function version_guard();
create trigger edition_guard before update or delete on reviews_edition
    for each row execute function edition_guard();
"""
NO_PROMISES = """
drop trigger version_guard on reviews_ruleversion;
drop trigger version_guard on reviews_scorecard;
drop trigger edition_guard on reviews_edition;
drop function version_guard();
drop function edition_guard();
alter table reviews_ruleversion drop constraint rule_conditions_have_their_form;
"""


def in_force(apps, schema_editor):
    db = schema_editor.connection.alias
    rule, version, card, edition = (
        apps.get_model("reviews", name).objects.using(db) for name in ("Rule", "RuleVersion", "Scorecard", "Edition")
    )
    now = django.utils.timezone.now()
    born = {"status": "active", "drafted_at": now, "activated_at": now}
    versions = []
    for number, code, group, (zh, en), conditions, measure, worse, priority in RULES:
        made = rule.create(code=code, number=number, group=group)
        asked = [{"feature": feature, "op": op, "threshold": limit} for feature, op, limit in conditions]
        row = version.create(
            rule=made, number=1, name_zh=zh, name_en=en, conditions=asked, measure=measure, worse=worse,
            priority=priority, **born,
        )  # fmt: skip
        versions.append(row.pk)
    points = card.create(number=1, kind="expert", base=0, bins=CARD, bounds=BOUNDS, **born)
    words = json.dumps([RULES, CARD, BOUNDS], sort_keys=True)
    digest = hashlib.sha256(words.encode()).hexdigest()
    edition.create(number=1, activated_at=now, versions=versions, card=points, digest=digest)


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0002_partitions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveField(
            model_name='snapshot',
            name='rules_version',
        ),
        migrations.AddField(
            model_name='snapshot',
            name='edition',
            field=models.IntegerField(default=1),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='snapshot',
            name='score',
            field=models.IntegerField(null=True),
        ),
        migrations.RunSQL(
            NUMBERED,
            CODED,
            state_operations=[
                migrations.AlterField(
                    model_name="snapshot",
                    name="fired",
                    field=django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None),
                ),
            ],
        ),
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
                'constraints': [models.UniqueConstraint(fields=('rule', 'number'), name='one_version_a_rule_and_number'), models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('rule',), name='one_draft_a_rule'), models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('rule',), name='one_version_of_a_rule_in_force'), models.CheckConstraint(condition=models.Q(models.Q(('activated_at', None), ('activated_by', None), ('drafted_by__isnull', False), ('retired_at', None), ('status', 'draft')), models.Q(('activated_at__isnull', False), ('retired_at', None), ('status', 'active'), models.Q(models.Q(('activated_by__isnull', False), ('drafted_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), models.Q(('activated_by', None), ('drafted_by', None)), _connector='OR')), models.Q(('activated_at__isnull', False), ('retired_at__isnull', False), ('status', 'retired'), models.Q(models.Q(('activated_by__isnull', False), ('drafted_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), models.Q(('activated_by', None), ('drafted_by', None)), _connector='OR')), _connector='OR'), name='rule_version_is_of_two_people')],
            },
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('status',), name='one_draft_card'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('status',), name='one_card_in_force'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('activated_at', None), ('activated_by', None), ('drafted_by__isnull', False), ('retired_at', None), ('status', 'draft')), models.Q(('activated_at__isnull', False), ('retired_at', None), ('status', 'active'), models.Q(models.Q(('activated_by__isnull', False), ('drafted_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), models.Q(('activated_by', None), ('drafted_by', None)), _connector='OR')), models.Q(('activated_at__isnull', False), ('retired_at__isnull', False), ('status', 'retired'), models.Q(models.Q(('activated_by__isnull', False), ('drafted_by__isnull', False), models.Q(('drafted_by', models.F('activated_by')), _negated=True)), models.Q(('activated_by', None), ('drafted_by', None)), _connector='OR')), _connector='OR'), name='scorecard_is_of_two_people'),
        ),
        migrations.RunPython(in_force, migrations.RunPython.noop),
        migrations.RunSQL(PROMISES, NO_PROMISES),
    ]
