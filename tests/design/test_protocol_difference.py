"""What someone who knows one protocol is told of another."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from evalkit.design.protocol_difference import protocol_changes
from evalkit.library.protocols import Offer, resolve_protocol, shipped_protocols
from evalkit.model.change import Change
from evalkit.model.protocol import (
    BurdenRules,
    Deadline,
    Moment,
    Requirement,
    ResolvedProtocol,
    SmallProjects,
    Wave,
)
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent, Variant
from evalkit.plugin.registry import load_plugins


@pytest.fixture(scope="module")
def shipped() -> dict[str, ResolvedProtocol]:
    plugins, files = load_plugins(), shipped_protocols()
    offer = Offer(plugins.measures, tuple(plugins.types))
    found = {id: resolve_protocol(file, files, offer)[0] for id, file in files.items()}
    return {id: protocol for id, protocol in found.items() if protocol}


@pytest.fixture(scope="module")
def base(shipped: dict[str, ResolvedProtocol]) -> ResolvedProtocol:
    return shipped["basisset"]


SAID = Text(nl="iets", en="something")
HALFWAY = Wave(
    id="halfway",
    kind="interim",
    label=Text(nl="tussenmeting", en="interim measurement"),
    opens=Moment(anchor="start", days=100),
    closes=Moment(anchor="start", days=130),
)
REPORT = Deadline(
    id="final", label=Text(nl="eindverslag", en="final report"), due=Moment(anchor="end", days=60)
)


def with_(protocol: ResolvedProtocol, **parts: Any) -> ResolvedProtocol:
    return protocol.model_copy(update=parts)


def asked(protocol: ResolvedProtocol, measure: str, **parts: Any) -> ResolvedProtocol:
    """The protocol with one requirement asked otherwise."""
    requires = tuple(
        r.model_copy(update=parts) if r.measure == measure else r for r in protocol.requires
    )
    return with_(protocol, requires=requires)


def one(before: ResolvedProtocol, after: ResolvedProtocol, part: str) -> Change:
    """The one change about a thing."""
    (found,) = [c for c in protocol_changes(before, after) if part in c.what.en]
    return found


def test_shipped_protocols_do_not_differ_from_themselves(
    shipped: dict[str, ResolvedProtocol],
) -> None:
    assert {id: protocol_changes(p, p) for id, p in shipped.items()} == dict.fromkeys(shipped, ())


def test_the_other_way_round_before_and_after_change_places(
    shipped: dict[str, ResolvedProtocol],
) -> None:
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    for a, b in itertools.combinations(shipped.values(), 2):
        there = {(c.kind, c.what.nl, c.before, c.after) for c in protocol_changes(a, b)}
        back = {(turned[c.kind], c.what.nl, c.after, c.before) for c in protocol_changes(b, a)}
        assert there
        assert there == back


def test_another_version_that_asks_the_same_is_no_difference(base: ResolvedProtocol) -> None:
    assert protocol_changes(base, with_(base, version="9.0", id="other")) == ()


@pytest.mark.parametrize(
    ("parts", "part", "before", "after"),
    [
        ({"title": SAID}, "name", "Base set", "something"),
        ({"language": "en"}, "language of forms", "Dutch", "English"),
        ({"project_types": ("iio.slimfit",)}, "project types", "all", "iio.slimfit"),
        ({"variant": Variant.small}, "variant", "size of the project", "small"),
        (
            {"small_projects": SmallProjects(max_schools=1)},
            "limit of a small project",
            "at most 2 schools and a grant of at most €100,000",
            "at most 1 school",
        ),
        ({"comparison_required": True}, "comparison group", "not required", "required"),
        (
            {"review": True},
            "a delivery counts",
            "once it comes in without errors",
            "once the funder has accepted it",
        ),
        ({"contact": "fonds@example.org"}, "whom a school asks", None, "fonds@example.org"),
        ({"deadlines": (REPORT,)}, "deadline 'final report'", None, "60 days after the end"),
        (
            {"burden": BurdenRules(max_hours=40, max_minutes={Respondent.pupil: 15})},
            "burden ceiling",
            None,
            "40 hours per school and school year, 15 minutes per pupil",
        ),
        (
            {"burden": BurdenRules(hourly_rate={Respondent.teacher: 62.5})},
            "assumed costs",
            None,
            "teachers €62.5 an hour",
        ),
    ],
)
def test_each_part_is_told_in_words(
    base: ResolvedProtocol, parts: dict[str, Any], part: str, before: str | None, after: str
) -> None:
    change = one(base, with_(base, **parts), part)
    assert (change.before is None) == (before is None)
    assert (before or "") in (change.before.en if change.before else "")
    assert change.after
    assert after in change.after.en
    assert change.kind == ("changed" if before else "added")


@pytest.mark.parametrize(
    ("group", "name", "value", "part", "shown"),
    [
        ("cadence", "cycles_per_year", 4, "PDCA cycles", ("2", "4")),
        ("privacy", "suppression_threshold", 10, "nothing is published", ("5", "10")),
        ("analysis", "icc_achievement", 0.15, "ICC of achievement", ("0.2", "0.15")),
        ("analysis", "target_effect", 0.2, "effect that is expected", (None, "0.2")),
    ],
)
def test_rules_are_told_with_their_values(
    base: ResolvedProtocol, group: str, name: str, value: float, part: str, shown: tuple[Any, str]
) -> None:
    rules = getattr(base, group).model_copy(update={name: value})
    change = one(base, with_(base, **{group: rules}), part)
    assert (change.before and change.before.en, change.after and change.after.en) == shown


def test_a_measure_that_is_added_says_what_it_costs(base: ResolvedProtocol) -> None:
    measure = base.measures[0].model_copy(
        update={"id": "fund.joy", "respondent": Respondent.pupil, "minutes": 2.5}
    )
    new = Requirement(measure="fund.joy", waves=("baseline", "post"), mandatory=False)
    after = with_(
        base,
        measures=(*base.measures, measure),
        requires=(*base.requires, new),
        owners={**base.owners, "fund.joy": "fund"},
    )
    change = one(base, after, "fund.joy")
    assert change.kind == "added"
    assert change.after == Text(
        nl="leerlingen; nulmeting, nameting; alle groepen; vrijwillig",
        en="pupils; baseline, post-measurement; all groups; optional",
    )
    assert change.consequence == Text(
        nl="+5 minuten per leerling over het hele project",
        en="+5 minutes per pupil over the whole project",
    )
    assert one(after, base, "fund.joy").kind == "removed"


@pytest.mark.parametrize(
    ("parts", "after"),
    [
        ({"waves": ("post",)}, "pupils; post-measurement; all groups; mandatory"),
        ({"arms": "intervention"}, "intervention group; mandatory"),
        ({"mandatory": False}, "all groups; optional"),
        ({"variants": tuple(Variant)}, "pupils; baseline, post-measurement; all groups; mandatory"),
    ],
)
def test_how_a_measure_is_asked_is_compared(
    base: ResolvedProtocol, parts: dict[str, Any], after: str
) -> None:
    change = one(base, asked(base, "core.pupil_satisfaction", **parts), "core.pupil_satisfaction")
    assert change.kind == "changed"
    assert change.after
    assert after in change.after.en


def test_fewer_moments_save_minutes(base: ResolvedProtocol) -> None:
    large = with_(base, variant=Variant.large)
    after = asked(large, "core.pupil_satisfaction", waves=("baseline",))
    change = one(large, after, "core.pupil_satisfaction")
    assert change.consequence
    assert change.consequence.en == "−2 minutes per pupil over the whole project"
    school = one(large, after, "heaviest school year").consequence
    assert school
    assert re.fullmatch(r"−[\d.]+ hours for a project as expected", school.en)


def test_a_measure_that_is_no_longer_comparable_says_so(base: ResolvedProtocol) -> None:
    old = base.measures[0]
    for update, pooled in (
        ({"version": "2.0"}, False),
        ({"version": "2.0", "compatible_with": ("1.0",)}, True),
        ({"description": SAID}, True),
    ):
        new = old.model_copy(update=update)
        after = with_(base, measures=(new, *base.measures[1:]))
        change = one(base, after, f"{old.id}), definition")
        assert (change.consequence is None) is pooled


def test_a_wave_is_told_with_its_window(base: ResolvedProtocol) -> None:
    change = one(base, with_(base, waves=(*base.waves, HALFWAY)), "interim measurement")
    assert change.after
    assert change.after.nl == (
        "tussenmeting, van 100 dagen na de start (circa 3 maanden) "
        "tot en met 130 dagen na de start (circa 4 maanden)"
    )


def test_fixing_the_variant_says_what_falls_away(base: ResolvedProtocol) -> None:
    small = one(base, with_(base, variant=Variant.small), "variant").consequence
    large = one(base, with_(base, variant=Variant.large), "variant").consequence
    assert small
    assert large
    assert small.en == "16 measures are no longer asked"
    assert large.en == "3 measures are no longer asked"


def test_of_whom_an_effect_is_expected_is_told(base: ResolvedProtocol) -> None:
    expected = with_(base, analysis=base.analysis.model_copy(update={"target_effect": 0.3}))
    of_both = expected.analysis.model_copy(
        update={"target_for": (Respondent.pupil, Respondent.teacher)}
    )
    change = one(expected, with_(expected, analysis=of_both), "of whom that effect")
    assert change.before == Text(nl="leerlingen", en="pupils")
    assert change.after == Text(nl="leerlingen, leraren", en="pupils, teachers")
    silent = base.analysis.model_copy(update={"target_for": (Respondent.teacher,)})
    assert protocol_changes(base, with_(base, analysis=silent)) == ()
