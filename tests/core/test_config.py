"""Settings are typed, and a wrong one is named."""

import pytest

from kts.config import ConfigError, load_settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KTS_MAX_UPLOAD_MB", "viel"),
        ("KTS_SEARCH_ENGINE", "altavista"),
        ("KTS_SEARCH_ENGINE", "postgres"),  # without a database that could hold it
        ("KTS_MAIL_URL", "http://mail.example.org"),
        ("KTS_STORAGE_URL", "ftp://files"),
    ],
)
def test_a_wrong_setting_is_named_by_its_variable(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=variable):
        load_settings()


def test_the_secret_of_the_data_folder_is_used(tmp_path):
    (tmp_path / "secret_key").write_text("geheim\n")
    assert load_settings(instance=tmp_path).secret_key == "geheim"


def test_cookies_insist_on_tls_where_the_site_has_it():
    assert load_settings(base_url="https://kts.example.org").is_https
