from django.db import migrations
from django.utils import timezone


def end_left_over(apps, schema_editor):
    """Batches whose reading broke off before files were kept for a worker: nothing reads them on."""
    owner = schema_editor.connection.alias
    batches = apps.get_model("servicing", "ImportBatch").objects.using(owner)
    entries = apps.get_model("servicing", "LedgerEntry").objects.using(owner)
    at = timezone.now()
    for batch in batches.filter(status="staging", files=[]).order_by("pk"):
        batch.rows.all().delete()
        if batch.run_id and batch.run.status != "done":
            batch.run.shards.update(status="done", leased_until=None)
            batch.run.status, batch.run.finished_at = "done", at
            batch.run.save(update_fields=["status", "finished_at"])
        batch.status, batch.refusal = "refused", "left_over"
        batch.save(update_fields=["status", "refusal"])
        entries.create(
            what="import.refused",
            by=batch.staged_by,
            at=at,
            target_type="servicing.importbatch",
            target_id=str(batch.pk),
            detail={"reason": "left_over"},
        )


class Migration(migrations.Migration):
    dependencies = [("servicing", "0019_what_an_import_added")]
    operations = [migrations.RunPython(end_left_over, migrations.RunPython.noop)]
