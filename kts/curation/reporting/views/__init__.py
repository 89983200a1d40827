"""The pages of reports, decisions, objections, house rules and figures."""

from kts.curation.reporting.views.cases import cases
from kts.curation.reporting.views.figures import figures
from kts.curation.reporting.views.objections import objections
from kts.curation.reporting.views.reports import reports
from kts.curation.reporting.views.rules import rules
from kts.curation.reporting.views.statements import statements

BLUEPRINTS = (reports, statements, cases, objections, rules, figures)
