"""``kts import gv100ad`` and ``kts import projects``."""

from sqlalchemy import func, select

from kts.core.audit import AuditEntry
from kts.municipalities import cli, services
from kts.municipalities import projects as project_list
from kts.municipalities.geography import DATA
from kts.municipalities.models import ModelProject, Municipality
from tests.municipalities.sample_register import LINES, write

HEAD = "cohort,type,project,land,lead_key,member_keys,note\n"


def run(app, command, path):
    return app.test_cli_runner().invoke(command, [str(path)])


def count(db_session, model):
    return db_session.scalar(select(func.count()).select_from(model))


def test_importing_the_register_twice_changes_nothing(app, db_session, tmp_path):
    path = write(tmp_path / "register.txt")
    first = run(app, cli.gv100ad_command, path)
    assert first.exit_code == 0, first.output
    assert "7 new, 0 changed, 0 unchanged, 0 lines refused" in first.output
    before = {m.ags: (m.slug, m.updated) for m in db_session.scalars(select(Municipality))}
    db_session.rollback()
    second = run(app, cli.gv100ad_command, path)
    assert "0 new, 0 changed, 7 unchanged" in second.output
    db_session.expire_all()
    after = {m.ags: (m.slug, m.updated) for m in db_session.scalars(select(Municipality))}
    assert before == after


def test_a_newer_register_updates_figures_and_leaves_profile_and_slug_alone(
    app, db_session, tmp_path, actor
):
    run(app, cli.gv100ad_command, write(tmp_path / "old.txt"))
    town = db_session.scalar(select(Municipality).filter_by(ags="01051001"))
    services.update_profile(
        actor, town, services.ProfileDraft(version=town.version, profile="Wir teilen.")
    )
    slug = town.slug
    db_session.commit()
    newer = [text.replace("20231130", "20241231", 1) for text in LINES]
    newer[6] = newer[6].replace("00000021000", "00000021500")
    del newer[7]
    result = run(app, cli.gv100ad_command, write(tmp_path / "new.txt", newer))
    assert "1 no longer in the register (kept)" in result.output, result.output
    db_session.expire_all()
    town = db_session.scalar(select(Municipality).filter_by(ags="01051001"))
    assert (town.population, town.profile, town.slug) == (21_500, "Wir teilen.", slug)
    assert count(db_session, Municipality) == 7
    gone = db_session.scalar(select(Municipality).filter_by(ags="01051002"))
    page = app.test_client().get(gone.path)
    assert "Gemeindeverzeichnis" in page.text
    assert page.status_code == 200


def test_an_older_register_is_refused_and_changes_nothing(app, db_session, tmp_path):
    run(app, cli.gv100ad_command, write(tmp_path / "new.txt"))
    older = [text.replace("20231130", "20201231", 1) for text in LINES]
    older[6] = older[6].replace("00000021000", "00000000001")
    result = run(app, cli.gv100ad_command, write(tmp_path / "old.txt", older))
    assert result.exit_code == 1
    assert "imported already" in result.output
    town = db_session.scalar(select(Municipality).filter_by(ags="01051001"))
    assert town.population == 21_000


def test_a_refused_line_is_named_and_the_rest_is_imported(app, db_session, tmp_path):
    lines = [*LINES[:6], LINES[6][:90], *LINES[7:]]
    result = run(app, cli.gv100ad_command, write(tmp_path / "register.txt", lines))
    assert result.exit_code == 0
    assert "line 7 refused: cut off" in result.output
    assert count(db_session, Municipality) == 6


def test_a_wrong_file_is_refused_with_a_sentence(app, tmp_path):
    path = tmp_path / "wrong.csv"
    path.write_text(HEAD, encoding="utf-8")
    result = run(app, cli.gv100ad_command, path)
    assert result.exit_code == 1
    assert "not a register in the format GV100AD" in result.output


