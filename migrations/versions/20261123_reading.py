"""facts of reading, OCR, word places

Revision ID: 20261123reading
Revises: 20261122first
"""

import sqlalchemy as sa
from alembic import op

revision = "20261123reading"
down_revision = "20261122first"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column(
        "document_version",
        sa.Column("ocr_state", sa.String(length=10), nullable=False, server_default="none"),
    )
    op.add_column(
        "document_version", sa.Column("ocr_alive_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("document_version", sa.Column("accessibility_facts", sa.Text(), nullable=True))
    op.create_index("ix_document_version_ocr", "document_version", ["ocr_state"], unique=False)
    op.add_column(
        "document_page",
        sa.Column("text_source", sa.String(length=10), nullable=False, server_default="file"),
    )
    op.add_column("document_page", sa.Column("ocr_confidence", sa.Integer(), nullable=True))
    op.add_column("document_page", sa.Column("word_boxes", sa.LargeBinary(), nullable=True))
    # Scans that were taken in before can be read from now on.
    op.execute(
        "UPDATE document_version SET ocr_state = 'queued' WHERE extraction_state = 'done' AND id IN"
        " (SELECT version_id FROM document_page WHERE image_only)"
    )


def downgrade():
    op.drop_column("document_page", "word_boxes")
    op.drop_column("document_page", "ocr_confidence")
    op.drop_column("document_page", "text_source")
    op.drop_index("ix_document_version_ocr", table_name="document_version")
    op.drop_column("document_version", "accessibility_facts")
    op.drop_column("document_version", "ocr_alive_at")
    op.drop_column("document_version", "ocr_state")
