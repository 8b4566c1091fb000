"""The diagram is valid Mermaid whatever stands in the files; the table says who does what, when, and who must not."""

from __future__ import annotations

import re

from mailflow.domain.model import Kind
from mailflow.procedures.diagram import mermaid, rows
from mailflow.procedures.model import FieldSpec, Procedure, TaskSpec, Title

ROLES = {"service": ("客服", "Customer service"), "quality": ("质量", "Quality")}
SHAPES = (("[", "]"), ("(", ")"), ("((", "))"), ("([", "])"), ("[[", "]]"), ("{{", "}}"))
BOXES = "|".join(rf'{re.escape(left)}"([^"]*)"{re.escape(right)}' for left, right in SHAPES)
NODE = re.compile(rf"  (t_\w+|t0|t1)(?:{BOXES})")
EDGE = re.compile(r'  (t_\w+|t0|t1) (?:-->|-\. "[^"]*" \.->) (t_\w+|t0|t1)')


def spec(zh: str, done_by: str, **keys: object) -> TaskSpec:
    return TaskSpec.model_validate({"title": {"zh": zh, "en": f"en {zh}"}, "done_by": done_by, **keys})


PROCEDURE = Procedure(
    name="case",
    title=Title(zh="投诉", en="Complaint"),
    kinds=(Kind.COMPLAINT,),
    reopen_from="look",
    fields={
        "owner": FieldSpec(title=Title(zh="责任人", en="Owner"), type="person"),
        "satisfied": FieldSpec(title=Title(zh="满意度", en="Satisfaction")),
    },
    tasks={
        "look": spec("查看", "reply", role="service", asks=["owner"], within="4h"),
        "end": spec(
            "签\"字\" <b>|`#1`", "signature", needs=["look"], role="quality", who="owner", unlike=["look"],
            not_accused=True, form="QF-1", sign="checker", back_to="look", when='owner == "甲"',
            overdue=[{"at": "-1h", "do": "remind"}, {"at": "+1d", "do": "escalate"}], within="1d",
        ),
        "wait": spec("等", "clock", needs=["end"], within="1d"),
        "heard": spec(
            "回访", "event", needs=["wait"], event="customer.satisfaction", role="service", asks=["satisfied"]
        ),
        "again": spec("重来", "mailflow", needs=["heard"], do="again", **{"from": "look", "when": "round < 3"}),
    },
)  # fmt: skip


def nodes_and_edges(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The diagram read by the grammar of flowcharts; every line must be one of its statements."""
    lines = text.splitlines()
    assert lines[0] == "flowchart TD"
    nodes: dict[str, str] = {}
    edges: list[tuple[str, str]] = []
    for line in lines[1:]:
        if node := NODE.fullmatch(line):
            nodes[node[1]] = next(group for group in node.groups()[1:] if group is not None)
        elif edge := EDGE.fullmatch(line):
            edges.append((edge[1], edge[2]))
        else:
            assert re.fullmatch(r"  (classDef auto \S+|class t_\w+(,t_\w+)* auto)", line), line
    return nodes, edges


def test_every_task_is_a_box_and_every_need_an_arrow() -> None:
    nodes, edges = nodes_and_edges(mermaid(PROCEDURE, "zh", ROLES))
    assert set(nodes) == {"t0", "t1", *(f"t_{name}" for name in PROCEDURE.tasks)}
    assert {end for edge in edges for end in edge} <= set(nodes)
    assert {
        ("t0", "t_look"), ("t_look", "t_end"), ("t_end", "t_wait"), ("t_wait", "t_heard"), ("t_heard", "t_again"),
        ("t_again", "t_look"), ("t_end", "t_look"), ("t_again", "t1"), ("t1", "t_look"),
    } == set(edges)  # fmt: skip


def test_words_cannot_break_out_of_their_box() -> None:
    nodes, _ = nodes_and_edges(mermaid(PROCEDURE, "zh", ROLES))
    assert nodes["t_end"].startswith("签#quot;字#quot; #lt;b#gt;#124;#96;#35;1#96;<br/>")
    assert "owner == #quot;甲#quot;" in nodes["t_end"]


def test_labels_are_in_the_language_asked_for() -> None:
    assert "客服" in mermaid(PROCEDURE, "zh", ROLES)
    english = mermaid(PROCEDURE, "en", ROLES)
    assert "Customer service" in english
    assert "en 查看" in english
    assert "客服" not in english


def test_the_table_says_who_what_when_and_who_must_not() -> None:
    found = {row.name: row for row in rows(PROCEDURE, "zh", ROLES)}
    assert list(found) == list(PROCEDURE.order)
    signing = found["end"]
    assert signing.role == "[责任人]，否则质量 (除：查看、被投诉人)"
    assert signing.form == "QF-1 (checker)"
    assert (signing.within, signing.done_by, signing.after) == ("1d", "签字", "look")
    assert signing.when == 'owner == "甲"'
    assert signing.ladder == "-1h 提醒 +1d 报告上级"
    assert found["look"].asks == "责任人"
    assert found["look"].after == "-"
    assert found["heard"].done_by == "客户表示是否满意"
    assert found["again"].done_by == "重新开始"


def test_the_table_in_english() -> None:
    signing = {row.name: row for row in rows(PROCEDURE, "en", ROLES)}["end"]
    assert signing.role == "[Owner], else Quality (not: en 查看、the accused)"
    assert signing.ladder == "-1h remind +1d escalate"


def test_a_role_without_a_title_shows_its_key() -> None:
    assert {row.name: row for row in rows(PROCEDURE, "zh")}["look"].role == "service"
