"""The forms of correction: corrective action report, 8D report, quality certificate."""

from __future__ import annotations

from tools.forms.build_cases import SIGNED, about_customer, about_goods
from tools.forms.build_sheet import Sheet


def capa(sheet: Sheet) -> None:
    """JL-8.5-01: from the fact to the check that the action worked."""
    planned = ("proposer", "reviewer", "resp_head", "quality", "management_rep", "verifier", "closer")
    sheet.bar("一、来源")
    sheet.section("origin")  # follows from the case
    sources = "顾客投诉 退货 内审 外审 管理评审 过程/成品检验 供方 满意度调查 走访 重复发生 其他"
    sheet.cells(("来　　源", f"tick:source|{sources}", 174))
    sheet.about.note("capa_type")
    sheet.section("complaint", *planned, late=True)
    sheet.cells(("类　　别", "tick:capa_type|纠正措施 预防措施", 87), ("严重程度", "tick:severity|一般 重大 恶性", 174))
    sheet.section("origin")
    sheet.cells(("提出部门", "issuing_dept", 58), ("提出日期", "issued_on", 116), ("要求回复", "deadline", 174))
    sheet.section("complaint")
    sheet.cells(("客户名称", "customer_name", 116), ("重复发生", "repeat_of", 174))
    about_goods(sheet)
    sheet.line("客户反映", "content", 22)
    sheet.bar("二、不合格事实与应急处置")
    sheet.line("事　　实", "answer:facts_found|时间、地点、数量、证据", 26)
    sheet.section("repeated")  # of the hours after the complaint, where it was done and signed for
    sheet.line("应急处置", "containment", 12)
    sheet.section("plan", *planned)
    sheet.line("影响范围", "answer:scope|已发、在库、在途、在制的数量", 14)
    sheet.line("纠　　正", "answer:correction|对不合格品的处置、完成日期、责任人", 20)
    sheet.bar("三、原因分析", "由责任部门填写")
    sheet.cells(("责任部门", "answer:resp_dept", 87), ("责 任 人", "answer:resp_person", 174))
    sheet.line("发生原因", "answer:cause_occur|人机料法环测、5Why", 30)
    sheet.line("流出原因", "answer:cause_escape", 24)
    sheet.line("管理漏洞", "answer:gaps", 20)
    sheet.bar("四、措施")
    sheet.line("纠正措施", "answer:action", 40)
    sheet.section("done", "verifier", "closer")
    sheet.about.note("action_done_on")
    sheet.section("plan")
    sheet.cells(
        ("措施责任人", "answer:action_owner", 58),
        ("计划完成", "answer:action_due|年-月-日", 116),
        ("实际完成", "action_done_on", 174),
    )
    sheet.line("预防措施", "answer:preventive", 22)
    sheet.line("举一反三", "answer:spread|类似产品、过程、客户", 18)
    sheet.section("done")
    sheet.line("修改文件", "answer:docs_changed|作业指导书、控制计划、检验规范等的编号", 14)
    sheet.line("完成情况", "answer:action_done", 14)
    sheet.bar("五、验证与关闭", "验证人不得是措施的实施人")
    sheet.section("plan")
    sheet.line("验证方式", "answer:verify_plan|批次数或天数", 14)
    sheet.section("verified", "verifier", "closer")
    sheet.line("验证数据", "answer:verify_data", 26)
    sheet.line("验证结果", "answer:verify_result|有效/部分有效/无效")
    sheet.line("结　　论", "answer:conclusion", 16)
    sheet.section("repeated")
    sheet.line("备　　注", "exceptions")
    sheet.signs(
        ("提出人", "proposer"),
        ("提出部门负责人", "reviewer"),
        ("责任部门负责人", "resp_head"),
        ("审核（质量部）", "quality"),
        ("批准（管理者代表）", "management_rep"),
        ("验证人", "verifier"),
        ("关闭人", "closer"),
        title=f"六、{SIGNED}",
    )


