"""Economic events."""

from alembic import op
import sqlalchemy as sa

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flow_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=40), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_book")),
    )
    op.create_table(
        "economic_events",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("provider", sa.String(length=300), nullable=True),
        sa.Column("receiver", sa.String(length=300), nullable=True),
        sa.Column("corrects", sa.String(length=300), nullable=True),
        sa.Column("build_id", sa.Integer(), nullable=True),
        sa.Column("design_id", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=40), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=op.f("fk_economic_events_build_id")),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_economic_events_design_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_economic_events")),
        sa.UniqueConstraint("id", name=op.f("uq_economic_events_id")),
    )
    for column in ("at", "provider", "receiver", "corrects", "build_id", "design_id"):
        op.create_index(op.f(f"ix_economic_events_{column}"), "economic_events", [column], unique=False)
    op.create_table(
        "flow_rates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("lab", sa.String(length=40), nullable=True),
        sa.Column("machine", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("cents_per_hour", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_flow_rates_person_id")),
        sa.ForeignKeyConstraint(["lab"], ["labs.id"], name=op.f("fk_flow_rates_lab")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_rates")),
    )
    op.create_index(op.f("ix_flow_rates_person_id"), "flow_rates", ["person_id"], unique=False)
    op.create_index(op.f("ix_flow_rates_lab"), "flow_rates", ["lab"], unique=False)
