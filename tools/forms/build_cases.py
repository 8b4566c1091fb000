"""The forms of a case: information sheet, investigation, ledger, talk with the customer."""

from __future__ import annotations

from mailflow.reading.matching.reasons import REASONS
from tools.forms.build_sheet import Sheet

SIGNED = "签字"


def about_customer(sheet: Sheet, *, received: str = "来信时间") -> None:
    """Who wrote, about what: the same rows on every form of a case."""
    sheet.cells(("客户名称", "customer_name", 116), ("客户代码", "customer_code", 174))
    sheet.cells(("联 系 人", "complainant", 58), ("联系电话", "phone", 116), (received, "received_at", 174))


def about_goods(sheet: Sheet) -> None:
    """Which goods, which order."""
    sheet.cells(("产品名称", "product", 58), ("规格型号", "model", 116), ("批号/序列号", "batch_no", 174))
    sheet.cells(("订单/合同号", "order_no", 116), ("数　　量", "qty_defect", 174))


def information(sheet: Sheet) -> None:
    """JL-23-02: between departments, for what was said by telephone or what others must know."""
    sheet.section("origin")  # follows from who signs
    for name in ("from_dept", "from_person"):
        sheet.about.note(name)
    sheet.section("sheet", "drafter", "reviewer", "receiver", late=True)
    sheet.bar("一、联络事项")
    sheet.cells(("发文部门", "from_dept", 58), ("联 络 人", "from_person", 116), ("日　　期", "issued_on", 174))
    sheet.cells(("主　　送", "answer:to_dept", 87), ("抄　　送", "cc_depts", 174))
    sheet.cells(("主题/事由", "subject", 116), ("缓　　急", "tick:urgency|一般 急 特急", 174))
    sheet.cells(("客户名称", "customer_name", 58), ("联 系 人", "complainant", 116), ("联系电话", "phone", 174))
    sheet.cells(("产品名称", "product", 58), ("规格型号", "model", 116), ("订单/合同号", "order_no", 174))
    sheet.line("联络内容", "content", 62)
    sheet.line("要求事项", "requested", 22)
    sheet.cells(("完成期限", "due", 87), ("附　　件", "evidence", 174))
    sheet.bar("二、回复", "由受文部门填写")
    sheet.section("reply", "replier", "verifier")
    sheet.line("回复意见", "answer:opinion|处理意见与结果", 40)
    sheet.cells(("责 任 人", "answer:action_owner", 87), ("完成日期", "answer:action_due|年-月-日", 174))
    sheet.section("effect", "verifier")
    sheet.line("效果确认", "answer:conclusion", 14)
    sheet.signs(
        ("拟制", "drafter"),
        ("审核（部门负责人）", "reviewer"),
        ("受文部门签收", "receiver"),
        ("回复人", "replier"),
        ("确认人", "verifier"),
        title=f"三、{SIGNED}",
        per_row=5,
    )


def investigation(sheet: Sheet) -> None:
    """JL-23-03: what happened, why, whose it is, what is done; every judgement is a person's."""
    later = ("quality", "service_manager", "management_rep", "approver")  # they look at all that was written before
    investigators = ("investigator", "resp_head", *later)
    sheet.bar("一、投诉概要")
    sheet.section("complaint", *investigators, late=True)
    about_customer(sheet, received="接诉时间")
    about_goods(sheet)
    sheet.cells(("严重程度", "tick:severity|一般 重大 恶性", 87), ("同类投诉", "repeat_of", 174))
    sheet.line("投诉内容", "content", 26)
    sheet.line("客户要求", "demand_words")
    sheet.photos()
    sheet.bar("二、调查", "由调查人填写，时间、数量、文件编号写明")
    sheet.section("repeated")  # said and signed for elsewhere
    for name in ("investigator", "accused"):
        sheet.about.note(name)
    sheet.section("investigation", *investigators)
    sheet.cells(
        ("调 查 人", "answer:investigator", 58), ("参加人员", "answer:team", 116), ("起止时间", "answer:period", 174)
    )
    sheet.cells(("被投诉人", "answer:accused", 58), ("地点、方式", "answer:site", 174))
    sheet.section("repeated")
    sheet.line("处理方案", "answer:plan", 14)
    sheet.section("investigation")
    for label, value, height in (
        ("与投诉方沟通", "answer:hear_customer", 18),
        ("与被投诉人沟通", "answer:hear_staff", 18),
        ("样品与复检", "answer:sample_check|样品是否收到、外观；留样、库存复检结果", 14),
        ("批记录回顾", "answer:batch_review|本批及相邻批", 14),
        ("查明事实", "answer:facts_found|按时间顺序", 32),
        ("证据清单", "answer:evidence_list", 16),
        ("查明范围", "answer:scope_found|查明的影响范围：批次、数量、客户", 8),
    ):
        sheet.line(label, value, height)
    sheet.bar("三、原因与判定")
    sheet.line("发生原因", "answer:cause_occur", 20)
    sheet.line("流出原因", "answer:cause_escape", 20)
    sheet.line("管理漏洞", "answer:gaps", 16)
    sheet.section("finding", *later)
    sheet.cells(("判　　定", "answer:validity|有效/一般无效/恶意", 116), ("原因代码", "answer:reason_code", 174))
    sheet.legend("原因代码：" + "；".join(f"{reason.code} {reason.zh}" for reason in REASONS.values()))
    sheet.line("判定依据", "answer:reason_basis", 14)
    sheet.section("investigation")
    sheet.cells(("责任部门", "answer:resp_dept", 87), ("责 任 人", "answer:resp_person", 174))
    sheet.bar("四、处置与结论")
    sheet.section("disposition", *later)
    sheet.line("处　　置", "answer:disposition|退货/换货/补发/返工/让步接收/报废/赔偿/致歉/解释/召回，可多项")
    sheet.line("影响范围", "answer:scope|在库、在途、客户处、其他客户的数量", 14)
    sheet.section("finding")
    for name in ("needs_capa", "needs_8d"):
        sheet.about.note(name)
    sheet.section("disposition")
    sheet.cells(
        ("赔偿金额", "answer:amount", 58),
        ("开纠正措施", "answer:needs_capa|是/否", 116),
        ("开8D报告", "answer:needs_8d|是/否", 174),
    )
    sheet.section("repeated")
    sheet.line("答复要点", "answer:answer_text", 18)
    sheet.section("disposition")
    sheet.line("结　　论", "answer:conclusion", 14)
    sheet.section("repeated")
    sheet.line("备　　注", "exceptions")
    sheet.signs(
        ("调查人", "investigator"),
        ("责任部门负责人", "resp_head"),
        ("客服经理", "service_manager"),
        ("质量部", "quality"),
        ("管理者代表", "management_rep"),
        ("批准（赔偿、恶性投诉）", "approver"),
        title=f"五、{SIGNED}",
        per_row=3,
    )


