"""The forms of reports: monthly analysis, quarterly review, feedback of all kinds, complaints by product."""

from __future__ import annotations

from typing import Any

from tools.forms.build_sheet import Sheet
from tools.forms.drawing import lay, run

COMPARED = (("name", "指标", 56), ("value", "本期", 94), ("before", "上期", 120), ("change", "变化", 150),
            ("last_year", "去年同期", 174))  # fmt: skip
ABOUT = (("case", "编号", 36), ("customer", "客户", 72), ("subject", "主题", 112), ("severity", "严重度", 124))
PEOPLE = ("preparer", "reviewer", "approver")
MONTHLY, QUARTERLY, FEEDBACK, PRODUCTS, YEARLY = "JL-23-11", "JL-23-15", "JL-23-16", "JL-23-17", "JL-23-18"


def monthly(sheet: Sheet) -> None:
    """JL-23-11: in the order rules for complaints ask for; a month without complaints has its report too."""
    _head(sheet, *PEOPLE, *(cell for _, cell in RECEIVERS))
    _analysis(sheet)
    _written(sheet, "十、问题与建议", "report_advice")
    _praise(sheet, "十一、表扬、建议汇总")
    _written(sheet, "下月重点", "report_next")
    _rest(sheet)
    sheet.signs(("编制", "preparer"), ("审核", "reviewer"), ("批准", "approver"), title="十二、签字", per_row=3)
    sheet.signs(*RECEIVERS, title="十三、分发签收")


def quarterly(sheet: Sheet) -> None:
    """JL-23-15: the figures of a quarter, and what the review decides about them."""
    _head(sheet, *PEOPLE, *(cell for _, cell in RECEIVERS))
    _analysis(sheet)
    _praise(sheet, "十、表扬、建议汇总")
    _written(sheet, "十一、计划执行情况", "review_plans")
    _written(sheet, "十二、处理效果与满意度评价", "review_effect")
    _written(sheet, "十三、决定事项", "decisions", "每行一项：事项；负责人；期限")
    _rest(sheet)
    sheet.signs(("编制", "preparer"), ("审核", "reviewer"), ("批准", "approver"), title="十四、签字", per_row=3)
    sheet.signs(*RECEIVERS, title="十五、参加评审部门签字")


def yearly(sheet: Sheet) -> None:
    """JL-23-18: the figures of a year, and the minutes of the meeting that reviews the service with customers."""
    _head(sheet, *PEOPLE)
    _analysis(sheet)
    _praise(sheet, "十、表扬、建议汇总")
    _written(sheet, "十一、参加人员（含客户代表）", "review_attended")
    _written(sheet, "十二、会议内容与结论", "review_minutes")
    _written(sheet, "十三、决定事项", "decisions", "每行一项：事项；负责人；期限")
    _rest(sheet)
    sheet.signs(("编制", "preparer"), ("审核", "reviewer"), ("批准", "approver"), title="十四、签字", per_row=3)


def feedback(sheet: Sheet) -> None:
    """JL-23-16: what customers said, of every kind."""
    _head(sheet, *PEOPLE)
    sheet.bar("一、各类反馈")
    sheet.line("说　　明", "counts_said")
    sheet.items("件数", ("name", "类型", 90), ("count", "件数", 174), name="by_kind", label="各类反馈")
    sheet.items("二、总量对比", *COMPARED, name="counts", label="总量")
    _praise(sheet, "三、表扬、建议汇总")
    sheet.items("四、不满意的客户", ("customer", "客户", 60), ("case", "案件", 90), ("subject", "主题", 130),
                ("sign", "表现", 174), name="unhappy", label="不满意的客户")  # fmt: skip
    _written(sheet, "五、分析与建议")
    sheet.signs(("编制", "preparer"), ("审核", "reviewer"), ("批准", "approver"), title="六、签字", per_row=3)


def products(sheet: Sheet) -> None:
    """JL-23-17: complaints by product, for engineering and development."""
    _head(sheet, "preparer", "technical", "reviewer")
    sheet.items("一、按产品汇总", ("name", "产品", 80), ("count", "件数", 105), ("share", "占比", 140),
                ("together", "累计", 174), name="by_product", label="按产品")  # fmt: skip
    sheet.items("二、明细", ("product", "产品/型号", 44), ("case", "案件", 70), ("customer", "客户", 98),
                ("defect", "缺陷", 132), ("reason", "代码", 146), ("result", "结论", 174),
                name="cases", label="明细")  # fmt: skip
    _written(sheet, "三、对设计、工艺的要求")
    sheet.signs(("编制", "preparer"), ("技术", "technical"), ("审核", "reviewer"), title="四、签字", per_row=3)


