"""For the machine that watches us: 200 only while every part is alive."""

from datetime import timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from servicing.models import Heartbeat
from servicing.pages import public

FRESH = timedelta(seconds=60)
PATIENCE = 2  # seconds for each server


@public
@require_safe
@never_cache
@transaction.non_atomic_requests
def healthz(request):
    beating = recent_heartbeats()
    parts = {
        "web": True,
        "database": beating is not None,
        "broker": broker_answers(),
        "worker": "worker" in (beating or ()),
        "beat": "beat" in (beating or ()),
    }
    words = {name: "alive" if alive else "not alive" for name, alive in parts.items()}
    return JsonResponse(words, status=200 if all(parts.values()) else 503)


def recent_heartbeats():
    """Who beat within the last minute by the database's own clock; None when the database is away."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local statement_timeout = %s", [f"{PATIENCE}s"])
            return set(Heartbeat.objects.filter(at__gt=Now() - FRESH).values_list("name", flat=True))
    except DatabaseError:
        return None


def broker_answers():
    # The client's own habit is to try for seconds before it admits that nobody is there.
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        return client.ping()
    except redis.RedisError:
        return False
    finally:
        client.close()