def ledger(sheet: Sheet) -> None:
    """JL-23-04: a line per case, on its side."""
    sheet.section("cases", "registrar", "checker")
    sheet.bar("台账")
    sheet.cells(("统计期间", "period", 87), ("案件数量", "count", 174), ("编制日期", "issued_on", 261))
    sheet.items(
        "明细",
        ("case_no", "编号", 29),
        ("received_at", "接诉时间", 44),
        ("customer_name", "客户", 69),
        ("product", "产品/型号", 90),
        ("batch_no", "批号", 106),
        ("qty_defect", "数量", 118),
        ("problem", "问题简述", 150),
        ("class1", "类别", 162),
        ("severity", "严重度", 172),
        ("owner_dept", "责任部门", 186),
        ("first_reply", "首次响应", 200),
        ("due", "要求完成", 214),
        ("closed_at", "结案日期", 228),
        ("result", "处理结果", 248),
        ("satisfied", "客户意见", 261),
        label="投诉",
    )
    sheet.signs(("登记人", "registrar"), ("审核", "checker"), title=SIGNED)


def actions(sheet: Sheet) -> None:
    """JL-8.5-03: a line per corrective action, on its side."""
    sheet.section("actions", "registrar", "checker")
    sheet.bar("台账")
    sheet.cells(("统计期间", "period", 87), ("项　　数", "count", 174), ("编制日期", "issued_on", 261))
    sheet.items(
        "明细",
        ("capa_no", "编号", 32),
        ("case_no", "案件", 54),
        ("source", "来源", 70),
        ("product", "产品/型号", 90),
        ("fact", "不合格事实", 126),
        ("owner_dept", "责任部门", 142),
        ("action", "措施", 178),
        ("owner", "责任人", 192),
        ("due", "计划完成", 209),
        ("done", "实际完成", 226),
        ("effect", "效果", 240),
        ("status", "状态", 261),
        label="纠正预防措施",
    )
    sheet.signs(("编制", "registrar"), ("审核", "checker"), title=SIGNED)


def talk(sheet: Sheet) -> None:
    """JL-23-08: a call, a visit, a follow-up."""
    sheet.bar("一、客户与事由")
    sheet.section("case", "registrar", "checker", late=True)
    about_customer(sheet)
    sheet.cells(("电子邮箱", "email", 87), ("关联订单", "order_no", 174))
    sheet.line("关联事项", "content", 20)
    sheet.section("repeated")
    sheet.line("处理结果", "result", 12)
    sheet.bar("二、沟通/回访", "由记录人填写")
    sheet.section("talk", "registrar", "checker")
    sheet.cells(
        ("日期时间", "answer:contacted_at", 58),
        ("方　　式", "answer:contact_mode|电话/邮件/微信/面谈/信函/传真", 174),
    )
    sheet.cells(
        ("我方人员", "answer:our_person", 58),
        ("类　　型", "answer:contact_type|日常沟通/回访/投诉后回访/满意度", 174),
    )
    sheet.line("沟通内容", "answer:talk", 44)
    sheet.line("客户满意度", "answer:satisfied|满意/基本满意/不满意/未能联系")
    sheet.line("客户意见", "answer:satisfied_words", 24)
    sheet.line("答复与承诺", "answer:promises|事项、责任人、期限", 16)
    sheet.cells(("需转部门", "answer:to_dept", 87), ("下次联系", "answer:next_contact|年-月-日", 174))
    sheet.line("结　　论", "answer:conclusion", 14)
    sheet.signs(("记录人", "registrar"), ("检查（营销经理）", "checker"), title=f"三、{SIGNED}", per_row=2)
