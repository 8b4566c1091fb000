"""Where the company's catalogue is kept: ``catalogue.json`` in its folder of rules, which no upgrade writes to."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from mailflow.domain.catalogue import NO_CATALOGUE, Catalogue
from mailflow.domain.errors import ConfigError, Problem

NAME = "catalogue.json"
_SHAPE = TypeAdapter(Catalogue)


def load(folder: Path, *, sound: bool = True) -> Catalogue:
    """The catalogue of this folder of rules, empty where there is none.

    Raises ConfigError for a damaged one; unless ``sound``, that is taken as empty: a new one is about to replace it.
    """
    path = folder / NAME
    try:
        return _SHAPE.validate_json(path.read_bytes(), strict=False)
    except FileNotFoundError:
        return NO_CATALOGUE
    except ValidationError as error:
        if not sound:
            return NO_CATALOGUE
        remedy = "import the list again: mailflow catalogue import FILE"
        raise ConfigError([Problem(str(path), 0, "MF221", "the catalogue cannot be read", remedy)]) from error


def save(folder: Path, catalogue: Catalogue) -> None:
    """Write it in one step: whoever reads meanwhile sees the old one or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{NAME}.part"
    words = json.dumps(_SHAPE.dump_python(catalogue, mode="json"), ensure_ascii=False, indent=1)
    with part.open("w", encoding="utf-8") as stream:
        stream.write(words + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(folder / NAME)
