"""What fictional customers say: several hundred responses by templates, nothing of it real, about the planted
obstacles as often as these meet them, and about everything else that hurts.
"""

from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from django.db import transaction
from django.utils import timezone

from config.portfolio import obstacles
from config.portfolio.core import ZONE
from feedback.actions import topics as learning
from feedback.actions.imports.taking import dispute
from feedback.actions.responses.clocks import due
from feedback.models import Response, Topic, TopicModel
from servicing.actions import ledger, periods, privacy
from servicing.domain.archive import lettered
from servicing.models import Loan, Staff

DAYS = 110
KINDS = {"complaint": 70, "suggestion": 25, "objection": 0, "praise": 5}


@dataclass(frozen=True)
class Theme:
    """So many voices a month about one place, of beginnings and ends; `planted` falls as its obstacle."""

    where: str
    topic: str
    a_month: float
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    planted: obstacles.Planted | None = None
    kinds: tuple[tuple[str, int], ...] = tuple(KINDS.items())

    def chance(self, day, today):
        """How many a day, on average."""
        factor = self.planted.share(day, today) / self.planted.rate if self.planted else 1
        return self.a_month / 30 * factor


THEMES = (
    Theme("card", "换绑银行卡", 34,
          ("换了新银行卡，", "旧卡注销了，", "我想把还款卡换成另一张，", "更换扣款银行卡时", "新办的储蓄卡"),
          ("绑定一直失败，试了{n}次都不行。", "提示绑定失败，页面也不说原因。", "绑不上，结果当天没扣成功。",
           "晚上操作总是报错，第二天还要再来一遍。", "验证码收到了，最后一步还是失败。"),
          obstacles.REBIND),
    Theme("app", "支付失败", 26,
          ("用钱包还款，", "在应用里点还款，", "到期那天打开应用付款，", "想用钱包提前还这一期，"),
          ("页面说支付通道不可用。", "转圈很久，最后提示失败。", "连续{n}次失败，只好改用转账。",
           "失败以后也没有说什么时候能恢复。"),
          obstacles.WALLET),
    Theme("amount", "金额看不懂", 17,
          ("这个月要还的金额", "账单上的应还总额", "最后一期的数字"),
          ("比合同上多了{n}元，看不出是什么费用。", "和上个月不一样，没有明细。", "希望写清楚利息。")),
    Theme("early", "提前还款", 15,
          ("想提前结清，", "提前还款的时候，", "申请提前还清全部贷款，"),
          ("找不到入口，客服说要等{n}天。", "金额和我想的不一样。", "希望看到今天结清要付多少。")),
    Theme("reminder", "催收提醒", 14,
          ("还没到期就", "已经还清了还", "一天之内"),
          ("收到{n}条短信提醒。", "接到电话催款，请不要再打了。", "被提醒好几次，影响工作。"),
          kinds=(("complaint", 95), ("suggestion", 5))),
    Theme("record", "征信更新", 11,
          ("已经结清{n}天了，征信报告", "上个月还完的这笔，信用记录", "提前结清以后，征信"),
          ("还显示未结清。", "上面的余额没有更新。", "里面有一次逾期，我认为记错了。"),
          kinds=(("complaint", 65), ("objection", 35))),
    Theme("certificate", "结清证明", 11,
          ("结清证明", "办房贷要用的结清证明", "申请的结清证明"),
          ("等了{n}天还没有收到。", "上面的日期能不能写清楚一点。", "希望能在应用里直接下载。"),
          kinds=(("complaint", 45), ("suggestion", 55))),
    Theme("service", "客服", 9,
          ("打客服电话", "昨天的客服", "接线的那位客服"),
          ("排队等了{n}分钟才接通。", "很有耐心，把每一期都讲清楚了。", "说会回电，一直没有等到。"),
          kinds=(("complaint", 40), ("praise", 45), ("suggestion", 15))),
    Theme("offer", "营销短信", 5,
          ("还清以后", "最近", "这几个星期"),
          ("总是收到借款广告，请停止发送。", "每周{n}条推荐，不需要。")),
)  # fmt: skip
# How any of them may close, so that few say the same.
CLOSES = ("", "请尽快处理。", "麻烦帮忙看一下。", "希望有人给个回复。", "已经反映过一次了。", "谢谢。")
ANSWERS = (
    "已核对您的还款记录并向您说明，感谢反馈。",
    "问题已转给负责的部门，处理结果已电话告知。",
    "已为您办理，如仍有疑问请再联系我们。",
)


