"""One case of every kind, all in one office at once, from the customer's mail to its end by mail alone."""

from __future__ import annotations

from tests.cases.papers import words
from tests.flow.letters import letter
from tests.flow.office import Office
from tests.flow.robots import knowing, play
from tests.flow.staffed import STAFF, Staffed, answer

SAY = knowing(
    评审部门="技术", 隐含要求="无", 法规要求="符合GB/T 12237", 技术意见="能满足", 评审结果="接受",
    变更内容="数量120台", 变更原因="客户要求", 通知部门="生产部", 有无检验数据="是", 交付数量="100件",
    生产日期="2026-02-20", 检验日期="2026-02-25", 执行标准="GB/T 12237", 检验依据="Q/SL 01",
    检验数据="壳体1.5倍无渗漏",
    证明附信="现附上产品质量证明请查收", 转达情况="已转达刘工并登记", 需转部门="技术部", 是否采纳="采纳",
    采纳意见="下版增加",
    答复内容="感谢来信，已办理。", 能否开具="是", 发票号码="24317000000012345678", 送达方式="电子发票发至开票邮箱",
    总体评价="不满意", 意见与建议="漏水一直没有解决", 后续处理="不需另办", 处理理由="原投诉已在办理",
    更新内容="电话已更新",
    退货原因="客户原因", 费用承担="往返运费由客户承担", 是否需要纠正措施="否",
)  # fmt: skip
MAILS = {
    "TS": ("quality@plant.example", "投诉：球阀漏水", "我司收到的球阀有五件漏水，订单号：DD20260301008，请尽快换货。"),
    "ZX": ("ask@plant2.example", "咨询", "请问DN50球阀的保修期是多久？"),
    "XJ": (
        "buy@plant3.example",
        "询价：球阀200台",
        "请报价：DN50不锈钢球阀200台，要求3月20日前交货，请提供单价和交期。",
    ),
    "DD": ("order@plant4.example", "采购订单", "附件是订单，请回签：DN50球阀100台，3月20日交货。"),
    "BG": ("change@plant5.example", "订单变更：DD20260301011", "我司订单DD20260301011的数量请由100台改为120台。"),
    "JY": ("idea@plant6.example", "建议", "我有一个建议：希望贵司的说明书里写明安装扭矩，供参考。"),
    "BY": ("praise@plant7.example", "表扬信", "感谢贵司技术员刘工冒雨到现场服务，特此表扬！"),
    "DC": ("survey@plant8.example", "满意度调查表", "满意度调查表已填好：质量2分，交期3分，服务5分。"),
    "XX": ("info@plant9.example", "联系方式更新", "我司新的对接人是李明，新电话13812340000，请更新登记信息。"),
}
"""A mail of each kind of case, by the prefix its number gets."""
MORE = {
    "certificate": ("cert@plant10.example", "索取质量证明书", "请提供批号B2603-01球阀的产品质量证明书。"),
    "invoice": ("pay@plant11.example", "开发票", "请开具订单DD20260301009的发票，谢谢。"),
    "return_goods": ("back@plant12.example", "退货", "申请退货：三件球阀，是我方多买的，订单号：DD20260301010。"),
}
"""Mails of kinds that share a number with another, each of which goes its own way."""


def procedures(people: Staffed) -> dict[str, str]:
    """What became of the cases, by the procedure each ran by."""
    asked = "SELECT p.name, c.status FROM cases c JOIN procedures p ON p.digest = c.procedure"
    return dict(people.office.ask(asked))


def test_a_case_of_every_kind_comes_to_its_end_with_all_its_mails(office: Office) -> None:
    people = Staffed(office, STAFF.replace("roles: [technical]", "roles: [technical, quality]"))
    note = "电话记录\n客户：海诚机电有限公司\n联系人：方远 电话：13912340000\n"
    note += "内容：减速机漏油，要求派人处理。\n记录人：柳青"
    people.work(
        *(letter(text, subject=subject, sender=sender) for sender, subject, text in (*MAILS.values(), *MORE.values())),
        letter(note, subject="电话记录：减速机漏油", sender="liu@firm.example"),
    )
    play(people, SAY)
    people.work(answer(people.sent(MAILS["BG"][0])[-1], "确认，同意。"))
    play(people, SAY)
    for _ in range(2):
        office.clock.forward(days=4)
        people.work()
        asked = [people.sent(sender)[-1] for sender in (MAILS["TS"][0], MORE["return_goods"][0])]
        people.work(*(answer(mail, "满意，谢谢。") for mail in asked if "满意" in mail.text))
        play(people, SAY)

    assert set(office.ask("SELECT DISTINCT status FROM cases")) == {("closed",)}
    assert people.open_tasks() == []
    assert set(MAILS) <= {number[:2] for (number,) in office.ask("SELECT number FROM cases")}
    assert {"certificate", "invoice", "return_goods", "complaint_oral", "survey_reply"} <= set(procedures(people))
    assert office.errors() == []
    for sender, _, _ in (*MAILS.values(), *MORE.values()):
        assert people.sent(sender), sender  # every one of them heard at least that it arrived
    assert "感谢来信，已办理。" in people.sent(MORE["invoice"][0])[-1].text
    assert people.sent(MORE["certificate"][0])[-1].file(".docx")[0].startswith("JL-8.6-03")
    assert words(people.sent(MAILS["XJ"][0])[-1].file(".docx")[1])