RECEIVERS = (("质量", "receiver_quality"), ("技术", "receiver_technical"), ("生产", "receiver_production"),
             ("销售", "receiver_sales"))  # fmt: skip


def _head(sheet: Sheet, *signers: str) -> None:
    """The top; whoever signs answers for all of it, the figures of a period do not change behind him."""
    sheet.section("report", *signers)
    sheet.bar("统计范围", "由系统统计，每个数字可查出处")
    sheet.cells(("统计期间", "period", 116), ("编制日期", "issued_on", 174))
    sheet.line("统计口径", "opening", 12)


def _analysis(sheet: Sheet) -> None:
    """The nine parts that are counted."""
    sheet.bar("一、总量")
    sheet.line("说　　明", "counts_said")
    sheet.items("与上期、去年同期比", *COMPARED, name="counts", label="总量")
    _chart(sheet, "chart_class", "图：按类别")
    sheet.items("二、分类（柏拉图）", ("by", "按", 30), ("name", "名称", 90), ("count", "件数", 110),
                ("share", "占比", 142), ("together", "累计", 174), name="groups", label="分类")  # fmt: skip
    _chart(sheet, "chart_defect", "图：按缺陷")
    sheet.items("三、时效", *COMPARED, name="response", label="时效")
    sheet.items(
        "超过 30 分钟才答复或尚未答复", *ABOUT, ("first_answer", "首次响应", 174), name="slow", label="超期清单"
    )
    sheet.items("四、结案", *COMPARED, name="closing", label="结案")
    _chart(sheet, "chart_ages", "图：未结时间分布")
    sheet.items("未结清单", ("case", "编号", 32), ("customer", "客户", 62), ("subject", "主题", 96),
                ("severity", "严重度", 108), ("owner", "责任人", 126), ("days", "天数", 140), ("expected", "预计", 174),
                name="open", label="未结清单")  # fmt: skip
    for place, name, title, more in (
        ("五", "repeats", "重复投诉", (("defect", "缺陷", 146), ("as_in", "同前案", 174))),
        ("六", "reopened", "重开", (("on", "重开日期", 150), ("opinion", "客户意见", 174))),
    ):
        sheet.bar(f"{place}、{title}")
        sheet.line("说　　明", f"{name}_said")
        sheet.items(f"{title}：指标", *COMPARED, name=f"{name}_rate", label=f"{title}指标")
        sheet.items(f"{title}：清单", *ABOUT, *more, name=name, label=title)
    sheet.items("七、纠正措施完成与有效率", *COMPARED, name="actions", label="纠正措施")
    sheet.bar("八、损失金额")
    sheet.line("说　　明", "cost_said")
    sheet.items("合计", *COMPARED, name="cost_sum", label="损失合计")
    sheet.items("明细", *ABOUT, ("amount", "金额", 154), ("currency", "币种", 174), name="cost", label="损失明细")
    sheet.items("九、典型案例", *ABOUT, ("defect", "缺陷", 144), ("result", "处理结果", 174), name="typical",
                label="典型案例")  # fmt: skip


def _praise(sheet: Sheet, title: str) -> None:
    sheet.items(title, ("case", "编号", 36), ("kind", "类型", 54), ("customer", "客户", 90), ("subject", "内容", 150),
                ("adopted", "是否采纳", 174), name="praise", label="表扬、建议")  # fmt: skip


def _rest(sheet: Sheet) -> None:
    sheet.items("对以前报告的更正", ("period", "期间", 44), ("name", "指标", 104), ("was", "原报告", 139),
                ("now", "更正为", 174), name="corrected", label="更正")  # fmt: skip
    sheet.bar("邮件与邮箱")
    sheet.line("对　　账", "machine_said", 12)
    sheet.end()


def _written(sheet: Sheet, title: str, field: str = "", note: str = "由编制人填写") -> None:
    """Room for a person's words, kept under a field where a step asks for them; the program has no opinion."""
    sheet.bar(title, note)
    sheet.cells(("内　　容", f"answer:{field}" if field else "", 174), height=26, split=True)


def _chart(sheet: Sheet, name: str, label: str) -> None:
    """A paragraph of its own, in whose place the chart is put."""
    sheet.end()
    sheet.about.fields[name] = label
    sheet.about.note(name)
    paragraph: Any = sheet.document.add_paragraph()
    lay(paragraph, "MfPicture")
    run(paragraph, f"{{{{ {name} }}}}")
