"""Pages about municipalities, split by noun."""

from kts.municipalities.views import operating  # noqa: F401 - it adds to the projects' pages
from kts.municipalities.views.handover import handovers
from kts.municipalities.views.members import members
from kts.municipalities.views.profiles import municipalities
from kts.municipalities.views.projects import projects
from kts.municipalities.views.requests import requests

BLUEPRINTS = (municipalities, members, handovers, projects, requests)
