"""Front-end files: collect them at set-up, name them by content, serve them for ever.

``npm ci`` fetches KERN and htmx; ``python -m kts.assets build`` copies what pages use into
``kts/static/vendor/`` under names that carry a hash of the content, and lays compressed copies
beside them. Own files are copied the same way. Pages ask ``asset("vendor/kern.css")`` or
``asset("css/site.css")`` and get the address.

It refuses to guess: without the vendor files a page fails with the command that makes them,
and an own file that was changed after the build is served from its source, never stale.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

try:
    import brotli
except ImportError:  # gzip alone is correct, only larger on the wire
    brotli = None

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
MANIFEST = VENDOR / "manifest.json"
NODE_MODULES = Path(__file__).parent.parent / "node_modules"
URL_PREFIX = "/static/"

# What pages use from each package: name in templates -> path below node_modules.
VENDOR_FILES = {
    "vendor/kern.css": ".kts/kern.min.css",
    "vendor/fira-sans.css": "@kern-ux/native/dist/fonts/fira-sans.css",
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
    "vendor/licences/kern.md": "@kern-ux/native/LICENSE.md",
    "vendor/licences/htmx.txt": "htmx.org/LICENSE",
}
# The font weights that pages use; the other six stay at home. SemiBold stands for Medium too: a
# third weight would be a seventh of a first visit, and few see the difference.
FONT_FILES = {"FiraSans-Regular", "FiraSans-Italic", "FiraSans-SemiBold"}
WIDER = ("FiraSans-SemiBold.woff2", "font-weight: 600", "font-weight: 500 600")
OWN_FOLDERS = ("css", "js", "img")
COMPRESSED_SUFFIXES = {".css", ".js", ".svg", ".json", ".md", ".txt"}

DIGEST_LENGTH = 12  # 48 bits: two versions of one file never meet
ONE_MINUTE = 60  # files without a hash in the name may change at any time
HASHED_NAME = re.compile(rf"/vendor/.+\.[0-9a-f]{{{DIGEST_LENGTH}}}\.\w+$")
CSS_URL = re.compile(r"""url\(\s*["']?(?!data:)([^"')]+)["']?\s*\)""")
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")


class AssetsError(RuntimeError):
    """The vendor files were not built, or a template names a file that does not exist."""


def init_app(app: Flask) -> None:
    """Give templates ``asset(name)`` and serve what it names."""
    app.jinja_env.globals["asset"] = asset_url
    app.wsgi_app = wrap_static(app.wsgi_app, app)  # type: ignore[method-assign]


def asset_url(name: str) -> str:
    """Return the address of a front-end file, changing whenever its content changes."""
    if name.startswith("vendor/"):
        return URL_PREFIX + _vendor_path(name)
    source = STATIC / name
    if not source.is_file():
        raise AssetsError(f"There is no file kts/static/{name}.")
    stat = source.stat()
    return URL_PREFIX + _own_path(name, stat.st_mtime_ns, stat.st_size)


def wrap_static(wsgi_app: Callable, app: Flask) -> WhiteNoise:
    """Serve ``kts/static`` at /static: compressed, and hashed names immutable."""
    return WhiteNoise(
        wsgi_app,
        root=str(STATIC),
        prefix=URL_PREFIX,
        max_age=ONE_MINUTE,
        autorefresh=app.debug,
        immutable_file_test=lambda _path, url: bool(HASHED_NAME.search(url)),
        allow_all_origins=False,
        add_headers_function=_add_headers,
    )


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    """Keep browsers from guessing types and other sites from using our files."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"


def build(node_modules: Path = NODE_MODULES, target: Path = VENDOR) -> dict[str, str]:
    """Copy vendor and own files into `target`; return the manifest that was written."""
    fresh = target.with_name(f"{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    manifest = {name: _copy_vendor(name, node_modules, fresh) for name in VENDOR_FILES}
    for source in _own_files():
        name = source.relative_to(STATIC).as_posix()
        _write(fresh, f"own/{name}", source.read_bytes())
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)
    _read_manifest.cache_clear()
    _own_path.cache_clear()
    return manifest


