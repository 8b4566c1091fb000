"""The forms of orders and goods: contract review and change, return, rework, replacement."""

from __future__ import annotations

from tools.forms.build_cases import SIGNED, about_customer
from tools.forms.build_sheet import Sheet


def review(sheet: Sheet) -> None:
    """JL-7.2-01: each department says whether it can, before the order is accepted."""
    departments = ("technical", "quality", "production", "purchasing", "finance", "sales")
    everybody = (*departments, "proposer", "approver")
    sheet.bar("一、顾客与来源")
    sheet.section("order", *everybody, late=True)
    about_customer(sheet)
    sheet.cells(("来源类别", "tick:order_kind|询价 标书 合同 订单 口头/电话订单 更改", 174))
    sheet.cells(("评审类型", "tick:review_type|常规 特殊 现货", 87), ("订单/合同号", "order_no", 174))
    sheet.items(
        "二、产品明细",
        ("name", "产品名称", 49),
        ("model", "型号/图号", 84),
        ("qty", "数量", 104),
        ("price", "单价", 124),
        ("amount", "金额", 148),
        ("due", "交期", 174),
        label="产品明细",
    )
    sheet.bar("三、要求")
    sheet.line("顾客明示", "content", 20)
    sheet.section("requirements", *everybody)
    sheet.line("隐含要求", "answer:req_implied|预期用途", 7)
    sheet.line("法规要求", "answer:req_legal|法律法规、强制标准", 7)
    sheet.line("附加要求", "answer:req_own|公司自身要求", 7)
    sheet.line("特殊要求", "answer:req_special|顾客特殊要求、特殊特性", 7)
    sheet.line("口头确认", "answer:oral_confirm|口头订单：记录人、时间、确认方式", 7)
    sheet.line("差异解决", "answer:differences|与以前表述不一致之处", 7)
    sheet.bar("四、评审意见", "能满足 / 不能 / 有条件，写明条件")
    sheet.line("参加评审", "answer:review_by|技术/质量/生产/采购/财务，可多项")
    for label, name in (
        ("技　　术", "technical"),
        ("质　　检", "quality"),
        ("生　　产", "production"),
        ("采购/物控", "purchasing"),
        ("财　　务", "finance"),
        ("销　　售", "sales"),
    ):
        sheet.section(f"opinion_{name}", name, "proposer", "approver")
        sheet.line(label, f"answer:opinion_{name}|能满足/不能/有条件", 7.2)
    sheet.section("outcome", *everybody)
    sheet.line("风险与对策", "answer:risk", 8)
    sheet.cells(("评审结果", "answer:accepted|接受/协商后接受/不接受", 99), ("结　　论", "answer:conclusion", 174))
    sheet.signs(
        ("技术", "technical"),
        ("质检", "quality"),
        ("生产", "production"),
        ("采购/物控", "purchasing"),
        ("财务", "finance"),
        ("销售", "sales"),
        ("组织人", "proposer"),
        ("批准", "approver"),
        title=f"五、{SIGNED}",
    )


def change(sheet: Sheet) -> None:
    """JL-7.2-03: what changes, what it costs, who has been told."""
    departments = ("production", "purchasing", "technical", "quality", "finance")
    leading = ("proposer", "sales", "approver", "supplier", "customer")
    sheet.bar("一、申请")
    sheet.section("order", *leading, *departments, late=True)
    about_customer(sheet)
    sheet.cells(
        ("订单/合同号", "order_no", 72), ("提 出 方", "tick:proposed_by|顾客 我方", 125), ("申请日期", "issued_on", 174)
    )
    sheet.line("来信内容", "content", 18)
    sheet.items(
        "二、变更项目", ("name", "项目", 49), ("before", "变更前", 111), ("after", "变更后", 174), label="变更项目"
    )
    sheet.bar("三、变更与影响")
    sheet.section("change", *leading, *departments)
    sheet.line("变更内容", "answer:change_items|上表未列的变更", 12.2)
    sheet.line("变更原因", "answer:change_reason", 8)
    sheet.cells(("生效日期", "answer:effective_date|年-月-日", 87), ("损失金额", "answer:amount", 174))
    sheet.line("影响范围", "answer:scope|库存、在制、已购物料、呆滞、交期", 12)
    sheet.line("费用承担", "answer:cost_bearer|顾客/我方/协商", 8)
    sheet.bar("四、评审", "能满足 / 不能 / 有条件，写明条件")
    sheet.line("参加评审", "answer:review_by|技术/质量/生产/采购/财务，可多项")
    for label, name in (
        ("生　　产", "production"),
        ("采　　购", "purchasing"),
        ("技　　术", "technical"),
        ("质　　量", "quality"),
        ("财　　务", "finance"),
    ):
        sheet.section(f"opinion_{name}", *leading, name)
        sheet.line(label, f"answer:opinion_{name}|能满足/不能/有条件", 7)
    sheet.section("outcome", *leading, *departments)
    sheet.line("评审结果", "answer:accepted|接受/协商后接受/不接受")
    sheet.line("评审结论", "answer:conclusion", 9)
    sheet.section("confirmed", "customer")
    sheet.line("顾客确认", "answer:customer_confirmed|签字、盖章或邮件，日期", 7)
    sheet.section("told")  # after all have signed
    sheet.line("通知部门", "answer:notified|部门、人员、时间", 7)
    sheet.signs(
        ("申请人", "proposer"),
        ("业务主管", "sales"),
        ("生产", "production"),
        ("采购", "purchasing"),
        ("技术", "technical"),
        ("质量", "quality"),
        ("财务", "finance"),
        ("批准", "approver"),
        ("供方代表", "supplier"),
        ("需方代表", "customer"),
        title=f"五、{SIGNED}",
        per_row=5,
    )


