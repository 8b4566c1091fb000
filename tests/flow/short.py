"""An office whose complaints are short: registered, answered, followed up in the shipped way."""

from __future__ import annotations

import shutil

from tests.flow.letters import complaint
from tests.flow.office import DEFAULTS, Office
from tests.flow.robots import play
from tests.flow.staffed import Ask, Staffed

COMPLAINT = """
title: {zh: 客户投诉, en: Customer complaint}
kinds: [complaint]
based_on: [answer, follow_up]
reopen_from: draft_answer
tasks:
  register:
    title: {zh: 登记投诉, en: Register the complaint}
    role: receptionist
    form: JL-23-01
    sign: registrar
    within: 1d
    done_by: signature
  draft_answer:
    title: {zh: 起草答复函, en: Draft the answer}
    needs: [register]
    role: service
    form: JL-23-10
    form_en: JL-23-10E
    asks: [answer_text]
    within: 3d
    done_by: reply
  wait_follow_up:
    title: {zh: 等一天, en: Wait a day}
    needs: [send_answer]
    within: 1d
    done_by: clock
  again:
    title: {zh: 不满意：重新处置, en: Not satisfied - dispose anew}
    needs: [follow_up]
    when: satisfied == "不满意" and round < 3
    done_by: mailflow
    do: again
    from: draft_answer
"""


def short_office(office: Office) -> Staffed:
    """The office with people and this way of a complaint."""
    people = Staffed(office)
    folder = office.rules / "procedures"
    shutil.copytree(DEFAULTS / "rules" / "procedures", folder)
    (folder / "complaint_oral.yaml").unlink()
    (folder / "complaint.yaml").write_text(COMPLAINT, "utf-8")
    return people


def customer(number: int) -> str:
    """Who writes the complaint of this number."""
    return f"li{number}@works{number}.example"


def surveyed(people: Staffed, *numbers: int) -> dict[int, Ask]:
    """The complaints of these numbers, worked on until their customers are asked whether they are satisfied."""
    people.work(*(complaint(number) for number in numbers))
    play(people, rounds=6)
    people.office.clock.forward(days=4)
    people.work()
    return {number: people.sent(customer(number), containing="满意")[-1] for number in numbers}
