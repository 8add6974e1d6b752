"""Small rows that stories of feedback begin with, and labelled feedback, made up, to learn from."""

from itertools import product

from feedback.models import Response, Topic
from servicing.models import Staff
from tests.cast import NOON, TODAY

# {topic: (who or what, what it did)}: each pairing is what another customer said.
PHRASES = {
    "扣款": (
        ("自动扣款", "银行卡", "the debit", "绑定的卡"),
        ("失败了", "一天扣了两次", "was taken twice", "余额足够却扣不了", "failed with my card", "重复扣款"),
    ),
    "征信": (
        ("征信报告", "信用记录", "my credit report", "征信"),
        ("还显示逾期", "没有更新", "still shows the loan", "结清了还没改", "shows an overdue", "有错误"),
    ),
    "催收": (
        ("催收人员", "短信提醒", "the collector", "贷后电话"),
        ("打给我家人", "天天打电话", "calls at night", "态度很差", "calls my family", "半夜骚扰"),
    ),
}
LABELLED = [
    (f"{who} {what}", topic, f"p{topic}{n}")
    for topic, (subjects, deeds) in PHRASES.items()
    for n, (who, what) in enumerate(product(subjects, deeds))
]


def a_response(words, **rest):
    number = Response.objects.count()
    given = {"kind": "complaint", "channel": "call", "where": "other", "due_on": TODAY}
    given |= {"received_at": NOON, "received_on": TODAY, "reference": f"F{number:06}"}
    return Response.objects.create(words=words, **given | rest)


def a_topic(name="扣款"):
    return Topic.objects.create(name=name, added_by=Staff.objects.get(username="hua"), added_at=NOON)


def labelled(by, rows=LABELLED):
    for words, topic, _whose in rows:
        a_response(words, topic=topic, topic_by=by, topic_at=NOON)
