"""Entry of the child process.

Started by file path (see :mod:`.runner`), so that Python does not import the application around
this package: the child begins faster, needs less memory, and holds nothing worth stealing.
"""

import importlib.util
import sys
from pathlib import Path


def _load_package() -> None:
    folder = Path(__file__).resolve().parent
    spec = importlib.util.spec_from_file_location(
        "extraction", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:  # pragma: no cover - the file is beside this one
        raise ImportError("extraction")
    module = importlib.util.module_from_spec(spec)
    sys.modules["extraction"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    _load_package()
    from extraction.child import main  # type: ignore[import-not-found]

    sys.exit(main(sys.argv[1:]))
