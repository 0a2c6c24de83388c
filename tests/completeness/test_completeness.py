"""Every table, list and figure of the sources is in the product, or said to be left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalkit.cli.main import cli
from evalkit.library.factors import factors
from evalkit.library.reference import reference_base
from evalkit.library.vocabularies import vocabularies
from evalkit.model.card import CARD_GROUPS, Card
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import BASISSET
from evalkit.model.text import Text
from evalkit.model.vocabulary import RUNG_LABELS, Nature, Side, Variant, WaveKind, YieldLevel
from evalkit.plugin.registry import Registry, load_plugins
from evalkit.synthesis.selections import overlaps, reproduce
from evalkit.workspace.content import measures
from evalkit.workspace.protocols import Protocols

CHECKLIST = yaml.safe_load((Path(__file__).parent / "checklist.yaml").read_text("utf-8"))


class Product:
    """Where each entry of the checklist is looked up; each lookup gives what is there."""

    def __init__(self) -> None:
        self.plugins: Registry = load_plugins()
        self.protocols = Protocols.of(None, self.plugins)
        self.basisset = self.protocols.get(BASISSET)
        self.known: dict[str, Measure] = {
            id: m for id, (m, _) in measures(self.protocols, self.plugins).items()
        }

    def type(self, id: str) -> ProjectType:
        return self.plugins.types[id]

    def find(self, where: str) -> Collection[Any]:
        name, *words = where.split(" ")
        lookups: dict[str, Callable[..., Collection[Any]]] = {
            "vocabulary": lambda key: vocabularies().entries(key),
            "checklist": lambda key: getattr(vocabularies().checklist, key),
            "ladder": lambda: RUNG_LABELS,
            "card": lambda key: (
                Card.model_fields.keys() - {"project"} if key == "variables" else CARD_GROUPS
            ),
            "reference": lambda key: (
                reference_base().cards if key == "cards" else reference_base().reports
            ),
            "selection": lambda id: (
                reproduce(reference_base(), reference_base().selection(id)).found.meets
            ),
            "shared": self.shared,
            "factor": self.factor_lists,
            "factors": self.factors_of,
            "published": lambda *_: [
                c for c in reference_base().published.counts if c.variable == "aspects"
            ],
            "variants": lambda: Variant,
            "natures": lambda: Nature,
            "follow-ups": lambda: [w for w in self.basisset.waves if w.kind is WaveKind.follow_up],
            "cadence": lambda: [self.basisset.cadence.cycles_per_year],
            "measure": lambda id: [self.known[id]],
            "measures": lambda prefix: [id for id in self.known if id.startswith(prefix)],
            "items": lambda id: self.known[id].items,
            "principles": lambda: {
                item.id.split("_")[0] for item in self.known["iio.principles"].items
            },
            "types": lambda owner: [t for t in self.plugins.types if t.startswith(owner + ".")],
            "features": lambda id: self.type(id).features,
            "scenarios": lambda id: self.type(id).scenarios,
            "results": lambda id: self.type(id).reference_results,
            "goals": lambda id: {goal.level for goal in self.type(id).goals},
            "steps": lambda id: self.type(id).procedure,
            "yields": self.yields,
            "comparison": lambda code: [
                t for t in self.plugins.types.values() if code in t.comparisons
            ],
        }
        return lookups[name](*words)

    def shared(self, _: str, cards: str) -> Collection[Any]:
        base = reference_base()
        found = overlaps(reproduce(base, base.selection("lasting")).found.meets)
        return [aspect for aspect, count in found.items() if count == int(cards)]

    def factor_lists(self, what: str, side: str) -> Collection[Any]:
        if what == "categories":
            return [c for c in factors().categories if c.side == side]
        return [row for factor in factors().factors for row in factor.rows(Side[side])]

    def factors_of(self, *words: str) -> Collection[Any]:
        if words == ("to", "address"):
            return factors().must_address()
        side, type = words
        return [f for f in self.type(type).factors if f.side == side]

    def yields(self, id: str) -> Collection[Any]:
        found = self.type(id).yields
        assert {y.level for y in found} == set(YieldLevel), f"{id}: not every level"
        return found


@pytest.fixture(scope="module")
def product() -> Product:
    return Product()


@pytest.mark.parametrize("entry", CHECKLIST, ids=lambda e: f"{e['source']}: {e['what']}")
def test_it_is_in_the_product(product: Product, entry: dict[str, Any]) -> None:
    if "not_in" in entry:
        assert entry["not_in"]
        return
    found = product.find(entry["in"])
    assert len(found) == entry["count"] if "count" in entry else found


def test_every_overview_of_the_meta_analysis_is_on_the_checklist() -> None:
    text = " ".join(entry["source"] for entry in CHECKLIST)
    for number in range(1, 16):
        assert f"overzicht {number}" in text
    for number in range(1, 5):
        assert f"figuur {number}" in text or f"en {number}" in text


def texts_in(value: Any, path: str = "") -> list[tuple[str, Text]]:
    if isinstance(value, Text):
        return [(path, value)]
    if isinstance(value, dict):
        return [t for k, v in value.items() for t in texts_in(v, f"{path}.{k}")]
    if isinstance(value, list | tuple):
        return [t for i, v in enumerate(value) for t in texts_in(v, f"{path}[{i}]")]
    if hasattr(type(value), "model_fields"):
        fields = type(value).model_fields
        return [t for f in fields for t in texts_in(getattr(value, f), f"{path}.{f}")]
    return []


def test_every_text_exists_in_both_languages(product: Product) -> None:
    """A longer text that is the same in both languages was not translated."""
    content = {
        "measures": product.known,
        "types": product.plugins.types,
        "protocols": product.protocols.all(),
        "vocabularies": vocabularies(),
        "factors": factors(),
        "reference": reference_base(),
    }
    untranslated = [
        path for path, text in texts_in(content) if text.nl == text.en and len(text.nl.split()) > 4
    ]
    assert untranslated == []


def test_the_seven_project_types_are_listed_with_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cli.main(["plugins", "--json"], standalone_mode=False)
    listed = {t["id"]: t for t in json.loads(capsys.readouterr().out)["project_types"]}
    assert sorted(listed) == [
        "datateams.team",
        "iio.eklas_pal",
        "iio.lvl",
        "iio.onderwijsteams",
        "iio.slimfit",
        "iio.videolessen",
        "lof.project",
    ]
    assert listed["iio.lvl"]["scenarios"] == 3
    assert listed["datateams.team"]["procedure"] == 8
    assert all(t["requires"] and t["reference_results"] for t in listed.values())
