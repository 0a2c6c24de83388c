"""Registered designs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of registrations; what is there stays as it is."""
    op.create_table(
        "registration",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["design.hash"], name="fk_registration_hash_design"),
        sa.PrimaryKeyConstraint("seq", name="pk_registration"),
        sa.UniqueConstraint("project", "version", name="uq_registration_project_version"),
    )
