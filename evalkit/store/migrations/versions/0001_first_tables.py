"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _versioned("protocol", sa.Column("version", sa.String(), nullable=False))
    _versioned("project")
    _versioned("cycle", sa.Column("number", sa.Integer(), nullable=False), of="project")
    _versioned("card", of="project")
    _designs()
    _submissions()
    _accepted_cells()


def _versioned(name: str, *columns: sa.Column[str] | sa.Column[int], of: str = "") -> None:
    table, owner = f"{name}_version", of or name
    op.create_table(
        table,
        sa.Column(owner, sa.String(), nullable=False),
        *columns,
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_{owner}", table, [owner])


def _designs() -> None:
    op.create_table(
        "design",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_design"),
        sa.UniqueConstraint("hash", name="uq_design_hash"),
    )
    op.create_index("ix_design_project", "design", ["project"])
    op.create_table(
        "design_choice",
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hash"], ["design.hash"], name="fk_design_choice_hash_design"),
        sa.PrimaryKeyConstraint("seq", name="pk_design_choice"),
    )
    op.create_index("ix_design_choice_project", "design_choice", ["project"])


def _submissions() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("wave", sa.String(), nullable=False),
        sa.Column("respondent", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("grain", sa.String(), nullable=False),
        sa.Column("design_hash", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=False),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["design_hash"], ["design.hash"], name="fk_submission_design_hash_design"
        ),
        sa.ForeignKeyConstraint(
            ["superseded_by"], ["submission.seq"], name="fk_submission_superseded_by_submission"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_submission"),
        sa.UniqueConstraint("id", name="uq_submission_id"),
        sa.UniqueConstraint(
            "project",
            "wave",
            "respondent",
            "number",
            name="uq_submission_project_wave_respondent_number",
        ),
    )
    op.create_index("ix_submission_file_hash", "submission", ["file_hash"])


def _accepted_cells() -> None:
    key = ("project", "wave", "respondent", "grain", "school", "measure")
    op.create_table(
        "accepted_cell",
        *(sa.Column(name, sa.String(), nullable=False) for name in key),
        sa.Column("submission", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"], ["submission.seq"], name="fk_accepted_cell_submission_submission"
        ),
        sa.PrimaryKeyConstraint(*key, name="pk_accepted_cell"),
    )
    op.create_index("ix_accepted_cell_submission", "accepted_cell", ["submission"])
