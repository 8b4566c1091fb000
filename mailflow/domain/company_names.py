"""How two writings of one company's name are told to be the same."""

from __future__ import annotations

import re
import unicodedata

_SUFFIX = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|股份公司|集团公司|公司|\bco\.?,? ?ltd\.?|\bcompany limited|\blimited|\bltd\.?"
    r"|\binc\.?|\bcorp(oration)?\.?|\bgmbh|\bllc|\bplc|\bb\.?v\.?|\bs\.?a\.?|\bpte\.?)$"
)


_HAN = re.compile("[\u3400-\u9fff]")


def are_different(one: str, other: str) -> bool:
    """Are these surely the names of two companies?  A short form, a missing name or another script may be the same."""
    first, second = company_key(one), company_key(other)
    if not first or not second or bool(_HAN.search(first)) != bool(_HAN.search(second)):
        return False
    return first not in second and second not in first


def company_key(name: str) -> str:
    """A company name as it is compared: NFKC, lower case, without legal form, white space and punctuation."""
    text = unicodedata.normalize("NFKC", name).casefold().strip()
    text = _SUFFIX.sub("", text).strip(" ,.")
    return "".join(sign for sign in text if sign.isalnum())
