"""Reading the official register."""

from datetime import date

import pytest

from kts.municipalities import register
from kts.municipalities.names import assign_slugs, fold
from tests.municipalities.sample_register import LINES, line, write


def test_every_kind_of_record_is_read(tmp_path):
    found = register.read(write(tmp_path / "register.txt"))
    assert found.date == date(2023, 11, 30)
    assert (len(found.municipalities), found.district_count, found.association_count) == (5, 3, 2)
    town = next(entry for entry in found.municipalities if entry.key == "01051001")
    assert (town.name, town.full_name, town.kind) == ("Mühlhausen", "Mühlhausen, Stadt", "town")
    assert (town.ars, town.population, town.area) == ("010515101001", 21000, 12.34)
    assert (town.district_name, town.association) == ("Musterkreis", "Amt Musterland")
    assert town.postcode == "24101"


def test_a_district_has_the_sums_of_its_municipalities_and_its_usual_name(tmp_path):
    found = register.read(write(tmp_path / "register.txt"))
    districts = {entry.key: entry for entry in found.districts}
    assert districts.keys() == {"01051", "01052"}  # the independent town is a municipality
    assert (districts["01051"].population, districts["01051"].area) == (21900, 14.34)
    assert [districts[key].name for key in sorted(districts)] == [
        "Musterkreis",
        "Landkreis Küstenland",
    ]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (LINES[6][:150], "cut off: 150 instead of at least 170"),
        (LINES[6].replace("01051001", "99051001"), "impossible municipality key '99051001'"),
        (LINES[6].replace("63    ", "99    ", 1), "unknown type 99"),
        (LINES[6].replace("00000021000", "000000viele"), "impossible value"),
        ("77" + LINES[6][2:], "unknown record type '77'"),
    ],
)
def test_a_broken_line_is_refused_by_its_number_and_the_rest_is_read(tmp_path, broken, reason):
    lines = [*LINES[:6], broken, *LINES[7:]]
    found = register.read(write(tmp_path / "register.txt", lines))
    assert len(found.municipalities) == 4
    assert [refusal.line for refusal in found.refusals] == [7]
    assert reason in found.refusals[0].reason


def test_a_line_that_is_not_utf8_is_refused(tmp_path):
    path = write(tmp_path / "register.txt")
    content = path.read_bytes().replace("Süderbach".encode(), "Süderbach".encode("latin-1"))
    path.write_bytes(content)
    assert [(r.line, r.reason[:9]) for r in register.read(path).refusals] == [(8, "not UTF-8")]


def test_a_key_that_comes_twice_is_refused(tmp_path):
    found = register.read(write(tmp_path / "register.txt", [*LINES, LINES[6]]))
    assert found.refusals[0].reason == "key 01051001 is already in line 7"


def test_a_file_with_many_broken_lines_is_refused_as_a_whole(tmp_path):
    path = write(
        tmp_path / "register.txt", [text[:60] if n else text for n, text in enumerate(LINES)]
    )
    with pytest.raises(register.RegisterError, match="Nothing was imported"):
        register.read(path)


@pytest.mark.parametrize("content", ["", "cohort,type\n2019,x\n", "%PDF-1.7"])
def test_a_wrong_file_is_refused(tmp_path, content):
    path = tmp_path / "wrong.txt"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(register.RegisterError):
        register.read(path)


def test_the_real_register_has_the_published_numbers(shared):
    found = register.read(shared / "data" / "GV100AD_301123.txt")
    assert (len(found.municipalities), found.district_count) == (10_981, 400)
    assert found.association_count == 4_597
    assert found.refusals == []
    by_key = {entry.key: entry for entry in found.entries}
    assert by_key["08421000"].population == 128_928
    assert by_key["08421000"].type_text == "Stadtkreis"
    assert by_key["03241"].name == "Region Hannover"
    assert by_key["09184131"].name == "Kirchheim bei München"


def test_slugs_of_the_real_register_are_unique_and_readable(shared):
    found = register.read(shared / "data" / "GV100AD_301123.txt")
    slugs = assign_slugs(found.entries, {})
    assert len(set(slugs.values())) == len(slugs)
    assert max(map(len, slugs.values())) <= 120
    assert slugs["05515000"] == "muenster"
    assert "muenster-landkreis-donau-ries" in slugs.values()
    assert slugs["09475"] == "landkreis-hof"
    assert slugs["09464000"] == "hof"


def test_ambiguous_names_get_their_district_and_areas_take_no_name_away(tmp_path):
    entries = register.read(write(tmp_path / "register.txt")).entries
    slugs = assign_slugs(entries, {})
    assert slugs["01051001"] == "muehlhausen-musterkreis"
    assert slugs["01052001"] == "muehlhausen-landkreis-kuestenland"
    assert slugs["01052999"] == "muehlhausen-01052999"


def test_a_slug_once_given_stays_when_a_namesake_comes(tmp_path):
    entries = register.read(write(tmp_path / "register.txt")).entries
    slugs = assign_slugs(entries, {"01051001": "muehlhausen"})
    assert slugs["01051001"] == "muehlhausen"
    backwards = assign_slugs(reversed(entries), {"01051001": "muehlhausen"})
    assert backwards == slugs


def test_all_spellings_of_an_umlaut_fold_to_one():
    assert fold("Münster") == fold("Muenster") == fold("MUNSTER")
    assert fold("Haßfurt") == fold("Hassfurt")


def test_sample_lines_are_as_long_as_real_ones():
    assert {len(text) for text in LINES} == {220}
    assert line("60", population=7)[139:150] == "00000000007"
