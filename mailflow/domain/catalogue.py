"""The company's own list of what it sells, and of the customers it has numbers for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class Goods:
    """One line of the list: what the company calls it, its model, what customers call it, its unit, who answers for it.

    All but ``name`` may be empty; ``department`` is a hint for people.
    """

    name: str
    model: str = ""
    aliases: tuple[str, ...] = ()
    unit: str = ""
    department: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same line in the next version of the list."""
        return self.name.casefold(), self.model.casefold()


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer's full name and the company's code for him (may be empty)."""

    name: str
    code: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same customer in the next version of the list."""
        return (self.code.casefold(), "") if self.code else ("", self.name.casefold())


Item = TypeVar("Item", Goods, Buyer)


@dataclass(frozen=True, slots=True)
class Changes(Generic[Item]):
    """What a new list would change: lines that are new, changed (before, after), gone; ``same`` counts the others."""

    new: tuple[Item, ...]
    changed: tuple[tuple[Item, Item], ...]
    gone: tuple[Item, ...]
    same: int

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)


def changes(before: Iterable[Item], after: Iterable[Item]) -> Changes[Item]:
    """Compare two lists by the keys of their lines; their order is of no account."""
    old, new = {item.key: item for item in before}, {item.key: item for item in after}
    changed = tuple((old[key], item) for key, item in new.items() if key in old and old[key] != item)
    added = tuple(item for key, item in new.items() if key not in old)
    gone = tuple(item for key, item in old.items() if key not in new)
    return Changes(added, changed, gone, len(new) - len(added) - len(changed))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Both lists; an empty one is what a company without any has."""

    goods: tuple[Goods, ...] = ()
    buyers: tuple[Buyer, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.goods or self.buyers)

    def departments(self, product: str) -> list[str]:
        """Who answers for these goods (``；`` between several), by their names in the list; each once."""
        said = {word.strip().casefold() for word in product.split("；")}
        found = (item.department for item in self.goods if item.department and item.name.casefold() in said)
        return list(dict.fromkeys(found))


NO_CATALOGUE = Catalogue()
