"""Pages of a list: one statement for the rows, one for their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from kts.extensions import db

PER_PAGE = 25  # fits two screens of an office monitor


@dataclass(frozen=True)
class Page:
    """One page of a longer list; ``page`` counts from 1."""

    items: Sequence[Any]
    total: int
    page: int
    per_page: int

    @property
    def pages(self) -> int:
        """Give the number of pages, at least 1."""
        return max(1, -(-self.total // self.per_page))

    @property
    def has_prev(self) -> bool:
        """Say whether there is a page before this one."""
        return self.page > 1

    @property
    def has_next(self) -> bool:
        """Say whether there is a page after this one."""
        return self.page < self.pages

    @property
    def first(self) -> int:
        """Give the position of the page's first item, from 1; 0 in an empty list."""
        return (self.page - 1) * self.per_page + 1 if self.items else 0

    @property
    def last(self) -> int:
        """Give the position of the page's last item."""
        return (self.page - 1) * self.per_page + len(self.items)

    def window(self) -> list[int | None]:
        """List the page numbers to offer; None stands for a gap."""
        near = {1, self.pages} | set(range(self.page - 2, self.page + 3))
        shown = sorted(n for n in near if 1 <= n <= self.pages)
        out: list[int | None] = []
        for n in shown:
            if out and n - (out[-1] or 0) > 1:
                out.append(None)
            out.append(n)
        return out


def paginate(statement: Select[Any], page: int, per_page: int = PER_PAGE) -> Page:
    """Run the statement for one page; a page beyond the end gives the last one."""
    counted = statement.order_by(None).options().subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    last = max(1, -(-total // per_page))
    page = min(max(1, page), last)
    rows = db.session.scalars(statement.limit(per_page).offset((page - 1) * per_page))
    return Page(rows.unique().all(), total, page, per_page)
