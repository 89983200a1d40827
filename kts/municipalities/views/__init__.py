"""Pages about municipalities, split by noun."""

from kts.municipalities.views.members import members
from kts.municipalities.views.profiles import municipalities
from kts.municipalities.views.projects import projects
from kts.municipalities.views.requests import requests

BLUEPRINTS = (municipalities, members, projects, requests)
