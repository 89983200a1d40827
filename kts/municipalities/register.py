"""Reads the official register of municipalities (Gemeindeverzeichnis, format GV100AD).

Lines of fixed width, as the record description in the archive of the official file has them. A
line that is cut off, not UTF-8 or has an impossible value is refused alone and by its number; a
file that is not a register, or in which too many lines are broken, is refused as a whole, since
half a register would be taken for the whole one.

Keys are text, never numbers. AGS = ARS[0:5] + ARS[9:12]. Area comes in hectares and is given in
km². Districts have no figures of their own in the file: theirs are the sums of their members.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kts.municipalities.geography import LAENDER

SOURCE = "Statistisches Bundesamt (Destatis), Gemeindeverzeichnis"
LICENCE = "dl-de/by-2-0"
LICENCE_URL = "https://www.govdata.de/dl-de/by-2-0"

#: A file in which more lines than this are broken is damaged as a whole.
MOST_REFUSED = 0.01
#: Fields that are read end here: postcode of a municipality, kind of a district.
LENGTH = {"10": 23, "20": 23, "30": 23, "40": 124, "50": 124, "60": 170}

#: Textkennzeichen (field EF7) of the record types 40, 50 and 60.
TYPES = {
    41: "Kreisfreie Stadt",
    42: "Stadtkreis",
    43: "Kreis",
    44: "Landkreis",
    45: "Regionalverband",
    50: "Verbandsfreie Gemeinde",
    51: "Amt",
    52: "Samtgemeinde",
    53: "Verbandsgemeinde",
    54: "Verwaltungsgemeinschaft",
    55: "Kirchspielslandgemeinde",
    56: "Verwaltungsverband",
    57: "Verwaltungsgemeinschaft (Trägermodell)",
    58: "Erfüllende Gemeinde",
    60: "Markt",
    61: "Kreisfreie Stadt",
    62: "Stadtkreis",
    63: "Stadt",
    64: "Gemeinde",
    65: "Gemeindefreies Gebiet (bewohnt)",
    66: "Gemeindefreies Gebiet (unbewohnt)",
    67: "Große Kreisstadt",
}
DISTRICT_TYPES = frozenset({43, 44, 45})  # 41 and 42 are towns and come again as record 60
TOWN_TYPES = frozenset({61, 62, 63, 67})
UNINCORPORATED_TYPES = frozenset({65, 66})
OWN_ASSOCIATION = 50  # "verbandsfrei": the association is the municipality itself

#: Abbreviated titles behind the comma of an official name.
_TITLES = {
    "St": "Stadt",
    "M": "Markt",
    "GKSt": "Große Kreisstadt",
    "gemfr. Gebiet": "gemeindefreies Gebiet",
    "gemfr. Geb.": "gemeindefreies Gebiet",
    "gemfr. Bezirk": "gemeindefreier Bezirk",
}
_PREPOSITIONS = [
    (re.compile(rf"\s+{short}\s*"), words)
    for short, words in (
        (r"a\.\s?d\.", "an der"),
        (r"i\.\s?d\.", "in der"),
        (r"o\.\s?d\.", "ob der"),
        (r"v\.\s?d\.", "vor der"),
        (r"a\.", "am"),
        (r"b\.", "bei"),
    )
]
_HEADER = re.compile(rb"10\d{8}(0[1-9]|1[0-6]) ")
_AGS = re.compile(r"(0[1-9]|1[0-6])\d{6}")
_DISTRICT_KEY = re.compile(r"(0[1-9]|1[0-6])\d{3}")
_NAMED_DISTRICT = re.compile(r"kreis|^Region |^Städteregion |^Regionalverband ", re.IGNORECASE)


class RegisterError(Exception):
    """The file as a whole cannot be taken; the sentence says why and what to do."""


@dataclass(frozen=True)
class Record:
    """The fields of one line that are used; ``EF`` are the field names of the description."""

    line: int
    kind: str  # EF1 Satzart
    date: date  # EF2 Gebietsstand
    key: str  # EF3 Regionalschlüssel, as long as the kind of record needs it
    association: str  # EF4 Gemeindeverband
    name: str  # EF5
    seat: str  # EF6 Verwaltungssitz
    type_code: int  # EF7 Textkennzeichen
    hectares: int = 0  # EF8
    population: int = 0  # EF9
    postcode: str = ""  # EF12U1


@dataclass(frozen=True)
class Refusal:
    """A line that was left out."""

    line: int
    reason: str


@dataclass
class Entry:
    """A municipality or a district as the register has it."""

    key: str
    ars: str
    name: str
    full_name: str
    type_code: int
    land: str
    district_key: str
    district_name: str
    population: int
    area: float
    postcode: str
    seat: str
    association: str
    register_date: date

    @property
    def kind(self) -> str:
        """Say ``district``, ``town`` or ``municipality``."""
        if self.type_code in DISTRICT_TYPES:
            return "district"
        return "town" if self.type_code in TOWN_TYPES else "municipality"

    @property
    def unincorporated(self) -> bool:
        """Say whether it is an area that belongs to no municipality."""
        return self.type_code in UNINCORPORATED_TYPES

    @property
    def type_text(self) -> str:
        """Give the official wording of the type."""
        return TYPES[self.type_code]


@dataclass
class Register:
    """What one file holds."""

    date: date
    municipalities: list[Entry] = field(default_factory=list)
    districts: list[Entry] = field(default_factory=list)
    district_count: int = 0
    association_count: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """Districts and municipalities together."""
        return self.districts + self.municipalities


def read(path: Path) -> Register:
    """Read the file; raises RegisterError for one that is no register or is damaged."""
    lines = _lines(path)
    refusals: list[Refusal] = []
    records = list(_records(lines, refusals))
    if len(refusals) > max(1, len(lines) * MOST_REFUSED):
        worst = "; ".join(f"line {item.line}: {item.reason}" for item in refusals[:3])
        raise RegisterError(
            f"{len(refusals)} of {len(lines)} lines cannot be read ({worst}). "
            "Nothing was imported. Please download the file from Destatis again."
        )
    return _assemble(records, refusals)


def _lines(path: Path) -> list[bytes]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RegisterError(f"{path} cannot be read: {error.strerror}.") from None
    content = content.removeprefix(b"\xef\xbb\xbf")
    if not content.strip():
        raise RegisterError(f"{path.name} is empty.")
    if not _HEADER.match(content):
        raise RegisterError(
            f"{path.name} is not a register in the format GV100AD: line 1 does not begin with the "
            "record of a Land (type 10, date, key). Expected is the text file from the archive "
            "GV100AD that Destatis publishes. Nothing was imported."
        )
    return content.splitlines()


def _records(lines: list[bytes], refusals: list[Refusal]) -> Iterator[Record]:
    """Yield the record of every sound line."""
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            yield _parse(number, raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            refusals.append(Refusal(number, f"not UTF-8 (byte {error.start + 1})"))
        except ValueError as error:
            refusals.append(Refusal(number, _reason(error)))


def _parse(number: int, text: str) -> Record:
    _check(text)
    kind = text[:2]
    figures = kind == "60"
    return Record(
        line=number,
        kind=kind,
        date=date(int(text[2:6]), int(text[6:8]), int(text[8:10])),
        key=text[10:18] if figures else text[10:15].strip(),
        association=text[18:22],
        name=text[22:72].strip(),
        seat=text[72:122].strip(),
        type_code=_type(text) if kind in ("40", "50", "60") else 0,
        hectares=int(text[128:139]) if figures else 0,
        population=int(text[139:150]) if figures else 0,
        postcode=text[165:170].strip() if figures else "",
    )


def _type(text: str) -> int:
    code = int(text[122:124])
    if code not in TYPES or str(code)[0] != text[0]:
        raise _RefusedError(f"unknown type {code} of a record {text[:2]}")
    return code


def _check(text: str) -> None:
    kind = text[:2]
    if kind not in LENGTH:
        raise _RefusedError(f"unknown record type {kind!r}")
    if len(text) < LENGTH[kind]:
        raise _RefusedError(f"cut off: {len(text)} instead of at least {LENGTH[kind]} characters")
    if kind == "40" and not _DISTRICT_KEY.fullmatch(text[10:15]):
        raise _RefusedError(f"impossible district key {text[10:15].strip()!r}")
    if kind == "60" and not _AGS.fullmatch(text[10:18]):
        raise _RefusedError(f"impossible municipality key {text[10:18].strip()!r}")
    if not text[22:72].strip():
        raise _RefusedError("no name")


class _RefusedError(ValueError):
    """A reason that may be shown as it is."""


def _reason(error: ValueError) -> str:
    if isinstance(error, _RefusedError):
        return str(error)
    return f"a field has an impossible value ({error})"


def _assemble(records: list[Record], refusals: list[Refusal]) -> Register:
    by_kind: dict[str, list[Record]] = {kind: [] for kind in LENGTH}
    for record in records:
        by_kind[record.kind].append(record)
    districts, associations = by_kind["40"], by_kind["50"]
    names = {record.key: district_name(record.name, record.type_code) for record in districts}
    bodies = {record.key + record.association: _association(record) for record in associations}
    register = Register(
        date=records[0].date,
        district_count=len(districts),
        association_count=len(associations),
        refusals=refusals,
    )
    for record in _unique(by_kind["60"], refusals):
        register.municipalities.append(_municipality(record, names, bodies))
    sums = _sums(register.municipalities)
    register.districts = [
        _district(record, names[record.key], *sums.get(record.key, (0, 0.0)))
        for record in districts
        if record.type_code in DISTRICT_TYPES
    ]
    return register


def _unique(records: list[Record], refusals: list[Refusal]) -> Iterator[Record]:
    seen: dict[str, int] = {}
    for record in records:
        first = seen.setdefault(record.key, record.line)
        if first == record.line:
            yield record
        else:
            reason = f"key {record.key} is already in line {first}"
            refusals.append(Refusal(record.line, reason))


def _municipality(record: Record, districts: dict[str, str], bodies: dict[str, str]) -> Entry:
    district = record.key[:5]
    name, full_name = split_name(record.name)
    return Entry(
        key=record.key,
        ars=district + record.association + record.key[5:],
        name=name,
        full_name=full_name,
        type_code=record.type_code,
        land=record.key[:2],
        district_key=district,
        district_name=districts.get(district, ""),
        population=record.population,
        area=record.hectares / 100,
        postcode=record.postcode,
        seat="",
        association=bodies.get(district + record.association, ""),
        register_date=record.date,
    )


def _district(record: Record, name: str, population: int, area: float) -> Entry:
    return Entry(
        key=record.key,
        ars=record.key,
        name=name,
        full_name=name,
        type_code=record.type_code,
        land=record.key[:2],
        district_key=record.key,
        district_name=name,
        population=population,
        area=round(area, 2),
        postcode="",
        seat=split_name(record.seat)[0],
        association="",
        register_date=record.date,
    )


def _sums(municipalities: list[Entry]) -> dict[str, tuple[int, float]]:
    sums: dict[str, tuple[int, float]] = {}
    for entry in municipalities:
        population, area = sums.get(entry.district_key, (0, 0.0))
        sums[entry.district_key] = (population + entry.population, area + entry.area)
    return sums


def _association(record: Record) -> str:
    """Name the association with its kind; empty for a municipality that belongs to none."""
    if record.type_code == OWN_ASSOCIATION:
        return ""
    text = TYPES[record.type_code]
    named = text.lower() in record.name.lower() or record.name.startswith(("VVG ", "GVV "))
    return record.name if named else f"{text} {record.name}"


def split_name(official: str) -> tuple[str, str]:
    """Give the plain name and the full one with spelt-out titles.

    >>> split_name("Feuchtwangen, St")
    ('Feuchtwangen', 'Feuchtwangen, Stadt')
    """
    name, *titles = [part.strip() for part in _spell_out(official).split(",")]
    full = ", ".join([name, *(_TITLES.get(title, title) for title in titles if title)])
    return name, full


def _spell_out(name: str) -> str:
    """Spell out the prepositions that the register shortens in Bavarian names.

    >>> _spell_out("Kirchheim b.München"), _spell_out("Lauf a.d.Pegnitz")
    ('Kirchheim bei München', 'Lauf an der Pegnitz')
    """
    for short, words in _PREPOSITIONS:
        name = short.sub(f" {words} ", name)
    return name.replace("OPf.", "Oberpfalz").strip()


def district_name(official: str, type_code: int) -> str:
    """Give a district's usual name: the register leaves out "Landkreis" before most of them.

    >>> district_name("Hof", 44), district_name("Märkischer Kreis", 43)
    ('Landkreis Hof', 'Märkischer Kreis')
    """
    name = split_name(official)[0]
    if type_code not in DISTRICT_TYPES or _NAMED_DISTRICT.search(name):
        return name
    return f"{TYPES[type_code]} {name}"


def valid_key(key: str) -> bool:
    """Say whether a text has the form of an AGS (8 digits) or a district key (5)."""
    return bool(_AGS.fullmatch(key) or _DISTRICT_KEY.fullmatch(key))


def land_code(text: str) -> str:
    """Give the two-digit key for a Land named by key, short code or name; empty if unknown."""
    wanted = text.strip().lower()
    for code, names in LAENDER.items():
        if wanted in (code, *(name.lower() for name in names)):
            return code
    return ""
