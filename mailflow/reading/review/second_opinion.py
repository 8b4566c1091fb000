"""A second opinion on a mail's kind, learned from the company's own mails.  It is shown; it never decides.

A linear model over the characters (spaCy's TextCatBOW): small, quick, and trained in seconds on one core.  The folder
it lies in holds the weights and ``manifest.json``: when it was learned, from how many mails, and its figures beside
those of the rules.
"""

from __future__ import annotations

import hashlib
import json
import logging
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mailflow.domain.errors import PermanentError
from mailflow.domain.model import Details, Kind, Message
from mailflow.domain.ports import Reader
from mailflow.reading.matching.normalise import fold

FORMAT = 1
MANIFEST = "manifest.json"
WEIGHTS = "textcat/model"
LONGEST = 4000  # characters read of a mail: what it is stands at its beginning
SURE = 0.5  # below this the model has no opinion

_SEED = 20260101
_ROUNDS = 8
_BATCH = 16
_CONFIG = {
    "threshold": 0.0,
    "model": {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": True,
        "ngram_size": 3,
        "no_output_layer": False,
        "length": 65536,
    },
}

log = logging.getLogger(__name__)


def text_of(message: Message) -> str:
    """What the model sees of a mail."""
    return fold("\n".join(filter(None, (message.subject, message.new_text, message.forwarded_text))))[:LONGEST]


class Model:
    """A trained classifier in memory."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def opinion(self, text: str) -> tuple[Kind, float] | None:
        """The likeliest kind of a text (see :func:`text_of`) and how sure the model is; None when it is not."""
        if not text.strip():
            return None
        with self._pipeline.memory_zone():
            scores: dict[str, float] = dict(self._pipeline(text).cats)
        best = max(sorted(scores), key=lambda label: scores[label])
        return (Kind(best), round(scores[best], 2)) if scores[best] >= SURE else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The kinds it knows."""
        return tuple(self._pipeline.get_pipe("textcat").labels)

    def save(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        """Put the model and its manifest into a folder, in place of an earlier model there."""
        if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
            raise PermanentError(f"{folder} holds something else", remedy="choose an empty folder")
        part, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
        for leftover in (part, old):
            shutil.rmtree(leftover, ignore_errors=True)
        try:
            part.mkdir(parents=True)
            self._pipeline.to_disk(part)
            facts = {"format": FORMAT, "labels": list(self.labels), "sha256": _hash(part / WEIGHTS), **manifest}
            (part / MANIFEST).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
            if folder.exists():
                folder.rename(old)
            part.rename(folder)
        except OSError as error:
            raise PermanentError(f"the model cannot be written: {error.strerror}", remedy="check --out") from error
        shutil.rmtree(old, ignore_errors=True)


def train(samples: Sequence[tuple[str, Kind]]) -> Model:
    """Learn from texts and their kinds.  The same samples in the same order give the same model."""
    from spacy.training import Example
    from spacy.util import fix_random_seed  # type: ignore[attr-defined]

    labels = sorted({kind.value for _, kind in samples})
    state = random.getstate()
    try:
        fix_random_seed(_SEED)
        pipeline = _blank(labels)
        examples = [
            Example.from_dict(pipeline.make_doc(text), {"cats": {label: float(label == kind) for label in labels}})
            for text, kind in samples
        ]
        pipeline.initialize(lambda: examples)
        optimizer = pipeline.create_optimizer()
        order = random.Random(_SEED)  # noqa: S311 - shuffling for training
        for _ in range(_ROUNDS):
            order.shuffle(examples)
            for start in range(0, len(examples), _BATCH):
                pipeline.update(examples[start : start + _BATCH], sgd=optimizer)
    finally:
        random.setstate(state)
    return Model(pipeline)


def load(folder: Path) -> Model | None:
    """The model in a folder; None when there is none, or none that can be used (which is logged)."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        if manifest["format"] != FORMAT or manifest["sha256"] != _hash(folder / WEIGHTS):
            raise ValueError("altered, or of another version")
        labels = [Kind(label).value for label in manifest["labels"]]
        pipeline = _blank(labels)
        pipeline.from_disk(folder)
    except FileNotFoundError:
        return None
    except Exception as error:
        # The second opinion is a help only: a model that cannot be read must never keep mail from being read.
        log.warning("second opinion: %s cannot be used (%s); run mailflow learn", folder, error)
        return None
    return Model(pipeline)


@dataclass
class SecondOpinion:
    """A Reader that adds the model's opinion to what another Reader read, and changes nothing else.

    The model is loaded with the first mail; without a usable one the other Reader's result is passed on.
    """

    reader: Reader
    folder: Path
    _model: Model | None = field(default=None, init=False, repr=False)
    _looked: bool = field(default=False, init=False, repr=False)

    def read(self, message: Message, now: datetime) -> Details:
        """Pure but for the loading: the same message and time give the same Details."""
        details = self.reader.read(message, now)
        if not self._looked:
            self._model, self._looked = load(self.folder), True
        if self._model is None or details.kind is Kind.STAFF_REPLY:
            return details
        try:
            return replace(details, second_opinion=self._model.opinion(text_of(message)))
        except Exception:
            log.warning("second opinion: none on this mail", exc_info=True)  # a help that fails is no reason to hold
            return details


def disagrees(details: Details) -> bool:
    """Whether the second opinion is another than the rules'.  A follow-up and a complaint are one matter to it."""
    if details.second_opinion is None:
        return False
    return _matter(details.second_opinion[0]) is not _matter(details.kind)


def _matter(kind: Kind) -> Kind:
    return Kind.COMPLAINT if kind is Kind.FOLLOWUP else kind


def _blank(labels: Sequence[str]) -> Any:
    import spacy

    pipeline = spacy.blank("zh")
    classifier = pipeline.add_pipe("textcat", config=_CONFIG)
    for label in labels:
        classifier.add_label(label)  # type: ignore[attr-defined]
    return pipeline


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
