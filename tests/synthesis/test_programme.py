"""Over projects: checks, levels and moderators are those of the estimators; refusals say why."""

from __future__ import annotations

import random
from typing import Any

import pytest

from evalkit.model.effect import EffectSize
from evalkit.model.programme import Programme
from evalkit.model.vocabulary import Domain, Kind, Nature, NotPooled
from evalkit.synthesis.pooling import METHODS, egger, pool, pool_levels, regress, trim_and_fill
from evalkit.synthesis.pooling.moderators import factor, model_matrix
from evalkit.synthesis.programme import EFFECT_CORRELATION, programme
from evalkit.synthesis.refusals import REMEDIES

from .test_pooled import row

DOMAINS = {"fonds.score": Domain.achievement, "fonds.taal": Domain.achievement,
           "fonds.last": Domain.achievement, "fonds.druk": Domain.achievement,
           "fonds.plezier": Domain.attitude}  # fmt: skip


def effects(count: int, **changes: Any) -> list[EffectSize]:
    """Estimates that differ, from projects p00, p01…; the same every time."""
    rng = random.Random(7)
    return [
        row(f"p{n:02}", rng.gauss(0.3, 0.3), rng.uniform(0.02, 0.09), respondent="pupil", **changes)
        for n in range(count)
    ]


def made(rows: list[EffectSize], versions: dict[str, str] | None = None) -> Programme:
    years = {r.project: 2026 + int(r.project[1:]) % 3 for r in rows}
    return programme(rows, versions or {}, DOMAINS, years)


def values(rows: list[EffectSize]) -> tuple[list[float], list[float]]:
    return [r.yi or 0.0 for r in rows], [r.vi or 0.0 for r in rows]


def test_every_estimator_and_every_project_left_out() -> None:
    rows = effects(6)
    found = made(rows).sensitivity
    y, v = values(rows)
    methods = {s.about: s.estimate for s in found if s.check == "method"}
    assert methods == {m: pool(y, v, m, "z" if m == "FE" else "knha").estimate for m in METHODS}
    without = {s.about: (s.k, s.estimate) for s in found if s.check == "without"}
    assert set(without) == {r.project for r in rows}
    expected = pool(y[1:], v[1:])
    assert without["p00"] == (5, pytest.approx(expected.estimate, abs=1e-6))


def test_the_pool_as_it_grew_ends_at_the_whole() -> None:
    rows = effects(6)
    grown = [s for s in made(rows).sensitivity if s.check == "cumulative"]
    assert [(s.about, s.k) for s in grown] == [("2026", 2), ("2027", 4), ("2028", 6)]
    assert grown[-1].estimate == pytest.approx(pool(*values(rows)).estimate)


@pytest.mark.parametrize(("count", "told"), [(9, False), (10, True)])
def test_asymmetry_is_judged_from_ten_estimates_on(count: int, told: bool) -> None:
    rows = effects(count)
    found = {s.check: s for s in made(rows).sensitivity}
    assert ({"egger", "trim_and_fill"} <= set(found)) is told
    if told:
        assert found["egger"].p == egger(*values(rows)).p
        assert found["trim_and_fill"].missing == trim_and_fill(*values(rows)).missing


def test_outcomes_of_one_domain_are_averaged_in_their_projects() -> None:
    first, second = effects(8), effects(8, measure="fonds.taal")
    second = [r.model_copy(update={"yi": (r.yi or 0) / 2}) for r in second]
    other = effects(8, measure="fonds.plezier")
    found = made(first + second + other).levels
    assert [(e.domain, e.model, e.k, e.projects) for e in found] == [
        (Domain.achievement, "levels", 16, 8), (Domain.achievement, "correlated", 16, 8),
    ]  # fmt: skip
    rows = sorted(first + second, key=lambda r: (r.project, r.measure))
    y, v = values(rows)
    for estimate, rho in zip(found, (0.0, EFFECT_CORRELATION), strict=True):
        expected = pool_levels(y, v, [r.project for r in rows], rho=rho)
        assert estimate.estimate == pytest.approx(expected.robust[0].estimate, abs=1e-9)
        assert estimate.se == pytest.approx(expected.robust[0].se, abs=1e-9)
        assert (estimate.sigma2_project, estimate.sigma2_effect) == pytest.approx(
            expected.sigma2, abs=1e-9
        )


