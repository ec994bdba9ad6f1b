"""The data that models have seen, as their cards state it, and the guard that tells from it whether a model never saw a set.

A card of training says, beside the sha256 of the model's file:

    learned_from = ["tdf", "upek"]    sets of prints of persons that it learned from; [] for none
    built_on = ["5f0c...", ...]       sha256 of each model that it began with, or could read while it was made
    chain = [{ model = "extractor", sha256 = "5f0c...", learned_from = [...], built_on = [...] }, ...]
                                      what the cards of these said then, and those of the models that these were built on
    statement = "93b1..."             sha256 of all of this: a card that was edited by hand no longer fits

Of a model whose card does not say what it learned from, the chain holds name and sha256 alone. Such a model is never cleared,
nor is what was built on it. Networks of others that labelled prints (LEADER) are not in the chain: what they saw is not known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from biomatch.errors import ModelMissing, ModelNotHeldOut
from biomatch.learned import Models, shipped


@dataclass(frozen=True)
class Origin:
    """The origin of one model: its name, the sha256 of its file, and what its card says.

    learned_from  sets of prints; None: the card does not say
    built_on      sha256 of models
    """

    model: str
    sha256: str
    learned_from: tuple[str, ...] | None
    built_on: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"'{self.model}' ({self.sha256[:8]})"

    def row(self) -> dict[str, Any]:
        """Returns the row that a card's chain holds."""
        said = {} if self.learned_from is None else {"learned_from": self.learned_from, "built_on": self.built_on}
        return {"model": self.model, "sha256": self.sha256, **said}


def stated(model: str, data: bytes, learned_from: Iterable[str], built_on: Iterable[tuple[Models, str]]) -> dict[str, Any]:
    """Returns what the card of a new model says of its origin.

    data          the bytes of its file
    learned_from  sets of prints
    built_on      models, each by its folder and name

    Raises ModelMissing, ModelDamaged.
    """
    chain: dict[str, Origin] = {}
    parents = []
    for models, name in built_on:
        models.read(name)
        chain |= {one.sha256: one for one in _chain(models.card(name))}
        parents.append(_sound(models, name))
    chain |= {one.sha256: one for one in parents}
    own = Origin(
        model,
        hashlib.sha256(data).hexdigest(),
        tuple(sorted(set(learned_from))),
        tuple(sorted({one.sha256 for one in parents})),
    )
    rows = [chain[sha256].row() for sha256 in sorted(chain)]
    said = {"learned_from": own.learned_from, "built_on": own.built_on, "chain": rows}
    return said | {"statement": _digest(own, rows)}


def before(models: Models, name: str, order: Sequence[str]) -> list[tuple[Models, str]]:
    """Lists models of a folder that one could read while it was made: those that come before it in the order of training."""
    try:
        there = models.names()
    except ModelMissing:
        return []
    return [(models, one) for one in order[: order.index(name)] if one in there]


def check_never_saw(models: Models, kin: Collection[str], wanted: str) -> None:
    """Makes sure that no model of a folder, and none that these were built on, learned from any set of `kin`.

    kin     sets that share fingers or the sensor with the set `wanted`, and this itself

    Raises ModelNotHeldOut with the model and the reason; ModelMissing, ModelDamaged where a file is not the one of its card.
    """
    for name in models.names():
        models.read(name)
        card = models.card(name)
        own = _of(card, name)
        if own.learned_from is not None and not _fits(card, own):
            raise ModelNotHeldOut(name, wanted, "its card was changed after it was written")
        for one in _reached(own, [own, *_chain(card), *_all(models), *_all(shipped())]):
            whose = "it" if one.sha256 == own.sha256 else f"it was built on {one.words}, which"
            if one.learned_from is None:
                raise ModelNotHeldOut(name, wanted, f"{whose} does not say what it learned from")
            seen = sorted(set(one.learned_from) & {*kin, wanted})
            if seen:
                raise ModelNotHeldOut(name, wanted, f"{whose} learned from {', '.join(seen)}")


def check_saw_nobody(models: Models, name: str) -> None:
    """Makes sure that neither a model nor any that it was built on learned from prints of persons.

    Raises ModelNotHeldOut with the reason; ModelMissing, ModelDamaged.
    """
    models.read(name)
    for one in _reached(_sound(models, name), [_sound(models, name), *_chain(models.card(name)), *_all(models)]):
        if one.learned_from is None:
            raise ModelNotHeldOut(name, "any", f"{one.words} does not say what it learned from")
        if one.learned_from:
            raise ModelNotHeldOut(name, "any", f"{one.words} learned from {', '.join(one.learned_from)}")


def _reached(own: Origin, known: Sequence[Origin]) -> Iterator[Origin]:
    """Yields everything that is said of a model and of all that it was built on: by its own card's chain, by the cards that lie
    beside it, and by those of the package. Of a model that nobody knows, no more than its sha256 is there."""
    ahead, seen = [own.sha256], set[str]()
    while ahead:
        sha256 = ahead.pop()
        if sha256 in seen:
            continue
        seen.add(sha256)
        for one in [one for one in known if one.sha256 == sha256] or [Origin("a model", sha256, None)]:
            yield one
            ahead += one.built_on


def _all(models: Models) -> list[Origin]:
    return [_sound(models, name) for name in models.names()]


def _sound(models: Models, name: str) -> Origin:
    """Reads what a model's card says; nothing, where the card was changed after it was written."""
    card = models.card(name)
    own = _of(card, name)
    return own if own.learned_from is None or _fits(card, own) else Origin(name, own.sha256, None)


def _fits(card: Mapping[str, Any], own: Origin) -> bool:
    return bool(card.get("statement") == _digest(own, card.get("chain", ())))


def _of(card: Mapping[str, Any], name: str) -> Origin:
    """Reads what a card, or a row of a chain, says."""
    sets, parents, sha256 = card.get("learned_from"), card.get("built_on"), str(card.get("sha256", ""))
    if not isinstance(sets, list) or not isinstance(parents, list):
        return Origin(name, sha256, None)
    return Origin(name, sha256, tuple(map(str, sets)), tuple(map(str, parents)))


def _chain(card: Mapping[str, Any]) -> list[Origin]:
    return [_of(one, str(one.get("model", "a model"))) for one in card.get("chain", ())]


def _digest(own: Origin, chain: Sequence[Mapping[str, Any]]) -> str:
    return hashlib.sha256(json.dumps([own.row(), *chain], sort_keys=True).encode()).hexdigest()
