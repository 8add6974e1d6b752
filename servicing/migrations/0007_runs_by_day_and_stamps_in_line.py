from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("servicing", "0006_rows")]
    operations = [
        migrations.AddIndex(
            model_name="run",
            index=models.Index(
                models.F("kind"),
                models.OrderBy(models.F("params__as_of"), descending=True),
                condition=models.Q(status="done"),
                name="run_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="stamp",
            index=models.Index(
                condition=models.Q(aside_at=None), fields=["stamped_at", "borrower"], name="stamp_in_line"
            ),
        ),
    ]
