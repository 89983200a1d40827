"""Writing dossiers: the whole, its parts, its versions, its editors, its cover, its place."""

from kts.curation.dossiers.services.covers import (
    choose_document_cover,
    remove_cover,
    upload_cover,
)
from kts.curation.dossiers.services.editors import name_editor, remove_editor
from kts.curation.dossiers.services.featuring import (
    feature_dossier,
    move_featured,
    unfeature_dossier,
)
from kts.curation.dossiers.services.parts import (
    Order,
    add_address,
    add_heading,
    add_item,
    add_text,
    arrange,
    change_item,
    remove_item,
    restore_item,
)
from kts.curation.dossiers.services.suggestions import dismiss, undismiss
from kts.curation.dossiers.services.versions import (
    bring_back_draft,
    complete_snapshot,
    publish_dossier,
    publish_snapshot,
    restore_version,
    show_dossier_again,
)
from kts.curation.dossiers.services.whole import (
    change_audience,
    change_dossier,
    create_dossier,
    delete_dossier,
    restore_dossier,
    retire_dossier,
    withdraw_dossier,
)

__all__ = [
    "Order",
    "add_address",
    "add_heading",
    "add_item",
    "add_text",
    "arrange",
    "bring_back_draft",
    "change_audience",
    "change_dossier",
    "change_item",
    "choose_document_cover",
    "complete_snapshot",
    "create_dossier",
    "delete_dossier",
    "dismiss",
    "feature_dossier",
    "move_featured",
    "name_editor",
    "publish_dossier",
    "publish_snapshot",
    "remove_cover",
    "remove_editor",
    "remove_item",
    "restore_dossier",
    "restore_item",
    "restore_version",
    "retire_dossier",
    "show_dossier_again",
    "undismiss",
    "unfeature_dossier",
    "upload_cover",
    "withdraw_dossier",
]