def _copy_vendor(name: str, node_modules: Path, target: Path) -> str:
    source = node_modules / VENDOR_FILES[name]
    if not source.is_file():
        raise AssetsError(f"{source} is missing. Run `make setup` (or `npm ci`) first.")
    content = source.read_bytes()
    if source.suffix == ".css":
        content = _rewrite_css(content.decode(), source.parent, target).encode()
    return "vendor/" + _write(target, name.removeprefix("vendor/"), content)


def _rewrite_css(css: str, folder: Path, target: Path) -> str:
    """Keep the font faces that pages use, and point each url() at the hashed copy of its file."""
    css = FONT_FACE.sub(lambda face: _font_faces(face[0], folder, target), css)
    return CSS_URL.sub(lambda found: f'url("{_copy_referenced(found[1], folder, target)}")', css)


def _font_faces(face: str, folder: Path, target: Path) -> str:
    """Make two faces of one: the letters that nearly all pages need, and all others."""
    from kts import fonts  # its library is large and of no use to a running site

    if not any(f"{font}.woff2" in face for font in FONT_FILES):
        return ""
    if WIDER[0] in face:
        face = face.replace(*WIDER[1:])
    source = folder / CSS_URL.search(face)[1]  # type: ignore[index]
    latin = _write(target, f"fonts/{source.stem}-latin.woff2", fonts.latin_only(source))
    small = CSS_URL.sub(f'url("../vendor/{latin}")', face)
    return _limited(small, fonts.LATIN) + "\n" + _limited(face, fonts.other_letters(source))


def _limited(face: str, ranges: Iterable[tuple[int, int]]) -> str:
    """Load the face for these letters only, and let text show before it has come."""
    letters = ", ".join(f"U+{first:X}-{last:X}" for first, last in ranges)
    return (
        face.rstrip("}").rstrip() + f"\n    font-display: swap;\n    unicode-range: {letters};\n}}"
    )


def _copy_referenced(reference: str, folder: Path, target: Path) -> str:
    if reference.startswith("../vendor/"):  # written a moment ago
        return reference.removeprefix("../vendor/")
    source = (folder / reference.split("?")[0].split("#")[0]).resolve()
    return _write(target, f"fonts/{source.name}", source.read_bytes())


def _write(target: Path, name: str, content: bytes) -> str:
    """Write the file under its hashed name with compressed copies; return that name."""
    hashed = hashed_name(name, content)
    path = target / hashed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if path.suffix in COMPRESSED_SUFFIXES:
        Path(f"{path}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
        if brotli:
            Path(f"{path}.br").write_bytes(brotli.compress(content))
    return hashed


def hashed_name(name: str, content: bytes) -> str:
    """Put a hash of the content before the suffix: ``site.css`` -> ``site.1f2e3d4c5b6a.css``."""
    digest = hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.{digest}.{suffix}" if dot else f"{name}.{digest}"


def _own_files() -> Iterable[Path]:
    for folder in OWN_FOLDERS:
        yield from sorted(path for path in (STATIC / folder).rglob("*") if path.is_file())


def _vendor_path(name: str) -> str:
    try:
        return _read_manifest()[name]
    except FileNotFoundError:
        raise AssetsError(
            "The front-end files are missing. Run `make setup` (or `npm ci` and "
            "`python -m kts.assets build`)."
        ) from None
    except KeyError:
        raise AssetsError(f"kts/assets.py does not list {name}.") from None


@lru_cache(maxsize=1)
def _read_manifest() -> dict[str, str]:
    return json.loads(MANIFEST.read_text())


@lru_cache(maxsize=256)
def _own_path(name: str, _mtime: int, _size: int) -> str:
    """Prefer the built copy; a file changed since the build is served from its source."""
    content = (STATIC / name).read_bytes()
    built = f"vendor/own/{hashed_name(name, content)}"
    if (STATIC / built).is_file():
        return built
    return f"{name}?v={hashlib.sha256(content).hexdigest()[:DIGEST_LENGTH]}"


def main(arguments: list[str]) -> int:
    """Run ``python -m kts.assets build``."""
    if arguments != ["build"]:
        print("Usage: python -m kts.assets build", file=sys.stderr)
        return 2
    try:
        manifest = build()
    except AssetsError as missing:
        print(missing, file=sys.stderr)
        return 1
    print(f"{len(manifest)} front-end files are in {VENDOR}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
