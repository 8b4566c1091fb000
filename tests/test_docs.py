"""What the documents show can be used as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mailflow.settings import config, yaml_file

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.zh-CN.md", "docs/howto/mailbox.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_configuration_shown_is_a_valid_one(page: str) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    whole = [block for block in blocks if re.search(r"^mailboxes:", block, re.MULTILINE)]
    assert whole
    for block in whole:
        document, problems = yaml_file.parse(block, page)
        assert document is not None, problems
        settings, problems = yaml_file.validate(config.Config, document)
        assert settings is not None, problems
        assert settings.own_addresses


def test_every_decision_is_listed_and_has_its_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    for page in sorted(folder.glob("[0-9]*.md")):
        text = page.read_text("utf-8")
        assert f"({page.name})" in index
        assert re.findall(r"^(Status|## \w+)", text, re.MULTILINE) == [
            "Status",
            "## Context",
            "## Decision",
            "## Consequences",
        ]
