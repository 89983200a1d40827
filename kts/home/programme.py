"""What the programme wants, what has been done and which parts it has, in own words.

Facts and their state come from the federal ministry's page named in SOURCES, which describes the
state of 2020; what is known since then stands in ``later`` with its own source. Nothing here is
an estimate.
"""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

DONE, RUNNING = "done", "running"
STATE_OF_SOURCE = 2020

PROJECTS = 73
MILLION_EUROS = 820
KTS_UNTIL = 2030


@dataclass(frozen=True)
class Step:
    """One step of the programme; ``state`` is the one that the ministry's page gives."""

    year: int
    title: LazyString
    text: LazyString
    state: str
    later: LazyString | None = None


@dataclass(frozen=True)
class Part:
    """One part of the programme and where this platform serves it."""

    title: LazyString
    text: LazyString
    url: str = ""
    link: LazyString | None = None


AIMS = (
    (
        _l("Municipalities decide for themselves"),
        _l(
            "Towns, districts and villages are to be able to shape digital change themselves: "
            "with a strategy, across departments, and in step with sustainable urban development."
        ),
    ),
    (
        _l("Places worth living in"),
        _l("Digital tools are a means: with them, places are to stay or become good to live in."),
    ),
    (
        _l("Technology that serves people"),
        _l(
            "Technology is to leave people room and to bring them together; nobody is to be left "
            "behind because of it."
        ),
    ),
)

STEPS = (
    Step(
        2019,
        _l("First cohort"),
        _l("13 model projects start; their funding contracts are signed."),
        DONE,
        _l("Some of these projects ended as planned in 2024."),
    ),
    Step(
        2019,
        _l("Exchange begins"),
        _l("Knowledge transfer between municipalities and exchange with other countries start."),
        DONE,
    ),
    Step(
        2019,
        _l("Dialogplattform goes on"),
        _l("The Nationale Dialogplattform Smart Cities is continued and gets an office."),
        DONE,
    ),
    Step(
        2019,
        _l("A place for coordination and transfer"),
        _l("The KTS is being set up, to connect the projects and pass on what they learn."),
        RUNNING,
        _l("The KTS has been working since September 2021 and is planned to the end of 2030."),
    ),
    Step(
        2020,
        _l("Second cohort"),
        _l("The second round starts."),
        RUNNING,
        _l("32 of 86 bids were chosen."),
    ),
    Step(
        2020,
        _l("Third cohort in preparation"),
        _l("The third round is being prepared for 2021."),
        RUNNING,
        _l("28 of 94 bids were chosen."),
    ),
    Step(
        2020,
        _l("More transfer, wider network"),
        _l("Knowledge transfer grows, and so does the International Smart Cities Network."),
        RUNNING,
    ),
    Step(
        2020,
        _l("Dialogplattform continued"),
        _l("The Nationale Dialogplattform Smart Cities goes on with its work."),
        RUNNING,
    ),
)

PARTS = (
    Part(
        _l("Model projects"),
        _l(
            "Three cohorts, chosen in 2019, 2020 and 2021. In phase A each writes a strategy, in "
            "phase B it puts the strategy into practice."
        ),
        "#projects",
        _l("All 73 projects"),
    ),
    Part(
        _l("KTS"),
        _l(
            "The Koordinations- und Transferstelle accompanies the projects and carries their "
            "experience to all other municipalities. It runs this platform."
        ),
        "/dokumente",
        _l("What the municipalities wrote down"),
    ),
    Part(
        _l("Knowledge transfer and training"),
        _l(
            "Congresses, regional conferences, peer learning, an academy, and working groups in "
            "which projects develop solutions together."
        ),
        "/forum",
        _l("To the forum"),
    ),
    Part(
        _l("Nationale Dialogplattform Smart Cities"),
        _l(
            "Since July 2016 about 70 experts from municipalities, their associations, Länder, "
            "federal departments, science, business and civil society have met here. In June 2017 "
            "they presented the Smart City Charta."
        ),
        "/#dialogplattform",
        _l("The Dialogplattform on this site"),
    ),
    Part(
        _l("International Smart Cities Network"),
        _l("Brazil, Mexico, Peru, India and Germany share what they learn."),
    ),
    Part(
        _l("Research and evaluation"),
        _l("Scientists accompany the programme and examine what it achieves."),
    ),
)

SOURCES = (
    _l(
        "Federal ministry of the interior, building and community: page “Digitale "
        "Stadtentwicklung und Förderung von Smart Cities” (aims, steps and their state)"
    ),
    _l(
        "Pages of the federal ministry responsible for the programme and of the KTS, 2019–2026 "
        "(number of projects and bids, sum, term of the KTS, network, Dialogplattform)"
    ),
    _l(
        "Statistisches Bundesamt, GV100AD as of 30 November 2023, Datenlizenz Deutschland "
        "Namensnennung 2.0 (keys and figures of the municipalities)"
    ),
)
