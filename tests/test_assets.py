import gzip
import io
import re

import pytest
from fontTools.ttLib import TTFont

from kts import assets, fonts
from tests.conftest import need


@pytest.fixture
def node_modules(tmp_path, monkeypatch):
    """A small stand-in for what npm fetches."""
    monkeypatch.setattr(fonts, "latin_only", lambda _source: b"latin")
    monkeypatch.setattr(fonts, "other_letters", lambda _source: [(0x370, 0x3FF)])
    files = {
        ".kts/kern.min.css": ".a{mask:url('data:image/svg+xml,x')}",
        "@kern-ux/native/dist/fonts/fira-sans.css": "".join(
            f"@font-face {{ font-family: 'F'; src: url(\"./fira-sans/{name}.woff2\"); }}\n"
            for name in ("FiraSans-Regular", "FiraSans-Heavy")
        ),
        "@kern-ux/native/dist/fonts/fira-sans/FiraSans-Regular.woff2": "regular",
        "@kern-ux/native/dist/fonts/fira-sans/FiraSans-Heavy.woff2": "heavy",
        "@kern-ux/native/LICENSE.md": "EUPL",
        "htmx.org/dist/htmx.min.js": "var htmx = 1;",
        "htmx.org/LICENSE": "0BSD",
    }
    for name, content in files.items():
        path = tmp_path / "node_modules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "node_modules"


def test_build_names_files_by_their_content_and_compresses_them(node_modules, tmp_path):
    manifest = assets.build(node_modules, tmp_path / "out")

    kern = tmp_path / "out" / manifest["vendor/kern.css"].removeprefix("vendor/")
    assert re.fullmatch(r"kern\.[0-9a-f]{12}\.css", kern.name)
    assert gzip.decompress((kern.parent / f"{kern.name}.gz").read_bytes()) == kern.read_bytes()


def test_build_follows_font_files_and_leaves_unused_weights_and_data_urls(node_modules, tmp_path):
    manifest = assets.build(node_modules, tmp_path / "out")

    out = tmp_path / "out"
    css = (out / manifest["vendor/fira-sans.css"].removeprefix("vendor/")).read_text()
    named = re.findall(r'url\("([^"]+)"\)', css)
    assert [(out / name).read_text() for name in named] == ["latin", "regular"]
    assert css.count("unicode-range") == 2
    assert "Heavy" not in css
    assert "data:image/svg+xml" in next(out.glob("kern.*.css")).read_text()


def test_build_says_what_to_run_where_packages_are_missing(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.css").write_text("still served")

    with pytest.raises(assets.AssetsError, match="make setup"):
        assets.build(tmp_path / "nothing", tmp_path / "out")

    assert (tmp_path / "out" / "old.css").exists(), "a failed build must not break a running site"


def test_a_page_without_vendor_files_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "MANIFEST", tmp_path / "manifest.json")
    assets._read_manifest.cache_clear()
    with pytest.raises(assets.AssetsError, match="make setup"):
        assets.asset_url("vendor/kern.css")
    assets._read_manifest.cache_clear()


def test_an_own_file_that_does_not_exist_is_named():
    with pytest.raises(assets.AssetsError, match=r"css/nothing\.css"):
        assets.asset_url("css/nothing.css")


def test_an_own_file_changed_after_the_build_is_served_from_its_source(monkeypatch, tmp_path):
    (tmp_path / "css").mkdir()
    source = tmp_path / "css" / "x.css"
    source.write_text("a{}")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    built = assets._write(tmp_path / "vendor", "own/css/x.css", b"a{}")
    assert assets.asset_url("css/x.css") == f"/static/vendor/{built}"

    source.write_text("a{color:red}")

    assert re.fullmatch(r"/static/css/x\.css\?v=[0-9a-f]{12}", assets.asset_url("css/x.css"))


def test_hashed_files_are_served_compressed_and_for_ever(client):
    address = assets.asset_url("vendor/kern.css")
    response = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_files_without_a_hash_are_asked_for_again(client):
    response = client.get("/static/css/site.css")
    assert response.status_code == 200
    assert "immutable" not in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/static/../config.py", "/static/%2e%2e/config.py", "/static/"])
def test_nothing_outside_the_static_folder_is_served(client, path):
    assert client.get(path).status_code == 404


def test_a_page_names_only_files_of_this_host(client):
    page = client.get("/").text
    addresses = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page)
    assert addresses
    assert all(address.startswith("/static/") for address in addresses)
    assert all(client.get(address).status_code == 200 for address in addresses)


def test_a_font_is_cut_to_the_letters_of_german_and_its_neighbours():
    source = assets.NODE_MODULES / "@kern-ux/native/dist/fonts/fira-sans/FiraSans-Regular.woff2"
    need(source.is_file(), "node_modules")
    small = fonts.latin_only(source)
    letters = TTFont(io.BytesIO(small)).getBestCmap()
    assert all(ord(letter) in letters for letter in "Größe „Straße“ – 5 €, čeština, Łódź")
    assert ord("Ж") not in letters
    assert any(first <= ord("Ж") <= last for first, last in fonts.other_letters(source))
    assert len(small) < source.stat().st_size / 5