@transaction.atomic
@periods.steady()
def tell(*, seed, today, by, at):
    """Write what was said in the last months; how many voices. Nothing where somebody has spoken already."""
    if Response.objects.exists():
        return 0
    random = Random(f"voices {seed}")  # noqa: S311 - a story, not a secret
    topics(by=by, at=at)
    loans = list(Loan.objects.order_by("disbursed_on", "pk").only("pk", "borrower_id", "disbursed_on"))
    heard = [
        (theme, day, loan)
        for theme, day in spoken(random, today=today)
        if (loan := borrowed(random, loans, before=day))
    ]
    listener = Staff.objects.filter(is_active=True, role__name="cs").first() or by
    numbers = privacy.reserve(len(heard), table="feedback_response")
    rows = [
        answered(random, response(pk, random, *one, by=listener), at=at)
        for pk, one in zip(numbers, heard, strict=True)
    ]
    with ledger.gathered():
        dispute(rows, by=by, at=at)
        Response.objects.bulk_create(rows)
        for row in rows:
            detail = {"kind": row.kind, "channel": row.channel}
            ledger.record(what="response.logged", target=row, by=by, at=at, detail=detail)
    return len(rows)


def teach(*, by, at):
    """Learn once what they speak of, where enough of them do."""
    if not TopicModel.objects.exists():
        with suppress(learning.TooLittle):
            learning.train(by=by, at=at)


def topics(*, by, at):
    """The lender's list, as far as its words are not there."""
    there = set(Topic.objects.values_list("name", flat=True))
    new = [theme.topic for theme in THEMES if theme.topic not in there]
    Topic.objects.bulk_create(Topic(name=name, added_by=by, added_at=at) for name in new)


def spoken(random, *, today):
    """(theme, day) of every voice, oldest first."""
    for ago in range(DAYS, 0, -1):
        day = today - timedelta(days=ago)
        for theme in THEMES:
            chance = theme.chance(day, today)
            for _ in range(int(chance) + (random.random() < chance % 1)):
                yield theme, day


def borrowed(random, loans, *, before):
    """One of the loans that were paid out before a day, or None."""
    count = bisect_left(loans, before, key=lambda loan: loan.disbursed_on)
    return loans[random.randrange(count)] if count else None


def response(pk, random, theme, day, loan, *, by):
    """One voice with its clock; of seven in ten somebody has said what it is about."""
    kinds, weights = zip(*theme.kinds, strict=True)
    kind = random.choices(kinds, weights)[0]
    words = random.choice(theme.begins) + random.choice(theme.ends) + random.choice(CLOSES)
    received_at = datetime.combine(day, time(random.randrange(8, 22), random.randrange(60)), ZONE)
    said = Response(
        pk=pk, reference=lettered("F", pk), kind=kind, loan_id=loan.pk, borrower_id=loan.borrower_id,
        channel=random.choices(("call", "app", "letter"), (6, 3, 1))[0], where=theme.where,
        words=words.replace("{n}", str(random.randrange(2, 9))), received_at=received_at, received_on=day,
        due_on=due(kind, day), logged_by=by, owner=by,
    )  # fmt: skip
    if random.random() < 0.7:
        said.topic, said.topic_by, said.topic_at = theme.topic, by, received_at
    return said


def answered(random, said, *, at):
    """Most are answered in time, a few are late and still open; an objection is, when its record ends."""
    answered_at = said.received_at + timedelta(days=random.randrange(1, 9))
    is_due = said.due_on is not None and said.due_on < timezone.localdate(at)
    luck = random.random()
    if said.kind == Response.Kind.PRAISE:
        answered_at = said.received_at
    elif said.kind == Response.Kind.OBJECTION or answered_at > at or luck > (0.97 if is_due else 0.6):
        return said
    else:
        said.answer = random.choice(ANSWERS)
    said.status, said.answered_by, said.answered_at = Response.Status.ANSWERED, said.logged_by, answered_at
    return said
