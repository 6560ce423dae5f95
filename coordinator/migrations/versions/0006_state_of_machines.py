"""What machines are loaded with, maintenance, reservations."""

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("material", sa.String(length=60), nullable=True),
        sa.Column("colour", sa.String(length=40), nullable=True),
        sa.Column("diameter_mm", sa.Double(), nullable=True),
        sa.Column("thickness_mm", sa.Double(), nullable=True),
        sa.Column("length_mm", sa.Double(), nullable=True),
        sa.Column("width_mm", sa.Double(), nullable=True),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["lab"], ["labs.id"], name=op.f("fk_stock_lab")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock")),
    )
    op.create_index(op.f("ix_stock_lab"), "stock", ["lab"], unique=False)
    op.create_table(
        "bookings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stock_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_bookings_job_id")),
        sa.ForeignKeyConstraint(["stock_id"], ["stock.id"], name=op.f("fk_bookings_stock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_job_id"), "bookings", ["job_id"], unique=False)
    op.create_index(op.f("ix_bookings_stock_id"), "bookings", ["stock_id"], unique=False)
    op.create_table(
        "loaded",
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stock_id", sa.Integer(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(), nullable=False),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["stock_id"], ["stock.id"], name=op.f("fk_loaded_stock_id")),
        sa.PrimaryKeyConstraint("machine", "place", "slot", name=op.f("pk_loaded")),
        sa.UniqueConstraint("stock_id", name=op.f("uq_loaded_stock_id")),
    )
    op.create_table(
        "needs",
        sa.Column("offer_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("material", sa.String(length=60), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("thickness_mm", sa.Double(), nullable=True),
        sa.Column("diameter_mm", sa.Double(), nullable=True),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.id"], name=op.f("fk_needs_offer_id")),
        sa.PrimaryKeyConstraint("offer_id", "place", "slot", name=op.f("pk_needs")),
    )
    op.create_table(
        "uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("stock_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("booked", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_uses_job_id")),
        sa.ForeignKeyConstraint(["stock_id"], ["stock.id"], name=op.f("fk_uses_stock_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uses")),
        sa.UniqueConstraint("job_id", "slot", name=op.f("uq_uses_job_id")),
    )
    op.create_index(op.f("ix_uses_stock_id"), "uses", ["stock_id"], unique=False)
    op.create_table(
        "waivers",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_waivers_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_waivers")),
    )
    op.create_table(
        "upkeeps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("every_hours", sa.Double(), nullable=True),
        sa.Column("rule", sa.String(length=300), nullable=True),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("locks", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.Column("done_hours", sa.Double(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upkeeps")),
    )
    op.create_index(op.f("ix_upkeeps_machine"), "upkeeps", ["machine"], unique=False)
    op.create_table(
        "locks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("upkeep_id", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("locked_at", sa.DateTime(), nullable=False),
        sa.Column("locked_by", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.Column("unlocked_at", sa.DateTime(), nullable=True),
        sa.Column("unlocked_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["upkeep_id"], ["upkeeps.id"], name=op.f("fk_locks_upkeep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locks")),
    )
    op.create_index(op.f("ix_locks_machine"), "locks", ["machine"], unique=False)
    op.create_table(
        "care",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("upkeep_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["upkeep_id"], ["upkeeps.id"], name=op.f("fk_care_upkeep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care")),
    )
    op.create_index(op.f("ix_care_machine"), "care", ["machine"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index(op.f("ix_reservations_ends_at"), "reservations", ["ends_at"], unique=False)
    op.create_index(op.f("ix_reservations_machine"), "reservations", ["machine"], unique=False)
    op.create_index(op.f("ix_reservations_person"), "reservations", ["person"], unique=False)
    op.create_table(
        "outside_work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside_work")),
    )
    op.create_index(op.f("ix_outside_work_machine"), "outside_work", ["machine"], unique=False)
    op.create_table(
        "held",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_held_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_held")),
    )
