"""Rules made of the company's catalogue: its names, aliases, models and customers as phrases for the one matcher.

Each line of the catalogue is a rule of its own whose ``value`` is the catalogue's name: whatever the customer wrote,
the record has the company's name for it, and his words stay the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailflow.domain.catalogue import Catalogue
from mailflow.reading.matching.lexicon import Grammar, Lexicon, Words
from mailflow.reading.matching.normalise import fold
from mailflow.reading.matching.rule import Rule

NAMED = "catalogue-name-"  # begins the names of rules that find goods by name or alias
BY_MODEL = "catalogue-by-model-"  # the same by the model alone
_MODEL = "catalogue-model-"
BUYER, CODE = "catalogue-customer-", "catalogue-code-"
CUSTOMER = "customer_company"
_SURE = 0.98
_SHORTEST_CODE = 4
_UNITS = "units"
_UNIT = Grammar(f"<{_UNITS}>")


def rules_of(catalogue: Catalogue) -> Iterator[Rule]:
    """The rules of every line; goods that have one name in several models are one rule."""
    named: dict[str, tuple[str, dict[str, None]]] = {}
    models: dict[str, tuple[str, dict[str, None]]] = {}
    for item in catalogue.goods:
        words = named.setdefault(fold(item.name), (item.name, {}))[1]
        words.update(dict.fromkeys(word for word in (item.name, *item.aliases) if len(word) > 1))
        if _is_code(item.model):
            models.setdefault(fold(item.model), (item.name, {}))[1].update(dict.fromkeys(_spellings(item.model)))
    for number, (name, phrases) in enumerate(((name, said) for name, said in named.values() if said), 1):
        yield _rule(f"{NAMED}{number}", "product", name, phrases)
    for number, (name, phrases) in enumerate(models.values(), 1):
        yield _rule(f"{_MODEL}{number}", "model", "", phrases)
        yield _rule(f"{BY_MODEL}{number}", "product", name, phrases)
    for number, buyer in enumerate(catalogue.buyers, 1):
        yield _rule(f"{BUYER}{number}", CUSTOMER, buyer.name, (buyer.name,))
        if _is_code(buyer.code) and len(buyer.code) >= _SHORTEST_CODE:
            yield _rule(f"{CODE}{number}", CUSTOMER, buyer.name, (buyer.code,))


def is_listed(rule: Rule) -> bool:
    """Whether a rule names goods of the catalogue, by their name or by their model."""
    return rule.name.startswith((NAMED, BY_MODEL))


def with_units(lexicon: Lexicon, catalogue: Catalogue) -> Lexicon:
    """The lexicon with the units of the catalogue that it does not know; the same one when it knows them all."""
    said = {fold(item.unit): item.unit for item in catalogue.goods if item.unit and not item.unit.isdigit()}
    new = [unit for folded, unit in said.items() if not _has(lexicon, folded)]
    return _joined(lexicon, new) if new else lexicon


def _rule(name: str, finds: str, value: str, phrases: Iterable[str]) -> Rule:
    """A rule whose words were judged when they were imported: they are plain phrases, no patterns."""
    whole = name.startswith((_MODEL, BY_MODEL, CODE))
    return Rule.model_construct(
        name=name, finds=finds, value=value, confidence=_SURE, phrases=tuple(phrases), whole=whole
    )


def _is_code(words: str) -> bool:
    """A model or code that may be told among other words: letters or signs with digits, three or more."""
    return len(words) >= 3 and any(map(str.isdigit, words)) and not words.isdigit()


def _spellings(model: str) -> Iterator[str]:
    """CX-20 is also written CX20 and CX 20; blanks are of no account to the matcher."""
    yield model
    bare = fold(model).replace("-", " ")
    if bare != fold(model):
        yield bare


def _has(lexicon: Lexicon, unit: str) -> bool:
    return lexicon(_UNIT).fullmatch(unit) is not None


def _joined(lexicon: Lexicon, units: Iterable[str]) -> Lexicon:
    lists = {name: lexicon[name] for name in lexicon}
    old: Words = lists[_UNITS]
    fields = {name: getattr(old, name) for name in old.__slots__}
    return Lexicon({**lists, _UNITS: Words(**fields | {"words": (*old.words, *units)})})


@dataclass(frozen=True, slots=True)
class KnownBuyer:
    """A customer of the catalogue as a rule names him."""

    name: str
    by_code: bool


def buyer_of(rule: Rule) -> KnownBuyer | None:
    """The customer that this rule found, when it is one of the catalogue's."""
    if not rule.name.startswith((BUYER, CODE)):
        return None
    return KnownBuyer(rule.value, rule.name.startswith(CODE))
