"""How kinds of mail, facts and occasions of our mails are called when they are shown to operators."""

from __future__ import annotations

from mailflow.commands.language import is_english

KINDS = {
    "complaint": "投诉",
    "followup": "补充",
    "inquiry": "咨询",
    "rfq": "询价",
    "order": "订单",
    "order_change": "订单变更",
    "suggestion": "建议",
    "praise": "表扬",
    "survey_reply": "满意度回复",
    "info_update": "资料变更",
    "staff_reply": "内部回复",
    "other": "其他来信",
    "auto_reply": "自动回复",
    "read_receipt": "已读回执",
    "bounce": "退信",
    "spam": "垃圾邮件",
    "newsletter": "订阅邮件",
    "loop": "循环邮件",
}

FIELDS = {
    "customer_company": "公司名称",
    "contact": "联系人",
    "phone": "联系电话",
    "order_no": "订单/合同号",
    "product": "产品名称",
    "model": "规格型号",
    "batch_no": "批号",
    "quantity": "数量",
    "defect_or_issue": "问题描述",
    "happened_on": "发生时间",
    "demand": "客户要求",
    "requested_deadline": "期望时间",
    "severity": "严重程度",
    "urgency": "紧急程度",
    "validity_hint": "有效性提示",
    "kind": "类别",
    "subkind": "细类",
}

OCCASIONS = {
    "receipt": "受理回执",
    "ask": "任务",
    "remind": "催办",
    "escalate": "请上级协调",
    "confirm": "办妥告知",
    "refused": "未办成告知",
    "notice": "通知",
    "daily": "每日待办",
    "summary": "日报",
    "holding": "请客户稍候",
    "progress": "进展告知",
    "answer": "答复客户",
    "satisfaction": "征询意见",
    "reopened": "重新办理告知",
    "closed": "结案告知",
    "corrected": "更正告知",
    "impersonated": "冒名来信告知",
    "held": "待决事项",
    "gathered": "汇总",
}


def kind_words(kind: str) -> str:
    """A kind of mail or case; its code, which commands take, in English."""
    return kind if is_english() else KINDS.get(kind, kind)


def field_words(field: str) -> str:
    """A fact; its code, which ``mailflow correct`` takes, stands behind it."""
    return field if is_english() or field not in FIELDS else f"{FIELDS[field]} {field}"


def occasion_words(occasion: str) -> str:
    """What one of our mails was written for."""
    name = occasion.partition(":")[0]
    return name if is_english() else OCCASIONS.get(name, name)
