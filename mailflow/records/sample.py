"""Invented data for any form, to look at it before it is used: ``mailflow template preview``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mailflow.domain.forms import FormSpec

QR = "MF1:{number}:1:AAAAAAAAAAAAAAAA"
"""A code of the right size that no check accepts: a sample is no record."""

ROWS = 3

_VALUES: Mapping[str, Any] = {
    "company": "杭州恒泰精密机械有限公司",
    "company_contact": "客服部　0571-8800 1234　service@hengtai-jingmi.example",
    "case_no": "TS-2026-0123",
    "customer_name": "苏州瑞丰汽配股份有限公司",
    "customer_code": "KH-00871",
    "complainant": "李龑",
    "position": "质量部/主管",
    "phone": "0512-62345678转801",
    "email": "liyan@ruifeng-auto.example",
    "address": "江苏省苏州市吴中区example路18号2号库",
    "received_at": "2026-11-22 09:41",
    "deadline": "2026年11月24日 09:41前",
    "channel": ["邮件"],
    "class1": ["产品质量"],
    "class2": "锈蚀",
    "severity": ["一般"],
    "repeat": ["否"],
    "repeat_of": "",
    "product": "深沟球轴承",
    "model": "6204-2RS",
    "batch_no": "2611-03",
    "order_no": "SO20261107-15",
    "delivery_no": "SF1400000000018",
    "qty_defect": "36套",
    "content": (
        "贵司11月18日发来的深沟球轴承共20箱，到货验收时发现第7、11箱外包装破损，箱内36套锈蚀；实收19箱，少发1箱。\n"
        "请在48小时内书面答复，并补发短少的200套。"
    ),
    "compact": False,
    "latin": False,
    "demand": ["补发", "换货", "答复说明"],
    "demand_words": "“补发短少的200套” “48小时内书面答复”",
    "evidence": "附件 2 个：锈蚀照片1.jpg、到货清单.xlsx",
    "pictures": [],
    "source_mail": "主题：投诉：11月18日到货轴承锈蚀及短少",
    "subject": "11月18日到货轴承锈蚀及短少",
    "issued_on": "2026-11-22",
    "letter_date": "2026年11月24日",
    "received_on": "2026年11月22日",
    "urgency": ["急"],
    "source": ["顾客投诉"],
    "capa_type": ["纠正措施"],
    "order_kind": ["订单"],
    "review_type": ["常规"],
    "proposed_by": ["顾客"],
    "return_type": ["使用不合格"],
    "replace_type": ["补发"],
    "validity": (),
    "satisfied": (),
}
_ANSWERS: Mapping[str, str] = {
    "investigator": "王工",
    "resp_dept": "仓储部",
    "facts_found": "11月17日 14:20 装车时叉车碰破第7、11箱，未报告；夜间淋雨，36套锈蚀。装车单记19箱，拣货单记20箱。",
    "cause_occur": "装车通道与雨棚之间无遮挡；碰撞后没有报告和隔离。",
    "cause_escape": "出厂复核只核对单据，不开箱、不点数。",
    "action": "1. 装车区加装雨棚；2. 装车前后两次点数并签字；3. 破损箱一律隔离、开箱检查。",
    "answer_text": "经查，锈蚀系装车时外箱破损后淋雨所致，责任在我方。短少的200套已于今日补发，锈蚀的36套予以更换。",
}


def sample_fields(spec: FormSpec, *, rows: int = ROWS, signed: bool = False) -> dict[str, Any]:
    """Values for every field of a form, half of its answers, and, when ``signed``, its signatures."""
    number = f"{spec.code}-2026-0001"
    fields: dict[str, Any] = {}
    for name, label in spec.fields.items():
        owner, _, column = name.partition(".")
        if column:
            table = fields.setdefault(owner, [])
            if not isinstance(table, list):
                table = fields[owner] = []
            table.extend({} for _ in range(rows - len(table)))
            for line, item in enumerate(table, 1):
                value = _VALUES.get(column, f"{label}{line}")
                item[column] = value if isinstance(value, str) else "、".join(value) or f"{label}{line}"
        else:
            fields[name] = _VALUES.get(name, f"（{label}）")
    fields |= {"record_no": number, "qr": QR.format(number=number)}
    fields["issued_at"] = datetime(2026, 11, 22, 1, 42, tzinfo=UTC)
    fields["answer"] = {name: value for name, value in _ANSWERS.items() if name in spec.answers}
    fields["sig"] = dict.fromkeys(spec.signers, "李梅 2026-11-22 10:05 邮件签字") if signed else {}
    return fields
