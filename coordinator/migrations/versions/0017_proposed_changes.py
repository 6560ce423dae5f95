"""Versions of designs that are proposed to their maintainers; alerts for people by name; networks that are forks."""

from alembic import op
import sqlalchemy as sa

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "design_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("proposed", "accepted", "declined", "withdrawn", name="changestate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(), nullable=False),
        sa.Column("proposed_by", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("made_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_design_changes_design_id")),
        sa.ForeignKeyConstraint(["made_id"], ["designs.id"], name=op.f("fk_design_changes_made_id")),
        sa.ForeignKeyConstraint(["version_id"], ["designs.id"], name=op.f("fk_design_changes_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_design_changes")),
    )
    for column in ("scope", "version_id", "state", "made_id"):
        op.create_index(op.f(f"ix_design_changes_{column}"), "design_changes", [column], unique=False)
    op.create_table(
        "alert_people",
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["alert_matters.id"], name=op.f("fk_alert_people_matter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alert_people_person_id")),
        sa.PrimaryKeyConstraint("matter_id", "person_id", name=op.f("pk_alert_people")),
    )
    op.create_index(op.f("ix_alert_people_person_id"), "alert_people", ["person_id"], unique=False)
    op.create_table(
        "network_forks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=True),
        sa.Column("names", sa.String(length=40), nullable=True),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("forked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_forks")),
    )