def goods_back(sheet: Sheet) -> None:
    """JL-23-12: goods a customer sends back stay the customer's until it is decided."""
    sheet.bar("一、退货信息")
    sheet.section("goods", "sales", "warehouse", "quality", "approver", "reviewer", late=True)
    about_customer(sheet)
    sheet.cells(("订单/合同号", "order_no", 87), ("送货/运单号", "delivery_no", 174))
    sheet.cells(("退货类型", "tick:return_type|使用不合格 进货检验批退 委托返工 错发", 174))
    sheet.line("客户反映", "content", 24)
    sheet.items(
        "二、退货明细",
        ("name", "产品名称", 44),
        ("model", "规格型号", 74),
        ("batch_no", "批号", 99),
        ("defect", "不良现象", 129),
        ("reason", "退货原因", 154),
        ("qty", "数量", 174),
        label="退货明细",
    )
    sheet.bar("三、收货与检验", "退回的货物是顾客财产：隔离、标识")
    sheet.section("received", "warehouse", "quality", "approver")
    sheet.line("实　　收", "answer:received_qty|数量、差异、收货人、存放地点", 8)
    sheet.section("inspected", "quality", "approver")
    sheet.line("检验结果", "answer:inspection", 22)
    sheet.section("repeated")  # of the investigation, where it is signed for
    sheet.line("原因分析", "answer:cause_occur", 16)
    sheet.section("inspected")
    sheet.line("责任判定", "answer:liability|我方/客户/运输", 8)
    sheet.bar("四、处理")
    sheet.section("ordered", "sales", "approver", "reviewer")
    sheet.line("处　　置", "answer:disposition|退货/换货/补发/返工/让步接收/报废/赔偿/致歉/解释/召回，可多项")
    sheet.cells(("要求补货", "answer:resend|是/否", 87), ("退款/折让", "answer:amount", 174))
    sheet.line("费用承担", "answer:cost_bearer", 8)
    sheet.section("concluded", "approver", "reviewer")
    sheet.line("结　　论", "answer:conclusion", 14)
    sheet.signs(
        ("销售员", "sales"),
        ("仓库", "warehouse"),
        ("质检", "quality"),
        ("品质部批准", "approver"),
        ("销售部批准", "reviewer"),
        title=f"五、{SIGNED}",
        per_row=5,
    )


def rework(sheet: Sheet) -> None:
    """JL-23-13: goods worked on again are inspected again."""
    everybody = ("quality", "production", "inspector", "approver")
    sheet.bar("一、产品")
    sheet.section("goods", *everybody, late=True)
    sheet.cells(("客户名称", "customer_name", 116), ("订单/合同号", "order_no", 174))
    sheet.cells(("产品名称", "product", 58), ("规格型号", "model", 116), ("批号/序列号", "batch_no", 174))
    sheet.cells(("不良数量", "qty_defect", 58), ("不良现象", "class2", 174))
    sheet.line("不合格描述", "content", 45)
    sheet.bar("二、返工/返修要求")
    sheet.section("ordered", *everybody)
    sheet.line("返工要求", "answer:rework_req|方法、作业文件编号", 34)
    sheet.cells(
        ("返工数量", "answer:rework_qty", 58),
        ("责任班组", "answer:rework_team", 116),
        ("期　　限", "answer:rework_due|年-月-日", 174),
    )
    sheet.line("标识隔离", "answer:marking", 10)
    sheet.line("工时/材料", "answer:hours", 10)
    sheet.bar("三、重新检验", "由检验员填写")
    sheet.section("checked", "inspector", "approver")
    sheet.line("检验数据", "answer:rework_data", 32)
    sheet.line("检验结果", "answer:rework_result|合格数、报废数", 10)
    sheet.line("结　　论", "answer:conclusion", 12)
    sheet.signs(
        ("质检", "quality"),
        ("调度/生产", "production"),
        ("检验员", "inspector"),
        ("批准", "approver"),
        title=f"四、{SIGNED}",
    )


def replacement(sheet: Sheet) -> None:
    """JL-23-14: what is sent instead, or besides."""
    everybody = ("service", "sales", "warehouse", "finance")
    sheet.bar("一、客户与原因")
    sheet.section("order", *everybody, late=True)
    about_customer(sheet)
    sheet.cells(("原订单号", "order_no", 87), ("通知类型", "tick:replace_type|换货 补发", 174))
    sheet.line("收货地址", "address", 8)
    sheet.line("原　　因", "content", 45)
    sheet.items(
        "二、换货/补发明细",
        ("name", "产品名称", 64),
        ("model", "规格型号", 104),
        ("batch_no", "原批号", 139),
        ("qty", "数量", 174),
        label="换货/补发明细",
    )
    sheet.bar("三、安排", "由经办人填写")
    sheet.section("arranged", *everybody)
    sheet.line("收货人", "answer:ship_to|地址、联系人、电话，与上栏不同时填写", 10)
    sheet.section("shipped", "warehouse")
    sheet.cells(("发 货 期", "answer:ship_date|年-月-日", 87), ("运单号", "answer:waybill", 174))
    sheet.section("arranged")
    sheet.cells(("运费承担", "answer:cost_bearer", 87), ("金　　额", "answer:amount", 174))
    sheet.line("原货处理", "answer:old_goods|退回/就地报废/其他", 16)
    sheet.line("备　　注", "answer:remark", 40)
    sheet.signs(
        ("客服", "service"), ("销售", "sales"), ("仓库", "warehouse"), ("财务", "finance"), title=f"四、{SIGNED}"
    )
