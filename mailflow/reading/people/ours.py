"""Who "we" are: what must never be read as the customer."""

from __future__ import annotations

from dataclasses import dataclass

from mailflow.domain.freemail import company_domain
from mailflow.domain.model import Address
from mailflow.reading.matching.normalise import fold


@dataclass(frozen=True, slots=True)
class Ours:
    """Our addresses (mailboxes and staff), mail domains, company names (every form in use) and colleagues' names."""

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    companies: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @classmethod
    def at(cls, *addresses: str) -> Ours:
        """The best guess without a configuration: these addresses, and their domains unless they are free mail."""
        lower = frozenset(address.lower() for address in addresses)
        return cls(lower, frozenset(company_domain(address.rpartition("@")[2]) for address in lower) - {""})

    def is_ours(self, address: Address | None) -> bool:
        """Whether a mail address belongs to us or a colleague."""
        if address is None:
            return False
        return address.address.lower() in self.addresses or address.domain in self.domains

    def is_our_company(self, name: str) -> bool:
        """Whether a company name is one of ours: equal, or a part of ours, or ours a part of it."""
        said = _bare(name)
        return any(said in ours or ours in said for ours in map(_bare, self.companies) if len(ours) >= 2)


def _bare(name: str) -> str:
    return "".join(character for character in fold(name) if character.isalnum())
