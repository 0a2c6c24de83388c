"""The flow of projects: from what was awarded to what counts in a pooled estimate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evalkit.language import translator
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.rows import picked
from evalkit.model.standing import NoResult, ProjectStanding
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import BaselineStatus, NotPooled, WaveKind
from evalkit.render import palette
from evalkit.render.canvas import Canvas, text_width, wrapped
from evalkit.render.drawing import Drawing
from evalkit.render.picture import Picture
from evalkit.render.plotting import LEADING, SIZE, SMALL, SMALL_LEADING, WIDTH
from evalkit.render.wording import capital, number

Lost: TypeAlias = NoResult | NotPooled

_BOX, _SIDE = 268.0, 300.0
_COUNT = 15.0
_PAD = 9.0
_GAP = 24.0


@dataclass(frozen=True, slots=True)
class Step:
    """One box: how many projects got there, by first measurement, and who fell out before it."""

    projects: tuple[str, ...]
    baselines: Mapping[BaselineStatus, int]
    lost: Mapping[Lost, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """The steps in order. Each project is in all steps up to the one it falls out before."""

    awarded: Step
    delivered: Step
    afterwards: Step
    usable: Step

    @property
    def steps(self) -> tuple[Step, ...]:
        """The four steps, in order."""
        return (self.awarded, self.delivered, self.afterwards, self.usable)


def flow(found: Synthesis) -> Flow:
    """Count the projects of a synthesis, step by step.

    A project delivered results afterwards if the effect table has a row of it for the
    post-measurement or a follow-up. It is usable if one of those counts in a pooled estimate; if
    not, it falls out for the reason that most of them give (of two, the first in the word list).
    """
    rows: dict[str, list[EffectSize]] = {}
    names = ("project", "subgroup", "wave_kind", "pooled", "not_pooled_because")
    for row in picked(found.effects, names):
        if row.subgroup == ALL:
            rows.setdefault(row.project, []).append(row)
    everyone = list(found.standings)
    delivered, nothing = _divided(everyone, {s.project: _no_data(s) for s in everyone})
    after, not_yet = _divided(delivered, {s.project: _not_after(rows, s) for s in delivered})
    usable, unusable = _divided(after, {s.project: _not_usable(rows[s.project]) for s in after})
    return Flow(
        _step(everyone, {}),
        _step(delivered, nothing),
        _step(after, not_yet),
        _step(usable, unusable),
    )


def _divided(
    projects: Sequence[ProjectStanding], why: Mapping[str, Lost | None]
) -> tuple[list[ProjectStanding], dict[Lost, int]]:
    kept = [one for one in projects if why[one.project] is None]
    lost: Counter[Lost] = Counter(r for one in projects if (r := why[one.project]) is not None)
    order = [*NoResult, *NotPooled]
    return kept, dict(sorted(lost.items(), key=lambda pair: (-pair[1], order.index(pair[0]))))


def _step(projects: Sequence[ProjectStanding], lost: Mapping[Lost, int]) -> Step:
    counts = Counter(one.baseline for one in projects)
    baselines = {status: counts[status] for status in BaselineStatus}
    return Step(tuple(one.project for one in projects), baselines, lost)


def _no_data(one: ProjectStanding) -> Lost | None:
    if not one.designed:
        return NoResult.no_design
    return None if one.delivered else NoResult.no_data


def _final(rows: Sequence[EffectSize]) -> list[EffectSize]:
    """The rows from after the project that hold a result."""
    last = (WaveKind.post, WaveKind.follow_up)
    return [
        row
        for row in rows
        if row.wave_kind in last and row.not_pooled_because is not NotPooled.no_post
    ]


def _not_after(rows: Mapping[str, Sequence[EffectSize]], one: ProjectStanding) -> Lost | None:
    own = rows.get(one.project, ())
    if _final(own):
        return None
    if any(row.not_pooled_because is NotPooled.no_post for row in own):
        return NotPooled.no_post
    return NotPooled.interim if own else NoResult.no_outcome


def _not_usable(rows: Sequence[EffectSize]) -> Lost | None:
    own = _final(rows)
    if any(row.pooled for row in own):
        return None
    reasons = Counter(row.not_pooled_because or NotPooled.no_post for row in own)
    return max(NotPooled, key=lambda reason: reasons[reason])


# --- what is drawn -----------------------------------------------------------------------------


def flow_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """The flow of projects; none where it is not known which were awarded."""
    if not found.standings:
        return
    t, counted = translator(lang), flow(found)
    names = step_names(lang)
    caption = t("From awarded projects to those in a pooled estimate")

    def draw() -> Drawing:
        return flow_figure(counted, lang)

    told = [
        " ".join(filter(None, (lost_line(step, lang), _in_words(name, step, place > 0, lang))))
        for place, (name, step) in enumerate(zip(names, counted.steps, strict=True))
    ]
    alt = t("Flow of projects, from top to bottom.") + " " + " ".join(told)
    yield Picture("flow", "flow", caption, alt, draw)


def step_names(lang: Lang) -> tuple[str, str, str, str]:
    """What the four steps are called."""
    t = translator(lang)
    return (
        t("projects awarded"),
        t("delivered data"),
        t("delivered results afterwards"),
        t("in a pooled estimate"),
    )


def lost_line(step: Step, lang: Lang) -> str:
    """Who fell out before a step: ``Fell out: 3 (no design yet 1; nothing delivered 2).``."""
    if not step.lost:
        return ""
    t = translator(lang)
    reasons = "; ".join(f"{reason.label.to(lang)} {n}" for reason, n in step.lost.items())
    return t("Fell out: {n} ({reasons}).").format(n=sum(step.lost.values()), reasons=reasons)


def baseline_names(lang: Lang) -> dict[BaselineStatus, str]:
    """What the first measurement of a project is called."""
    t = translator(lang)
    return {
        BaselineStatus.proven: t("with a baseline from before the start"),
        BaselineStatus.late: t("first measured after the start"),
        BaselineStatus.absent: t("without a first measurement"),
    }


def _lanes(step: Step, lang: Lang) -> list[tuple[int, str]]:
    return [(step.baselines[status], name) for status, name in baseline_names(lang).items()]


def _in_words(name: str, step: Step, divided: bool, lang: Lang) -> str:
    text = f"{capital(name)}: {len(step.projects)}"
    if divided:
        text += f" ({'; '.join(f'{lane} {n}' for n, lane in _lanes(step, lang))})"
    return f"{text}."


def flow_figure(counted: Flow, language: Lang) -> Drawing:
    """The picture: a box for each step below the other, and beside the arrows who fell out."""
    t, canvas = translator(language), Canvas(WIDTH)
    y, names = 1.0, step_names(language)
    for place, (name, step) in enumerate(zip(names, counted.steps, strict=True)):
        if place:
            y = _between(canvas, y, step, t("fell out"), language)
        lanes = _lanes(step, language) if place else []
        y = _box(canvas, y, name, len(step.projects), lanes, language)
    return canvas.drawing(y + 1)


def _box(
    canvas: Canvas, y: float, name: str, count: int, lanes: Sequence[tuple[int, str]], lang: Lang
) -> float:
    """A box with its count, its name and what it consists of; returns the y below it."""
    shown = number(count, lang, 0)
    left = _PAD + max(text_width(shown, _COUNT, "bold"), 22.0) + 8
    lines = wrapped(name, _BOX - left - _PAD, SIZE, "bold")
    rows = [line for n, text in lanes for line in _hanging(n, text, _BOX - left - _PAD)]
    head = max(_COUNT + 4, len(lines) * LEADING)
    bottom = y + _PAD + head + len(rows) * SMALL_LEADING + (4 if rows else 0) + 3
    canvas.box(0, y, _BOX, bottom, palette.ACCENT_TINT, palette.ACCENT)
    canvas.text((_PAD, y + _PAD + _COUNT - 2), shown, _COUNT, face="bold", color=palette.ACCENT)
    first = y + _PAD + _COUNT - 3.5 - (len(lines) - 1) * LEADING / 2
    canvas.lines((left, first), lines, SIZE, LEADING, face="bold")
    below = y + _PAD + head + SMALL_LEADING - 1
    for n, text in rows:
        if n is not None:
            canvas.text((left - 8, below), number(n, lang, 0), SMALL, face="bold", align="right")
        canvas.text((left, below), text, SMALL)
        below += SMALL_LEADING
    return bottom


def _hanging(n: int, text: str, width: float) -> list[tuple[int | None, str]]:
    """The lines of an entry; only the first has the number beside it."""
    lines = wrapped(text, width, SMALL)
    return [(n if place == 0 else None, line) for place, line in enumerate(lines)]


def _between(canvas: Canvas, y: float, step: Step, title: str, lang: Lang) -> float:
    """The arrow to the next box, with who fell out beside it; returns the y of that box."""
    entries = [
        line
        for reason, n in step.lost.items()
        for line in _hanging(n, reason.label.to(lang), WIDTH - _SIDE - 2 * _PAD - 26)
    ]
    height = (LEADING + len(entries) * SMALL_LEADING + 11) if entries else 0.0
    bottom = y + max(_GAP, height + 10)
    middle = _BOX / 2
    canvas.line([(middle, y), (middle, bottom - 5)], color=palette.MUTED, width=1.2)
    head = [(middle - 3.5, bottom - 6), (middle + 3.5, bottom - 6), (middle, bottom - 0.5)]
    canvas.shape(head, palette.MUTED)
    if not entries:
        return bottom
    at = (y + bottom) / 2
    canvas.line([(middle, at), (_SIDE - 5, at)], color=palette.MUTED, width=1.2)
    canvas.shape([(_SIDE - 6, at - 3.5), (_SIDE - 6, at + 3.5), (_SIDE - 0.5, at)], palette.MUTED)
    top = at - height / 2
    canvas.box(_SIDE, top, WIDTH, top + height, palette.BAND, palette.MUTED)
    below = top + LEADING + 2
    total = f"{number(sum(step.lost.values()), lang, 0)} {title}"
    canvas.text((_SIDE + _PAD, below), total, SIZE, face="bold")
    for n, text in entries:
        below += SMALL_LEADING
        if n is not None:
            shown = number(n, lang, 0)
            canvas.text((_SIDE + _PAD + 20, below + 1), shown, SMALL, face="bold", align="right")
        canvas.text((_SIDE + _PAD + 26, below + 1), text, SMALL)
    return bottom
