"""What the fictional lender did about the planted obstacles: named, changed and measured."""

from datetime import timedelta

from config.portfolio import obstacles
from feedback.actions import improvements
from feedback.models import Obstacle
from servicing.models import Staff


def take(*, today, by, at):
    """Add up what failed; where there is a lead, name the obstacles and say what was changed, and when."""
    improvements.gather(at=at)
    lead = Staff.objects.filter(is_active=True, role__name="cs_lead").first()
    if lead is None or Obstacle.objects.exists():
        return
    for planted, about in ((obstacles.REBIND, REBIND), (obstacles.WALLET, WALLET)):
        mark = {"side": "failures", "channel": planted.channel, "error_code": planted.error_code}
        made = begin(about, [mark, *about["words"]], lead, at)
        improvements.fix(improvement=made, fixed_on=planted.fixed_on(today), by=lead, at=at)
    begin(AMOUNT, AMOUNT["words"], lead, at, planned_on=today + timedelta(days=14))
    improvements.measure(by=by, at=at)


def begin(about, signatures, lead, at, **planned):
    obstacle = improvements.name(
        title=about["title"], note=about["note"], signatures=signatures, by=lead, at=at
    )
    return improvements.begin(
        obstacle=obstacle, owner=lead, by=lead, at=at, **about["improvement"], **planned
    )


REBIND = {
    "title": "更换银行卡后绑定失败",
    "note": "周二晚上最多；失败后当天扣款也随之失败。",
    "words": [{"side": "words", "where": "card"}],
    "improvement": {
        "title": "绑卡改走新接口，失败时自动重试",
        "kind": "process",
        "cause": "interface",
        "change": "绑卡请求改走银行的新接口，超时后自动重试一次，并在页面上说明原因。",
        "fall": 50,
    },
}
WALLET = {
    "title": "钱包支付通道不可用",
    "note": "集中在白天，客户改用转账后才还上。",
    "words": [{"side": "words", "where": "app", "topic": "支付失败"}],
    "improvement": {
        "title": "付款页增加提示文字",
        "kind": "product",
        "cause": "wording",
        "change": "在付款页上提示客户稍后再试，并写明其他还款方式。",
        "fall": 50,
    },
}
AMOUNT = {
    "title": "账单金额看不懂",
    "note": "",
    "words": [{"side": "words", "where": "amount"}],
    "improvement": {
        "title": "账单列出本金、利息和费用",
        "kind": "price",
        "cause": "wording",
        "change": "每期账单分列本金、利息和费用，并给出与上月的差额。",
        "fall": 30,
    },
}
