"""Complaints to fill the forms with: ordinary, English, hostile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailflow.domain.model import Address, Attachment, Case, Customer, Details, Finding, Kind, Message
from mailflow.records import qr
from mailflow.records.registration import registration_fields

ZONE = ZoneInfo("Asia/Shanghai")
SECRET = b"a secret of the tests, 32 bytes."
RECEIVED = datetime(2026, 11, 22, 1, 41, tzinfo=UTC)
RECORD = "JL-23-01-2026-0017"


def finding(field: str, value: str) -> Finding:
    return Finding(field, value, value, "new_text", 0, len(value), "test")


def details(subkinds: tuple[str, ...] = (), language: str = "zh", **values: str | tuple[str, ...]) -> Details:
    findings = [
        finding(name, value)
        for name, given in values.items()
        for value in ((given,) if isinstance(given, str) else given)
    ]
    return Details(Kind.COMPLAINT, ((Kind.COMPLAINT, 1.0),), subkinds, language, tuple(findings))


def case(company: str, number: str = "TS-2026-0123", code: str = "KH-00871") -> Case:
    return Case(1, number, Customer(1, code, company, RECEIVED), Kind.COMPLAINT, RECEIVED, is_new=True)


def file(name: str, *, inline: bool = False) -> Attachment:
    return Attachment(name, name, "application/octet-stream", b"x", inline=inline)


def fields(
    message: Message, found: Details, company: str, *, record_no: str = RECORD, repeat_of: str = ""
) -> dict[str, Any]:
    """Everything a registration form prints, with what belongs to the paper itself."""
    read = registration_fields("杭州恒泰精密机械有限公司", case(company), message, found, RECEIVED, ZONE)
    code = qr.payload(record_no, "A/0", SECRET)
    return read | {"record_no": record_no, "qr": code, "issued_at": RECEIVED, "repeat_of": repeat_of}


ORDINARY_TEXT = """恒泰公司客服部：

你们好！贵司11月18日发来的6204-2RS深沟球轴承（批号2611-03，订单号SO20261107-15）共20箱，到货验收时发现以下问题：
1. 第7、11箱外包装破损，箱内36套轴承锈蚀；
2. 实收19箱，少发1箱（200套）；
3. 随货出厂检验报告上的批号与实物批号不一致。
我司产线11月24日上线要用，请务必在48小时内书面答复，并尽快补发短少的200套、更换锈蚀的36套，同时提交8D报告。
照片见附件（共4张）。

苏州瑞丰汽配股份有限公司　质量部　龑工"""


def ordinary() -> dict[str, Any]:
    """A plain Chinese complaint about bearings."""
    message = Message(
        subject="投诉：11月18日到货轴承锈蚀及短少",
        from_=(Address("李龑", "liyan@ruifeng-auto.example"),),
        new_text=ORDINARY_TEXT,
        attachments=(file("锈蚀照片1.jpg"), file("锈蚀照片2.jpg"), file("外箱破损.jpg"), file("到货清单.xlsx")),
    )
    found = details(
        ("产品质量", "货差", "单证发票"),
        contact="李龑",
        phone="0512-62345678转801",
        order_no="SO20261107-15",
        product="深沟球轴承",
        model="6204-2RS",
        batch_no="2611-03",
        quantity=("36套", "200套"),
        defect_or_issue=("锈蚀", "少发1箱", "批号不一致"),
        happened_on="2026-11-18",
        demand=("48小时内书面答复", "补发短少的200套", "更换锈蚀的36套", "提交8D报告"),
        requested_deadline="2026-11-24T09:41:00+08:00",
        severity="一般",
    )
    return fields(message, found, "苏州瑞丰汽配股份有限公司")


def english() -> dict[str, Any]:
    """An English complaint about valves, with a line stop."""
    message = Message(
        subject="Complaint - gate valves DN80, leaking bonnet, PO 4500118273",
        from_=(
            Address("Margarethe Oberhuber-Schellenberg", "m.oberhuber-schellenberg@alpenarmaturen-vertrieb.example"),
        ),
        new_text="""Dear Sirs,

five of the twelve gate valves (DN80 PN16, heat no. A23-7781) delivered under PO 4500118273 leak \
at the bonnet gasket at 9 bar. The test pressure according to EN 12266-1 is 24 bar. \
Our line has been down since Tuesday.

We ask for five complete valves by air, your root cause report, and the EN 10204 3.1 certificates \
until 27 November. We do not want a refund. We reserve the right to claim all costs of the standstill.

Kind regards
M. Oberhuber""",
        attachments=(file("pressure_test_2026-11-19.pdf"), file("image001.png", inline=True)),
    )
    found = details(
        ("产品质量",),
        "en",
        contact="M. Oberhuber",
        phone="+43 512 555 0199",
        order_no="4500118273",
        product="gate valve",
        model="DN80 PN16",
        batch_no="A23-7781",
        quantity="5 pcs",
        defect_or_issue="leak at the bonnet gasket",
        demand=(
            "five complete valves by air",
            "root cause report",
            "EN 10204 3.1 certificates",
            "We do not want a refund",
        ),
        requested_deadline="2026-11-27",
        severity="重大",
    )
    return fields(message, found, "Alpen-Armaturen Vertriebsgesellschaft m.b.H. & Co. KG", repeat_of="TS-2026-0098")


HOSTILE = (
    "{{ 7*7 }} {% for x in range(9) %}{{ form.code }}{% endfor %} <script>alert('x')</script> &amp; =cmd|' /C calc'!A0 "
    "龑𠮷㐂 😀👩‍🔧 \ud800半\ufffe个 \x00\x07\x0c\x1b ｛｛name｝｝ ${x} ]]> "
    "\u202etxet\u202c\r\n第二行\r第三行\u2028第四行\t制表"
)


def hostile() -> dict[str, Any]:
    """Everything that could break a Word file, at length."""
    products = tuple(f"产品{n:02d}型" for n in range(1, 41))
    rows = "\n".join(
        f"{n:02d}. 深沟球轴承 6204-{n:02d}RS　批号 2611-{n:02d}　数量 {n * 10} 套　锈蚀" for n in range(1, 41)
    )
    message = Message(
        subject=HOSTILE,
        from_=(Address(HOSTILE, "a" * 64 + "@" + "b" * 60 + ".example"),),
        new_text=f"{HOSTILE}\n{rows}\n{'超长的一行' * 400}\n{'W' * 3000}\n" + "请重视！\n" * 30 + "完",
        attachments=tuple(file(f"../../{HOSTILE}{n}.exe") for n in range(9)),
    )
    found = details(
        ("产品质量", HOSTILE),
        contact=HOSTILE,
        phone="1" * 200,
        order_no=tuple(f"SO2026{n:08d}" for n in range(40)),
        product=products,
        model=products,
        batch_no=HOSTILE,
        quantity="9" * 300,
        defect_or_issue=HOSTILE,
        happened_on="someday",
        demand=(HOSTILE, "退货" * 200),
        requested_deadline="soon \x00",
        severity="恶性",
    )
    return fields(message, found, HOSTILE * 3)