def test_the_73_projects_come_with_their_members_and_can_be_imported_twice(app, db_session):
    path = DATA / "modellprojekte.csv"
    first = run(app, cli.projects_command, path)
    assert "73 new, 0 changed, 0 unchanged, 0 lines refused" in first.output, first.output
    db_session.rollback()
    second = run(app, cli.projects_command, path)
    assert "0 new, 0 changed, 73 unchanged, 0 lines refused" in second.output
    assert count(db_session, ModelProject) == 73
    twins = db_session.scalar(select(ModelProject).filter_by(title="Connected Urban Twins"))
    assert [member.name for member in twins.members] == ["Hamburg", "Leipzig", "München"]
    assert twins.lead.name == "Hamburg"
    district = db_session.scalar(select(ModelProject).filter_by(title="Landkreis Hof"))
    assert district.lead.kind == "district"


def test_every_project_has_a_place_on_the_map(db_session, projects):
    assert all(project.latlon for project in db_session.scalars(select(ModelProject)))


def test_nothing_is_claimed_about_phase_and_funding_that_the_list_does_not_say(
    db_session, projects
):
    rows = db_session.execute(select(ModelProject.phase, ModelProject.status).distinct()).all()
    assert rows == [("", "")]


def test_phase_recorded_by_the_kts_survives_the_next_import(db_session, projects, actor):
    project = db_session.scalar(select(ModelProject).filter_by(slug="ulm"))
    services.update_project(actor, project, phase="B", status="ended", website="")
    db_session.commit()
    services.import_projects(project_list.read(DATA / "modellprojekte.csv").rows)
    db_session.commit()
    assert (project.phase, project.status) == ("B", "ended")
    entry = db_session.scalar(select(AuditEntry).filter_by(action="model_project.update"))
    assert entry.changes == {"phase": ["", "B"], "status": ["", "ended"]}


def test_wrong_lines_of_the_project_list_are_named_and_the_rest_is_imported(
    app, db_session, tmp_path
):
    path = tmp_path / "projects.csv"
    path.write_text(
        HEAD
        + "2019,grossstadt,Ulm,BW,08421000,08421000,\n"
        + "heute,grossstadt,Ulm,BW,08421000,08421000,\n"
        + "2019,dorf,Ulm,BW,08421000,08421000,\n"
        + "2019,grossstadt,Nirgends,XX,99999999,,\n"
        + "2020,grossstadt,Fehlt,BW,08999999,08999999,\n"
        + "2020,grossstadt\n",
        encoding="utf-8",
    )
    result = run(app, cli.projects_command, path)
    assert "1 new, 0 changed, 0 unchanged, 5 lines refused" in result.output, result.output
    for text in (
        "line 3 refused: cohort 'heute'",
        "line 4 refused: unknown type 'dorf'",
        "line 5 refused: unknown Land 'XX'; key '99999999'",
        "line 6 refused: key 08999999 is not in the register",
        "line 7 refused: not 7 columns",
    ):
        assert text in result.output


def test_members_that_come_with_the_platform_keep_their_address_in_the_whole_register(
    app, db_session, shared
):
    app.extensions["kts_run_task"] = lambda *_task: None  # the index has tests of its own
    run(app, cli.projects_command, DATA / "modellprojekte.csv")
    before = dict(db_session.execute(select(Municipality.ags, Municipality.slug)).all())
    db_session.rollback()
    result = run(app, cli.gv100ad_command, shared / "data" / "GV100AD_301123.txt")
    assert "11181 new, 0 changed, 94 unchanged" in result.output, result.output
    after = dict(db_session.execute(select(Municipality.ags, Municipality.slug)).all())
    assert {key: after[key] for key in before} == before
    kinds = dict(
        db_session.execute(
            select(Municipality.kind, func.count()).group_by(Municipality.kind)
        ).all()
    )
    assert kinds["district"] == 294
    assert kinds["town"] + kinds["municipality"] == 10_981
    # Sea and border waters lie in no district.
    named = select(Municipality.district_key).where(Municipality.district_name != "").distinct()
    assert len(db_session.scalars(named).all()) == 400


def test_the_first_vocabulary_is_seeded_once_and_a_renamed_topic_stays(db_session):
    topics = services.seed_topics()
    assert len(topics) == 14
    topics[0].name = "Verkehr"
    db_session.commit()
    assert next(topic.name for topic in services.seed_topics()) == "Verkehr"
