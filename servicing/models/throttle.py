"""Who knocked at a public door, and how often."""

from django.db import models


class Knock(models.Model):
    """The knocks of one address at one door within one slot of time; `who` is a keyed digest."""

    door = models.CharField(max_length=16)
    who = models.BinaryField(max_length=16)
    slot_at = models.DateTimeField(db_index=True)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["door", "who", "slot_at"], name="one_count_a_door_address_and_slot"
            )
        ]

    def __str__(self):
        return f"{self.door} {self.slot_at:%H:%M} {self.count}"
