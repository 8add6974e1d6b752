"""Who plays in the stories, and when."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))

# fixture name: (username, name, role)
CAST = {
    "wei": ("wei", "韦审", "risk"),
    "bo": ("bo", "薄审", "risk"),
    "ana": ("ana", "安娜", "risk_lead"),
    "lin": ("lin", "林客", "cs"),
    "hua": ("hua", "华主管", "cs_lead"),
    "pei": ("pei", "裴合规", "privacy"),
    "max_": ("max", "马管", "admin"),
    "ada": ("ada", "艾审计", "auditor"),
    "tom": ("tom", "汤无职", None),
}
PASSWORD = "a-long-password-for-the-cast"