def eight_d(sheet: Sheet) -> None:
    """JL-8.5-02: the eight disciplines as customers ask for them; a report in steps grows on it section by section."""
    last = ("drafter", "quality", "technical", "production", "approver", "customer")
    three, five = ("drafter_3d", "approver_3d"), ("drafter_5d", "approver_5d")
    sheet.bar("报告信息")
    sheet.section("complaint", *three, *five, *last, late=True)
    about_customer(sheet, received="投诉日期")
    about_goods(sheet)
    # It goes to the customer: how grave we judge it, and which complaints are like it, stay with us.
    sheet.cells(("客户单号", "answer:customer_ref", 116), ("开具日期", "issued_on", 174))
    sheet.line("要求提交", "deadline")
    sheet.line("客户反映", "content", 22)
    sheet.bar("D1　成立小组")
    sheet.section("step_3d", *three, *five, *last)
    sheet.cells(("组　　长", "answer:team_leader", 58), ("成　　员", "answer:team|部门、职责，至少三个职能", 174))
    sheet.section("complaint")
    sheet.bar("D2　问题描述", "5W2H：何时、何地、何人、何物、何因、如何、多少")
    sheet.line("问题描述", "answer:facts_found|是/不是、标准与实际", 26)
    sheet.photos()
    sheet.section("step_3d")
    sheet.bar("D3　临时围堵措施")
    sheet.line("围堵措施", "answer:containment|客户处、在途、成品、在制、原料：数量、方法、责任人、时间", 28)
    sheet.line("影响范围", "answer:scope|各处数量与挑出的不良数", 14)
    sheet.section("step_5d", *five, *last)
    sheet.bar("D4　根本原因")
    sheet.line("发生原因", "answer:cause_occur", 24)
    sheet.line("流出原因", "answer:cause_escape", 22)
    sheet.line("系统原因", "answer:gaps", 18)
    sheet.bar("D5　永久纠正措施")
    sheet.line("纠正措施", "answer:action", 28)
    sheet.cells(("措施责任人", "answer:action_owner", 87), ("计划完成", "answer:action_due|年-月-日", 174))
    sheet.bar("D6　实施与验证")
    sheet.section("repeated")  # of the corrective action report, where it is signed for
    sheet.cells(("完成情况", "answer:action_done", 116), ("实际完成", "action_done_on", 174), height=14)
    sheet.section("report", *last)
    sheet.line("验证方式", "answer:verify_plan|断点批号、批次数", 10)
    sheet.line("验证数据", "answer:verify_data", 22)
    sheet.section("repeated")
    sheet.line("验证结果", "answer:verify_result|有效/部分有效/无效")
    sheet.section("report")
    sheet.bar("D7　预防再发")
    sheet.line("预防措施", "answer:preventive", 20)
    sheet.line("举一反三", "answer:spread|类似产品、过程、客户", 16)
    sheet.line("修改文件", "answer:docs_changed|PFMEA、控制计划、作业指导书、检验规范的编号", 10)
    sheet.bar("D8　总结")
    sheet.line("总　　结", "answer:conclusion|客户确认、关闭、致谢", 18)
    sheet.signs(
        ("3D 编制", "drafter_3d"),
        ("3D 批准", "approver_3d"),
        ("5D 编制", "drafter_5d"),
        ("5D 批准", "approver_5d"),
        ("编制", "drafter"),
        ("审核（质量）", "quality"),
        ("技术", "technical"),
        ("生产", "production"),
        ("批准", "approver"),
        ("客户确认", "customer"),
        title=SIGNED,
        per_row=5,
    )


def certificate(sheet: Sheet) -> None:
    """JL-8.6-03: prepared from what is known; only people certify."""
    certifying = ("inspector", "checker", "quality")
    sheet.bar("一、产品")
    sheet.section("product", *certifying, late=True)
    sheet.cells(("顾客名称", "customer_name", 116), ("订单/合同号", "order_no", 174))
    sheet.cells(("产品名称", "product", 58), ("规格型号", "model", 116), ("批号/炉号", "batch_no", 174))
    sheet.section("certified", *certifying)
    sheet.cells(
        ("数　　量", "answer:qty_delivered", 58),
        ("生产日期", "answer:prod_date|年-月-日", 116),
        ("检验日期", "answer:inspected_on|年-月-日", 174),
    )
    sheet.line("执行标准", "answer:standard", 8)
    sheet.line("检验依据", "answer:inspection_basis|标准、抽样方案", 8)
    sheet.items(
        "二、检验项目",
        ("name", "检验项目", 54),
        ("standard", "标准值", 99),
        ("measured", "实测值", 144),
        ("verdict", "结论", 174),
        label="检验项目",
    )
    sheet.bar("三、结论", "由检验人员填写")
    sheet.line("检验数据", "answer:inspection|上表未列的项目与实测值", 40)
    sheet.line("检验结论", "answer:conclusion|合格/不合格", 10)
    sheet.line("备　　注", "answer:remark", 20)
    sheet.signs(
        ("检验员（代号）", "inspector"),
        ("审核", "checker"),
        ("质检部（盖章）", "quality"),
        title=f"四、{SIGNED}",
        per_row=3,
    )
