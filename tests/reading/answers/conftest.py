"""The shipped words, loaded once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailflow.reading.answers.shapes import FieldSpec
from mailflow.reading.answers.words import AnswerWords, load_answer_words

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=ZONE)
NAMES = ("张三", "李四", "王芳", "李梅")
_SPECS = (
    FieldSpec("resp_dept", ("责任部门", "responsible department"), "department"),
    FieldSpec("cause_occur", ("发生原因", "cause", "原因"), "text"),
    FieldSpec("action", ("纠正措施", "corrective action", "措施"), "text"),
    FieldSpec("action_owner", ("措施责任人", "action owner", "责任人"), "person"),
    FieldSpec("action_due", ("措施完成日期", "due date", "完成日期"), "date"),
    FieldSpec("meeting", ("面谈时间", "meeting"), "moment"),
    FieldSpec("amount", ("赔偿金额", "amount", "金额"), "money"),
    FieldSpec("validity", ("判定", "validity"), "choice", ("有效", "一般无效", "恶意")),
    FieldSpec("reason_code", ("原因代码", "reason code"), "choice", ("S1", "S2", "B1", "N1")),
    FieldSpec("disposition", ("处置", "disposition"), "choices", ("退货", "换货", "补发", "返工", "赔偿", "致歉")),
    FieldSpec("needs_capa", ("是否需要纠正措施", "corrective action needed"), "yesno"),
    FieldSpec("opinion", ("意见", "opinion"), "text"),
)


@pytest.fixture(scope="session")
def words() -> AnswerWords:
    loaded, problems = load_answer_words(Path(__file__).parents[3] / "rules" / "answers.yaml")
    assert problems == []
    assert loaded is not None
    return loaded


@pytest.fixture
def fields() -> Mapping[str, FieldSpec]:
    return {spec.name: spec for spec in _SPECS}


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def zone() -> ZoneInfo:
    return ZONE


@pytest.fixture
def names() -> tuple[str, ...]:
    return NAMES