def test_side_effects_never_cancel_out_outcomes() -> None:
    outcomes = effects(8) + effects(8, measure="fonds.taal")
    harm = [
        r.model_copy(update={"yi": -0.5, "kind": Kind.side_effect})
        for measure in ("fonds.last", "fonds.druk")
        for r in effects(8, measure=measure)
    ]
    found = made(outcomes + harm).levels
    assert [(e.kind, e.model, e.measures) for e in found] == [
        (kind, model, measures)
        for kind, measures in ((Kind.outcome, ("fonds.score", "fonds.taal")),
                               (Kind.side_effect, ("fonds.druk", "fonds.last")))
        for model in ("levels", "correlated")
    ]  # fmt: skip
    assert [e.estimate for e in found if e.kind is Kind.outcome] == [
        e.estimate for e in made(outcomes).levels
    ]
    assert all(e.estimate == pytest.approx(-0.5) for e in found if e.kind is Kind.side_effect)


def test_one_outcome_per_project_has_no_levels() -> None:
    assert made(effects(8)).levels == ()


def test_a_moderator_is_tried_where_there_is_enough_to_try_it_on() -> None:
    rows = [
        r.model_copy(update={"nature": Nature.renewal if n % 2 else Nature.innovation})
        for n, r in enumerate(effects(10))
    ]
    found = made(rows).moderators
    assert {(m.moderator, m.reference) for m in found} == {("nature", "innovation")}
    labels = [r.nature.value for r in rows]
    x, terms = model_matrix(10, [factor("nature", labels, ["innovation", "renewal"])])
    expected = regress(*values(rows), x, terms)
    assert [m.estimate for m in found] == [c.estimate for c in expected.coefficients]
    assert found[0].moderator_p == expected.moderators.p  # type: ignore[union-attr]
    assert made(rows[:9]).moderators == ()


def test_features_of_the_project_type_are_moderators_where_known() -> None:
    rows = [
        EffectSize.model_validate(
            r.model_dump() | {"features": {"scale": float(n)} if n < 12 else {}}
        )
        for n, r in enumerate(effects(14))
    ]
    found = [m for m in made(rows).moderators if m.moderator == "feature_scale"]
    assert [(m.term, m.k) for m in found] == [("intrcpt", 12), ("feature_scale", 12)]


def test_what_is_not_pooled_says_why_and_what_to_do() -> None:
    out = row("p09", pooled=False, not_pooled_because="no_sd", yi=None, vi=None, metric=None)
    (refused,) = made([*effects(3), out]).refused
    assert (refused.project, refused.reason) == ("p09", NotPooled.no_sd)
    assert "standaardafwijking" in refused.remedy.nl


def test_sets_that_stand_apart_are_told() -> None:
    rows = [
        *effects(2), row("p07", respondent="pupil", measure_version="2.0"),
        row("p08", respondent="pupil", metric="ROM"),
    ]  # fmt: skip
    refused = made(rows).refused
    assert {(r.measure_version, r.subgroup, r.reason.value) for r in refused} == {
        ("1.0", "g", "other_version"), ("2.0", "g", "other_version"),
        ("1.0", "g", "other_family"), ("2.0", "g", "other_family"),
        ("1.0", "lnRR", "other_family"),
    }  # fmt: skip
    together = made(rows[:3], {"fonds.score@1.0": "2.0"})
    assert together.refused == ()


def test_every_reason_has_a_remedy() -> None:
    assert set(REMEDIES) == set(NotPooled)


def test_the_order_of_the_rows_makes_no_difference() -> None:
    rows = effects(10) + effects(10, measure="fonds.taal")
    shuffled = list(rows)
    random.Random(3).shuffle(shuffled)
    assert made(shuffled) == made(rows)


def test_nothing_gives_nothing() -> None:
    assert made([]) == Programme()
