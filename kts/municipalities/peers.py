"""Municipalities like this one, with the reasons.

A small sum of plain reasons, not a model that nobody can check:

=====================================  =========
reason                                 points
=====================================  =========
similar population                     0 to 3, falling with the ratio, none from 2.5 times on
same size class                        1
same official type                     1
same Land                              1
both in a model project                1
same cohort of model projects          1
model projects in the same phase       1
strategy in the same state             2
shared Handlungsfeld                   1 each, at most 3
=====================================  =========

Districts are compared with districts only. Made-up samples are never shown beside real places.
The work is three statements, whatever the size of the register: the candidates nearest in
population together with all members of model projects and all that name a Handlungsfeld, their
topics, their projects.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import Row, Select, func, or_, select

from kts.extensions import db
from kts.municipalities.models import (
    PHASES,
    STRATEGY_STATES,
    ModelProject,
    Municipality,
    Topic,
    model_project_member,
    municipality_topic,
    size_class,
)

MOST = 6  # two rows of cards
NEAREST = 200  # candidates by population alone
RATIO = 2.5  # from this factor on two populations are no longer similar
MOST_TOPICS = 3  # so that who ticks every box is not like everybody
LEAST = 2.0  # below this the reasons are too thin to be shown


@dataclass
class Peer:
    """A similar municipality and why."""

    municipality: Any
    score: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def add(self, points: float, reason: str) -> None:
        """Count a reason."""
        self.score += points
        self.reasons.append(reason)


@dataclass
class _Context:
    """Topics and projects of the candidates and of the municipality itself."""

    topics: dict[int, dict[int, Topic]]
    projects: dict[int, list[tuple[int, str]]]


def peers_of(municipality: Municipality, most: int = MOST) -> list[Peer]:
    """Give the most similar municipalities, best first."""
    candidates = db.session.execute(_candidates(municipality)).all()
    ids = [row.id for row in candidates] + [municipality.id]
    context = _Context(_topics(ids), _projects(ids))
    peers = [_compare(municipality, row, context) for row in candidates]
    peers = [peer for peer in peers if peer.score >= LEAST]
    peers.sort(key=lambda peer: (-peer.score, _distance(municipality, peer.municipality)))
    return peers[:most]


def _candidates(municipality: Municipality) -> Select[Any]:
    columns = [
        getattr(Municipality, name)
        for name in (
            "id", "kind", "name", "slug", "land", "population", "type_text", "strategy_state",
            "is_sample", "district_name",
        )
    ]  # fmt: skip
    districts = municipality.kind == "district"
    comparable = [
        Municipality.id != municipality.id,
        (Municipality.kind == "district") if districts else (Municipality.kind != "district"),
    ]
    if not municipality.is_sample:
        comparable.append(~Municipality.is_sample)
    conditions = [
        Municipality.id.in_(select(model_project_member.c.municipality_id)),
        Municipality.id.in_(select(municipality_topic.c.municipality_id)),
    ]
    if municipality.population:
        near = (
            select(Municipality.id)
            .where(*comparable, Municipality.population > 0)
            .order_by(func.abs(Municipality.population - municipality.population))
            .limit(NEAREST)
        )
        conditions.append(Municipality.id.in_(select(near.subquery().c.id)))
    return select(*columns).where(*comparable, or_(*conditions))


def _topics(ids: list[int]) -> dict[int, dict[int, Topic]]:
    found: dict[int, dict[int, Topic]] = defaultdict(dict)
    statement = (
        select(municipality_topic.c.municipality_id, Topic)
        .join(Topic, Topic.id == municipality_topic.c.topic_id)
        .where(municipality_topic.c.municipality_id.in_(ids))
    )
    for municipality_id, topic in db.session.execute(statement):
        found[municipality_id][topic.id] = topic
    return found


def _projects(ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    statement = (
        select(model_project_member.c.municipality_id, ModelProject.cohort, ModelProject.phase)
        .join(ModelProject, ModelProject.id == model_project_member.c.project_id)
        .where(model_project_member.c.municipality_id.in_(ids))
    )
    for municipality_id, cohort, phase in db.session.execute(statement):
        found[municipality_id].append((cohort, phase))
    return found


def _compare(one: Municipality, other: Row[Any], context: _Context) -> Peer:
    peer = Peer(other)
    _compare_size(one, other, peer)
    if one.type_text and one.type_text == other.type_text:
        peer.add(1, _("same type: %(type)s", type=one.type_text))
    if one.land and one.land == other.land:
        peer.add(1, _("same Land: %(land)s", land=one.land_name))
    _compare_projects(context.projects.get(one.id, []), context.projects.get(other.id, []), peer)
    if one.strategy_state and one.strategy_state == other.strategy_state:
        peer.add(2, str(STRATEGY_STATES[one.strategy_state]))
    _compare_topics(context.topics.get(one.id, {}), context.topics.get(other.id, {}), peer)
    return peer


def _compare_size(one: Municipality, other: Row[Any], peer: Peer) -> None:
    if not one.population or not other.population:
        return
    ratio = max(one.population, other.population) / min(one.population, other.population)
    nearness = max(0.0, 1 - math.log(ratio) / math.log(RATIO))
    if nearness > 0:
        number = format_decimal(other.population)
        peer.add(3 * nearness, _("similar size: %(number)s inhabitants", number=number))
    if one.kind != "district" and size_class(one.population) == size_class(other.population):
        if nearness > 0:
            peer.score += 1  # the number says it already
        else:
            peer.add(1, _("same size class"))


def _compare_projects(
    ours: list[tuple[int, str]], theirs: list[tuple[int, str]], peer: Peer
) -> None:
    if not ours or not theirs:
        return
    peer.score += 1
    cohorts = {cohort for cohort, _phase in ours} & {cohort for cohort, _phase in theirs}
    if cohorts:
        peer.add(1, _("both in the cohort of %(year)d", year=min(cohorts)))
    else:
        peer.reasons.append(_("also a model project"))
    phases = {phase for _cohort, phase in ours} & {phase for _cohort, phase in theirs} - {""}
    if phases:
        peer.add(1, str(PHASES[min(phases)]))


def _compare_topics(ours: dict[int, Topic], theirs: dict[int, Topic], peer: Peer) -> None:
    shared = sorted(ours.keys() & theirs.keys(), key=lambda key: ours[key].sort)[:MOST_TOPICS]
    if shared:
        names = ", ".join(ours[key].label for key in shared)
        text = ngettext(
            "shared field of action: %(names)s",
            "shared fields of action: %(names)s",
            len(shared),
            names=names,
        )
        peer.add(len(shared), text)


def _distance(one: Municipality, other: Row[Any]) -> int:
    return abs((one.population or 0) - (other.population or 0))
