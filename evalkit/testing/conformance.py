"""What a plugin must keep to, checked through its real entry point.

Everything is said in one run: each check gives messages that name the id they are about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points

from pydantic import BaseModel

from evalkit.errors import FindingsError
from evalkit.library.factors import factors
from evalkit.library.protocols import Offer, ProtocolFile, resolve_protocol, shipped_protocols
from evalkit.library.vocabularies import vocabularies
from evalkit.model.finding import Finding
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import BASISSET
from evalkit.model.text import Text
from evalkit.model.vocabulary import CyclePhase, ScaleType, Source
from evalkit.plugin.registry import GROUP, Registry, load_plugins
from evalkit.testing.imports import check_imports
from evalkit.testing.sample import basisset, foreign_type, sample_design

_WORDS = 3
"""Up to this many words, a name may well be the same in Dutch and English."""


def check_plugin(name: str) -> list[str]:
    """All that is wrong with the installed plugin of that name; an empty list if nothing is.

    Args:
        name: the name of its entry point in the group ``evalkit``.
    """
    points = sorted(entry_points(group=GROUP, name=name), key=lambda p: p.value)
    if not points:
        return [f"no entry point '{name}' in the group '{GROUP}' is installed"]
    if len(points) > 1:
        values = ", ".join(point.value for point in points)
        return [f"{len(points)} entry points are called '{name}': {values}"]
    try:
        registry = load_plugins(points)
    except FindingsError as error:
        return [_said(found) for found in error.findings]
    said = (*map(_said, registry.findings), *_check(registry, points[0]))
    return list(dict.fromkeys(said))


def assert_conforms(name: str) -> None:
    """Fail with all that is wrong with the installed plugin of that name.

    Raises:
        AssertionError: it does not conform.
    """
    wrong = check_plugin(name)
    if wrong:
        raise AssertionError(f"plugin '{name}' does not conform:\n- " + "\n- ".join(wrong))


def _said(found: Finding) -> str:
    return f"{found.code}: {found.wrong.en} {found.remedy.en}"


def _check(registry: Registry, point: EntryPoint) -> Iterator[str]:
    yield from check_imports(point.module.partition(".")[0])
    for measure in registry.measures.values():
        yield from check_texts(measure, measure.id)
        yield from check_measure(measure)
    for type in registry.types.values():
        yield from check_texts(type, type.id)
        yield from check_type(type, registry.measures.values())
    yield from check_design_hook(registry, point.name)


def check_texts(model: BaseModel, place: str) -> Iterator[str]:
    """Texts that are empty, or that look as if the translation was forgotten."""
    for key, value in model:
        for inner, text in _texts(value, f"{place}: {key}"):
            if not text.nl.strip() or not text.en.strip():
                yield f"{inner} is empty in one language"
            elif text.nl == text.en and len(text.nl.split()) > _WORDS:
                yield f"{inner} is the same in Dutch and English: '{text.nl}'"


def _texts(value: object, place: str) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Text):
        yield place, value
    elif isinstance(value, BaseModel):
        for key, inner in value:
            yield from _texts(inner, f"{place}.{key}")
    elif isinstance(value, tuple):
        for i, inner in enumerate(value):
            yield from _texts(inner, f"{place}[{i}]")


def check_measure(measure: Measure) -> Iterator[str]:
    """Whether a measure says all that a form and an analysis need."""
    scale = measure.scale
    if measure.source is Source.survey and measure.minutes <= 0:
        yield f"{measure.id}: a questionnaire costs time, but minutes is {measure.minutes:g}"
    if measure.origin is None:
        yield f"{measure.id}: origin is missing; say which source it comes from"
    if scale.type is ScaleType.ordinal:
        if scale.minimum is None or scale.maximum is None:
            yield f"{measure.id}: a rating scale needs minimum and maximum"
        if not scale.choices:
            yield f"{measure.id}: a rating scale needs choices"
    if scale.type is ScaleType.nominal and not scale.choices:
        yield f"{measure.id}: a choice needs choices"
    values = [choice.value for choice in scale.choices]
    if len(set(values)) != len(values):
        yield f"{measure.id}: two choices have the same value"
    if not scale.is_numeric:
        return
    numbers = [value for value in values if isinstance(value, int | float)]
    if len(numbers) != len(values):
        yield f"{measure.id}: choices of a numeric scale need numbers as values"
    if numbers != sorted(numbers):
        yield f"{measure.id}: choices are not in the order of their values"
    low, high = scale.minimum, scale.maximum
    if any((low is not None and n < low) or (high is not None and n > high) for n in numbers):
        yield f"{measure.id}: a choice lies outside minimum and maximum"


def check_type(type: ProjectType, measures: Iterable[Measure]) -> Iterator[str]:
    """Whether a project type stands on the basisset and its own plugin alone."""
    own = {measure.id: measure for measure in measures}
    known = {*own, *(measure.id for measure in basisset().measures)}
    waves = [wave.id for wave in basisset().waves]
    for requirement in type.requires:
        if requirement.measure not in known:
            yield (
                f"{type.id}: requires {requirement.measure}, which neither its plugin nor the "
                "basisset has"
            )
        for wave in requirement.waves:
            if wave not in waves:
                yield (
                    f"{type.id}: requires {requirement.measure} in wave '{wave}', which the "
                    f"basisset does not have (it has {', '.join(waves)})"
                )
    for result in type.reference_results:
        if result.measure not in known:
            yield f"{type.id}: a reference result is about {result.measure}, which is unknown"
    for part in ("features", "scenarios", "procedure"):
        ids = [entry.id for entry in getattr(type, part)]
        for id in sorted({id for id in ids if ids.count(id) > 1}):
            yield f"{type.id}: '{id}' is there twice under {part}"
    for named in type.factors:
        if named.factor not in factors().codes():
            yield f"{type.id}: factor '{named.factor}' is not in the factor list"
    for key in ("aspects", "target_groups"):
        for code in getattr(type.card, key):
            if code not in vocabularies().codes(key):
                yield f"{type.id}: card.{key} has '{code}', which is not in the word list"
    yield from _check_procedure(type)
    yield from _check_in_protocol(type, own)


def _check_procedure(type: ProjectType) -> Iterator[str]:
    """Steps go through plan, do, check and act in that order; from act on, a new round may start.

    A phase may be left out in a round, but none may come before an earlier one.
    """
    order = list(CyclePhase)
    previous = CyclePhase.plan
    for i, step in enumerate(type.procedure):
        if i == 0 and step.phase is not CyclePhase.plan:
            yield f"{type.id}: the procedure starts with '{step.phase.value}' instead of 'plan'"
        new_round = previous is CyclePhase.act and step.phase is CyclePhase.plan
        if i and order.index(step.phase) < order.index(previous) and not new_round:
            yield (
                f"{type.id}: step '{step.id}' ({step.phase.value}) comes after a step of "
                f"'{previous.value}'"
            )
        previous = step.phase


def _check_in_protocol(type: ProjectType, own: dict[str, Measure]) -> Iterator[str]:
    """Whether a funder's protocol can ask everything the type asks."""
    requires = [r.model_dump(mode="json") for r in type.requires]
    text = {"nl": "Proefregeling", "en": "Trial scheme"}
    content = {
        "id": "conformance",
        "version": "1.0",
        "extends": BASISSET,
        "title": text,
        "description": text,
        "project_types": [type.id],
        "requires": requires,
    }
    file = ProtocolFile(f"{type.id}.yaml", json.dumps(content))
    _, findings = resolve_protocol(file, shipped_protocols(), Offer(own, (type.id,)))
    for found in findings:
        # Said above in words that fit a type.
        if found.code not in ("protocol.measure_unknown", "protocol.wave_unknown"):
            yield f"{type.id}: a protocol cannot require this: {_said(found)}"


def check_design_hook(registry: Registry, name: str) -> Iterator[str]:
    """Whether ``evalkit_check_design`` keeps to its own types and copes with any design of them."""
    measures = tuple(registry.measures.values())
    for type in (*registry.types.values(), foreign_type()):
        for comparison in (True, False):
            for features in (True, False):
                design = sample_design(type, measures, comparison=comparison, features=features)
                yield from _check_remarks(registry, name, type, registry.check_design(design))


def _check_remarks(
    registry: Registry, name: str, type: ProjectType, remarks: Iterable[Finding]
) -> Iterator[str]:
    for remark in remarks:
        if remark.code == "plugin.hook_failed":
            yield f"evalkit_check_design fails on a design of {type.id}: {remark.wrong.en}"
        elif type.id not in registry.types:
            yield f"evalkit_check_design remarks ({remark.code}) on a type of another plugin"
        elif not remark.code.startswith(f"{name}."):
            yield f"evalkit_check_design gives code '{remark.code}'; let it start with '{name}.'"
        else:
            yield from check_texts(remark, remark.code)
