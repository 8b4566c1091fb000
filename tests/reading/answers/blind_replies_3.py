"""A fourth set of colleagues' answers, invented after the words were frozen a third time."""

from __future__ import annotations

# text, verdict, reason or name or values
BLIND: list[tuple[str, str, object]] = [
    ("同意，请客服部按时答复客户。", "agree", None),
    ("可以，没有其他意见。\n\n发自我的小米手机", "agree", None),
    ("审阅完毕，同意。谢谢各位", "agree", None),
    ("已核对，无误，同意。", "agree", None),
    ("同意\n\nDavid Chen\nProduction Manager\n+86 138 1234 5678", "agree", None),
    ("Fully agree, please go on.", "agree", None),
    ("好，批了", "agree", None),
    ("赵总：同意上述纠正措施。", "agree", None),
    ("签字确认，谢谢配合", "signed", None),
    ("已经签字，请归档", "signed", None),
    ("Signed off, thank you.", "signed", None),
    ("退回。发生原因写得太笼统", "return", "发生原因写得太笼统"),
    ("不同意\n原因：检验数据缺失", "return", "检验数据缺失"),
    ("我不同意这个结论，货是在运输途中损坏的", "return", None),
    ("Returned. Please add the batch number.", "return", None),
    ("驳回（附件与订单不一致）", "return", "附件与订单不一致"),
    ("转给王芳，谢谢", "transfer", "王芳"),
    ("此件请转质量部李梅", "transfer", "李梅"),
    ("Please reassign to Li Si.", "transfer", "Li Si"),
    ("1.责任部门:包装车间 2.责任人:李四", "work", {"resp_dept": "包装车间", "action_owner": "李四"}),
    (
        "【发生原因】\n冷却液浓度偏低。\n【纠正措施】\n每日点检浓度。",
        "work",
        {"cause_occur": "冷却液浓度偏低。", "action": "每日点检浓度。"},
    ),
    ("赔偿金额 3500 元\n完成日期 12月10日", "work", {"amount": "3500.00 CNY", "action_due": "2026-12-10"}),
    (
        "Responsible department: Production\nAmount: EUR 1,250.50",
        "work",
        {"resp_dept": "Production", "amount": "1250.50 EUR"},
    ),
    ("同意吧，不同意也没办法", "unclear", None),
    ("先同意，后面再补材料", "unclear", None),
    ("质量部同意，我这边还要看看", "unclear", None),
    ("谁同意的？", "unclear", None),
    ("同意你个头", "unclear", None),
    ("ok??", "unclear", None),
    ("已签收快递", "unclear", None),
]
