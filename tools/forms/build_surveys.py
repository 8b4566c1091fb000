"""The forms of surveys: the plan and the report."""

from __future__ import annotations

from tools.forms.build_cases import SIGNED
from tools.forms.build_sheet import Sheet


def plan(sheet: Sheet) -> None:
    """JL-8.2-02: whom we ask, how and until when, before a letter leaves."""
    both = ("planner", "approver")
    sheet.section("plan", *both)
    sheet.bar("一、目的与范围")
    sheet.line("调查目的", "answer:survey_purpose", 14)
    sheet.line("调查范围", "answer:survey_scope", 10)
    sheet.line("调查方式", "answer:survey_way", 10)
    sheet.bar("二、对象与抽样", "全部重点客户 + 抽样；不调查的客户及原因")
    sheet.line("对象与抽样", "answer:survey_sampling", 70)
    sheet.bar("三、问卷与评分")
    sheet.line("问卷及版本", "answer:survey_form", 8)
    sheet.line("权重与评分", "answer:survey_scoring", 26)
    sheet.line("目 标 值", "answer:survey_target", 8)
    sheet.bar("四、时间安排")
    sheet.cells(("答复截止", "answer:survey_time", 87), ("负 责 人", "answer:survey_owner", 174))
    sheet.line("催收安排", "answer:survey_reminders", 10)
    sheet.signs(("编制", "planner"), ("批准", "approver"), title=f"五、{SIGNED}")


def report(sheet: Sheet) -> None:
    """JL-8.2-03: what was answered, what it says and how surely, and what is done."""
    both = ("author", "approver")
    sheet.section("figures", *both)
    sheet.bar("一、概况", "发放、退信、回收、有效、回收率")
    sheet.line("发放与回收", "answer:survey_counts", 24)
    sheet.line("统计方法", "answer:survey_method", 20)
    sheet.bar("二、结果")
    sheet.line("满意度", "answer:survey_results", 44)
    sheet.line("推荐度", "answer:survey_nps", 10)
    sheet.line("对　　比", "answer:survey_change|目标、上期", 12)
    sheet.line("客户原话", "answer:survey_words", 24)
    sheet.bar("三、分析与改进")
    sheet.line("原因分析", "answer:survey_causes", 18)
    sheet.line("改进措施", "answer:survey_measures|措施、责任人、期限", 18)
    sheet.line("结　　论", "answer:survey_conclusion|是否提交管理评审", 12)
    sheet.signs(("编制", "author"), ("批准", "approver"), title=f"四、{SIGNED}")
