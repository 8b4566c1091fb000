"""How two writings of one company's name are told to be the same."""

from __future__ import annotations

import re
import unicodedata

_SUFFIX = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|股份公司|集团公司|公司|\bco\.?,? ?ltd\.?|\bcompany limited|\blimited|\bltd\.?"
    r"|\binc\.?|\bcorp(oration)?\.?|\bgmbh|\bllc|\bplc|\bb\.?v\.?|\bs\.?a\.?|\bpte\.?)$"
)


def company_key(name: str) -> str:
    """A company name as it is compared: NFKC, lower case, without legal form, white space and punctuation."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    text = _SUFFIX.sub("", text).strip(" ,.")
    return "".join(sign for sign in text if sign.isalnum())
