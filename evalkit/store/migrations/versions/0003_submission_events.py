"""What happened to each submission, and the files that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; what is there already was accepted when it was recorded."""
    event = op.create_table(
        "submission_event",
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["submission.seq"], name="fk_submission_event_submission_submission"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_submission_event"),
    )
    op.create_index("ix_submission_event_submission", "submission_event", ["submission"])
    op.create_table(
        "returned_file",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_returned_file"),
        sa.UniqueConstraint("project", "number", name="uq_returned_file_project_number"),
    )
    old = sa.table(
        "submission",
        sa.column("seq", sa.Integer),
        sa.column("superseded_by", sa.Integer),
        sa.column("recorded_at", sa.DateTime(timezone=True)),
    )
    new = old.alias()
    accepted = sa.select(old.c.seq, sa.literal("accepted"), old.c.recorded_at)
    superseded = sa.select(old.c.seq, sa.literal("superseded"), new.c.recorded_at)
    superseded = superseded.join_from(old, new, old.c.superseded_by == new.c.seq)
    for found in (accepted, superseded):
        columns = ["submission", "step", "recorded_at"]
        op.execute(event.insert().from_select(columns, found.order_by(old.c.seq)))
