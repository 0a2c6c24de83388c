"""How long millions of rows take, beside DuckDB asked by hand for the same.

    python benchmarks/scale.py            from 10,000 to 10,000,000 rows
    python benchmarks/scale.py --rows 100000

Makes seeded Parquet files in a temporary folder (20 columns: school, class, unit, group, a test,
counts, grades, choices and a questionnaire of eight questions), and runs each of these in a process
of its own: the checks of evalkit, the same checks as SQL written out for this very file, totals by
evalkit (n, mean and standard deviation per school, group, wave and measure), and by one SQL
statement. Prints seconds (best of two or more; without starting Python), the ratio, and the most
memory that evalkit's process had. Ends with 1 if at the largest size a limit is broken.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.measure import Choice, Item, Measure, Scale
from evalkit.model.project import School
from evalkit.model.text import Text
from evalkit.model.vocabulary import (
    ArmRole,
    Direction,
    Kind,
    Level,
    Respondent,
    ScaleType,
    Source,
)

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
CHECK_RATIO, TOTALS_RATIO = 3.0, 1.5
MOST_MEGABYTES = 500
MOST_GROWTH = 1.5
"""Seconds per row at the largest size, beside those at a tenth of it."""
STEADY = 1_000_000
"""Rows from which on the limits hold: below, starting DuckDB takes longer than the work."""

SCHOOLS = tuple(f"{number:02d}AB" for number in range(100))
WAVE = "baseline"
ITEMS = tuple(f"core.climate.i{number}" for number in range(1, 9))
REVERSE = frozenset({ITEMS[2], ITEMS[6]})


def text(words: str) -> Text:
    """The same words in both languages."""
    return Text(nl=words, en=words)


def _measure(id: str, type: ScaleType, **scale: Any) -> Measure:
    items = scale.pop("items", ())
    return Measure(
        id=id,
        label=text(id),
        description=text(id),
        respondent=Respondent.pupil,
        kind=Kind.outcome,
        level=Level.micro,
        source=Source.register,
        minutes=1,
        scale=Scale(type=type, **scale),
        items=items,
        scoring="mean" if items else "value",
    )


AGREEMENT = tuple(Choice(value=value, label=text(f"answer {value}")) for value in range(1, 6))
KINDS = ("none", "inside", "outside")
MEASURES = (
    _measure("core.test", ScaleType.interval, minimum=0, maximum=58),
    _measure("core.grade", ScaleType.interval, minimum=1, maximum=10),
    _measure("core.percentile", ScaleType.interval, minimum=0, maximum=100),
    _measure("core.absence", ScaleType.count_, maximum=20, better=Direction.lower_),
    _measure("core.hours", ScaleType.count_),
    _measure("core.liking", ScaleType.ordinal, choices=AGREEMENT),
    _measure("core.advice", ScaleType.ordinal, choices=AGREEMENT),
    _measure(
        "core.support",
        ScaleType.nominal,
        better=Direction.neutral,
        choices=tuple(Choice(value=kind, label=text(kind)) for kind in KINDS),
    ),
    _measure(
        "core.climate",
        ScaleType.ordinal,
        minimum=1,
        maximum=5,
        choices=AGREEMENT,
        items=tuple(
            Item(id=name.rsplit(".", 1)[1], text=text(name), reverse=name in REVERSE)
            for name in ITEMS
        ),
    ),
)
NUMBERS = (
    *("core.test", "core.grade", "core.percentile", "core.absence", "core.hours"),
    *("core.liking", "core.advice", *ITEMS),
)


def design() -> Design:
    """A hundred schools with both groups, asked these measures of pupils in two waves."""
    from evalkit.testing.sample import foreign_type, sample_design

    plain = sample_design(foreign_type())
    both = (ArmRole.intervention, ArmRole.comparison)
    schools = tuple(School(brin=brin, arms=both) for brin in SCHOOLS)
    schedule = tuple(
        ScheduleEntry(
            wave=wave,
            measure=measure.id,
            respondent=Respondent.pupil,
            arms=both,
            mandatory=True,
            required_by="benchmark",
            scale=measure.scale,
            minutes=1,
        )
        for wave in (WAVE, "post")
        for measure in MEASURES
    )
    project = plain.project.model_copy(update={"schools": schools})
    return plain.model_copy(update={"project": project, "measures": MEASURES, "schedule": schedule})


def make(path: Path, rows: int, seed: float = 0.25) -> None:
    """Write a file of that many pupils, the same at every run."""
    import duckdb

    answers = ", ".join(
        f'{f"6 - ({value})" if name in REVERSE else value}::TINYINT AS "{name}"'
        for name in ITEMS
        for value in ("greatest(1, least(5, round(mood + 2 * random() - 1)))",)
    )
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as connection:
        connection.execute("SELECT setseed(?)", [seed])
        connection.execute(
            f"""
            COPY (
                SELECT printf('%02dAB', i % 100) AS school,
                    'c' || (i // 100 % (2 + {rows} // 5000)) AS class,
                    'p' || i AS unit,
                    CASE WHEN i // 100 % 2 = 0 THEN 'intervention' ELSE 'comparison' END AS arm,
                    floor(random() * 59) AS "core.test",
                    round(1 + random() * 9, 1) AS "core.grade",
                    random() * 100 AS "core.percentile",
                    floor(random() * 21)::INTEGER AS "core.absence",
                    floor(random() * 30 + random() * 30)::INTEGER AS "core.hours",
                    floor(1 + random() * 5)::INTEGER AS "core.liking",
                    CASE WHEN random() > 0.1 THEN floor(1 + random() * 5)::INTEGER END
                        AS "core.advice",
                    ['none', 'inside', 'outside'][1 + (i * 7 % 3)::INTEGER] AS "core.support",
                    {answers}
                FROM (SELECT i, 1 + 4 * random() AS mood FROM range({rows}) t(i))
            ) TO '{path}' (FORMAT parquet)
            """
        )


# What is timed


def check(files: list[Path]) -> Any:
    """The checks of evalkit."""
    from evalkit.collect.columnar_checks import check_parquet
    from evalkit.collect.delivery import Taken

    day = dt.date(2026, 6, 10)
    found = check_parquet(files[0], design(), WAVE, Respondent.pupil, Taken(day, day))
    return [found.rows, sorted(f.code for f in found.findings)]


def totals(files: list[Path]) -> Any:
    """The totals of evalkit."""
    from evalkit.collect.aggregation import WaveFile, aggregate

    waves = zip((WAVE, "post"), files, strict=True)
    found = aggregate([WaveFile(*pair) for pair in waves], NUMBERS)
    return [len(found), round(float(found["mean"].sum()), 6), round(float(found["sd"].sum()), 6)]


def bare_check(files: list[Path]) -> Any:
    """What evalkit checks of this file, as SQL by hand: how many rows are wrong, of each kind."""
    import duckdb

    connection = duckdb.connect()
    connection.read_parquet(str(files[0])).create_view("t")
    listed = ", ".join(f"'{school}'" for school in SCHOOLS)
    bounds = {
        "core.test": (0, 58),
        "core.grade": (1, 10),
        "core.percentile": (0, 100),
        "core.absence": (0, 20),
    }
    ratings = ("core.liking", "core.advice", *ITEMS)
    cells = {
        "school": "school IS NULL OR trim(school) = ''",
        "school unknown": f"school NOT IN ({listed})",
        "arm": "arm IS NULL OR arm NOT IN ('intervention', 'comparison')",
        "unit": "unit IS NULL OR trim(unit) = ''",
        "core.support": "\"core.support\" NOT IN ('none', 'inside', 'outside')",
        **{m: f'NOT ("{m}" BETWEEN {low} AND {high})' for m, (low, high) in bounds.items()},
        "absence whole": '"core.absence" % 1 <> 0',
        "core.hours": '"core.hours" < 0 OR "core.hours" % 1 <> 0',
        **{m: f'"{m}" NOT IN (1, 2, 3, 4, 5)' for m in ratings},
    }
    eleven = " + ".join(
        f"{weight} * (ascii(substr(lpad(unit, 9, '0'), {n}, 1)) - 48)"
        for n, weight in enumerate((9, 8, 7, 6, 5, 4, 3, 2, -1), start=1)
    )
    numbered = "regexp_full_match(unit, '[0-9]{8,9}')"
    cells |= {
        "unit address": "regexp_full_match(unit, '[^@ ]+@[^@ ]+[.][^@ ]+')",
        "unit personal": f"CASE WHEN {numbered} THEN ({eleven}) % 11 IN (0, 5) END",
        "unit birth": "regexp_full_match(unit, '[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}')",
        "unit name": "regexp_full_match(unit, '[^0-9]*[ ,][^0-9]*|[A-Z][a-z]{2,}')",
        "class personal": "regexp_matches(class, '@|[0-9]{8,9}|[0-9]-[0-9]')",
        "support personal": "regexp_matches(\"core.support\", '@|[0-9]{8,9}|[0-9]-[0-9]')",
    }
    first, *others = (f'(6 - "{i}")' if i in REVERSE else f'"{i}"' for i in ITEMS)
    plain = [f'"{i}"' for i in ITEMS]
    same = " AND ".join(f"{i} = {plain[0]}" for i in plain[1:]) + f" AND {plain[0]} <> 3"
    total = " + ".join((first, *others))
    against = ", ".join(f"corr({i}, {total} - {i}), stddev_samp({i})" for i in (first, *others))
    values = ", ".join(f'"{m}"' for m in (*NUMBERS, "core.support"))

    def ask(sql: str) -> list[Any]:
        return connection.execute(sql).fetchall()

    counts = ", ".join(f"count(*) FILTER ({where})" for where in cells.values())
    wrong = dict(zip(cells, ask(f"SELECT {counts} FROM t")[0], strict=True))
    ask("SELECT school, arm, count(*) FROM t GROUP BY ALL")
    again = "SELECT count(*) FROM (SELECT 1 FROM t GROUP BY {} HAVING count(*) > 1)"
    ((wrong["unit twice"],),) = ask(again.format("school, unit"))
    ((wrong["rows alike"],),) = ask(again.format(f"school, {values}"))
    ((wrong["straight"],),) = ask(f"SELECT count(*) FILTER ({same}) FROM t")
    ask(f"SELECT {against} FROM t")
    ((middle, spread),) = ask('SELECT median("core.hours"), mad("core.hours") FROM t')
    far = f'abs("core.hours" - {middle}) > {5 * 1.4826 * spread}'
    ((wrong["outliers"],),) = ask(f"SELECT count(*) FILTER ({far}) FROM t")
    return [list(wrong), list(wrong.values())]


def bare_totals(files: list[Path]) -> Any:
    """One statement that gives the totals, a row per school, group and wave."""
    import duckdb

    connection = duckdb.connect()
    for wave, file in zip((WAVE, "post"), files, strict=True):
        connection.read_parquet(str(file)).create_view(f"t_{wave}")
    asked = ", ".join(f'count("{m}"), avg("{m}"), stddev_samp("{m}")' for m in NUMBERS)
    both = f"SELECT '{WAVE}' AS wave, * FROM t_{WAVE} UNION ALL SELECT 'post', * FROM t_post"
    rows = connection.execute(
        f"SELECT wave, school, arm, {asked} FROM ({both}) GROUP BY ALL"
    ).fetchall()
    found = [row[3 + at : 6 + at] for row in rows for at in range(0, 3 * len(NUMBERS), 3)]
    return [len(found), round(sum(r[1] for r in found), 6), round(sum(r[2] for r in found), 6)]


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    megabytes: float
    answer: Any


def run(work: Callable[[list[Path]], Any], files: list[Path], runs: int) -> Run:
    """The best time of some runs in a process of its own, and the most memory it had."""
    here, there = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_timed, args=(work, files, runs, there)
    )
    process.start()
    there.close()
    try:
        return Run(*json.loads(here.recv()))
    finally:
        process.join()


def _timed(work: Callable[[list[Path]], Any], files: list[Path], runs: int, pipe: Any) -> None:
    import duckdb  # noqa: F401
    import pandas  # noqa: F401

    best, answer = float("inf"), None
    for _ in range(runs):
        start = time.perf_counter()
        answer = work(files)
        best = min(best, time.perf_counter() - start)
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
    pipe.send(json.dumps([best, peak, answer]))


class Line(NamedTuple):
    """One size: evalkit and bare DuckDB."""

    rows: int
    check: Run
    bare_check: Run
    totals: Run
    bare_totals: Run


def measure(rows: int, folder: Path) -> Line:
    """Time everything at one size."""
    one, halves = folder / f"{rows}.parquet", []
    make(one, rows)
    for number in (1, 2):
        halves.append(folder / f"{rows}-{number}.parquet")
        make(halves[-1], rows // 2, seed=number / 10)
    runs = 2 if rows > STEADY else 3
    found = Line(
        rows,
        run(check, [one], runs),
        run(bare_check, [one], runs),
        run(totals, halves, runs),
        run(bare_totals, halves, runs),
    )
    for path in (one, *halves):
        path.unlink()
    return found


def broken(lines: list[Line]) -> list[str]:
    """The limits that the largest size breaks; what came out must be the same at any size."""
    wrong = [
        f"{line.rows:,}: evalkit finds {line.totals.answer}, DuckDB {line.bare_totals.answer}"
        for line in lines
        if line.totals.answer != line.bare_totals.answer
    ]
    last = lines[-1]
    if last.rows < STEADY:
        return wrong
    memory = max(last.check.megabytes, last.totals.megabytes)
    limits = [
        ("checks", last.check.seconds / last.bare_check.seconds, CHECK_RATIO),
        ("totals", last.totals.seconds / last.bare_totals.seconds, TOTALS_RATIO),
        ("megabytes", memory, MOST_MEGABYTES),
    ]
    before = [line for line in lines if line.rows == last.rows // 10]
    if before:
        growth = last.check.seconds / before[0].check.seconds / 10
        limits.append(("growth of the time per row, from a tenth", growth, MOST_GROWTH))
    return wrong + [f"{n}: {v:.2f} is over {most}" for n, v, most in limits if v > most]


def main() -> int:
    """Print the table; 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, help="one size alone")
    rows = parser.parse_args().rows
    print(f"{'rows':>12} {'checks':>10}{'DuckDB':>10}{'ratio':>8}", end="")
    print(f" {'totals':>10}{'DuckDB':>10}{'ratio':>8} {'µs a row':>10}{'MB':>7}", flush=True)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for size in (rows,) if rows else SIZES:
            line = measure(size, Path(folder))
            lines.append(line)
            print(f"{size:>12,} ", end="")
            for ours, bare in ((line.check, line.bare_check), (line.totals, line.bare_totals)):
                ratio = ours.seconds / bare.seconds
                print(f"{ours.seconds:>8.2f} s{bare.seconds:>8.2f} s{ratio:>7.2f}× ", end="")
            memory = max(line.check.megabytes, line.totals.megabytes)
            print(f"{1e6 * line.check.seconds / size:>9.2f}{memory:>7.0f}", flush=True)
    print(f"found by the checks: {lines[-1].check.answer[1]}")
    wrong = broken(lines)
    for words in wrong:
        print(words)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
