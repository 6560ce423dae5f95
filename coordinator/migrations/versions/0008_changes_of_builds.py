"""Cancelled builds, versions of designs under running builds, substitutions, settings of tasks, answers given here."""

from alembic import op
import sqlalchemy as sa

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cancellations",
        sa.Column("build_id", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(), nullable=False),
        sa.Column("cancelled_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=op.f("fk_cancellations_build_id")),
        sa.PrimaryKeyConstraint("build_id", name=op.f("pk_cancellations")),
    )
    op.create_table(
        "lot_versions",
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=True),
        sa.Column("file_sha256", sa.String(), nullable=True),
        sa.Column("process", sa.String(), nullable=True),
        sa.Column("material", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_lot_versions_design_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_versions_lot_id")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_lot_versions")),
    )
    op.create_table(
        "task_versions",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_task_versions_design_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_versions_task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task_versions")),
    )
    op.create_table(
        "version_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("build_id", sa.Integer(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=20), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=op.f("fk_version_decisions_build_id")),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_version_decisions_design_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_decisions")),
    )
    op.create_index(op.f("ix_version_decisions_build_id"), "version_decisions", ["build_id"], unique=False)
    op.create_table(
        "compatibilities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old_id", sa.Integer(), nullable=False),
        sa.Column("new_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("marked_at", sa.DateTime(), nullable=False),
        sa.Column("marked_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["new_id"], ["designs.id"], name=op.f("fk_compatibilities_new_id")),
        sa.ForeignKeyConstraint(["old_id"], ["designs.id"], name=op.f("fk_compatibilities_old_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compatibilities")),
        sa.UniqueConstraint("old_id", "new_id", "part", name=op.f("uq_compatibilities_old_id")),
    )
    op.create_table(
        "substitutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("wanted", sa.String(), nullable=True),
        sa.Column("instead", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_as", sa.String(length=20), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_substitutions_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutions")),
    )
    op.create_index(op.f("ix_substitutions_task_id"), "substitutions", ["task_id"], unique=False)
    op.create_table(
        "offer_substitutions",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("substitution_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_offer_substitutions_offer_id")),
        sa.ForeignKeyConstraint(
            ["substitution_id"], ["substitutions.id"], name=op.f("fk_offer_substitutions_substitution_id")
        ),
        sa.PrimaryKeyConstraint("offer_id", "substitution_id", name=op.f("pk_offer_substitutions")),
    )
    op.create_table(
        "task_settings",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("stated", sa.JSON(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=True),
        sa.Column("set_by", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_task_settings_task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_task_settings")),
    )
    op.create_table(
        "design_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=False),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("made_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_design_answers_design_id")),
        sa.ForeignKeyConstraint(["made_id"], ["designs.id"], name=op.f("fk_design_answers_made_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_design_answers")),
    )
    op.create_index(op.f("ix_design_answers_design_id"), "design_answers", ["design_id"], unique=False)
    op.create_index(op.f("ix_design_answers_made_id"), "design_answers", ["made_id"], unique=False)
    op.add_column("lots", sa.Column("retired_at", sa.DateTime(), nullable=True))
