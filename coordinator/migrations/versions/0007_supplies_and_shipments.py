"""Purchases, kits, shipments."""

from alembic import op
import sqlalchemy as sa

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task_edges") as edges:
        edges.add_column(sa.Column("quantity", sa.Double(), nullable=True))
    _purchases()
    _kits()
    _shipments()


def _purchases() -> None:
    op.create_table(
        "sources",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=True),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("price", sa.String(), nullable=True),
        sa.Column("notes", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_sources_task_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_sources")),
    )
    op.create_table(
        "purchases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("buyer", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=True),
        sa.Column("order_number", sa.String(length=100), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("carriage", sa.Double(), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=True),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(), nullable=True),
        sa.Column("expected_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
    )
    op.create_index(op.f("ix_purchases_buyer"), "purchases", ["buyer"], unique=False)
    op.create_table(
        "purchase_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purchase_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("price", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchases.id"], name=op.f("fk_purchase_items_purchase_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_purchase_items_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_items")),
        sa.UniqueConstraint("purchase_id", "task_id", name=op.f("uq_purchase_items_purchase_id")),
    )
    op.create_index(op.f("ix_purchase_items_task_id"), "purchase_items", ["task_id"], unique=False)
    op.create_table(
        "arrivals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("good", sa.Double(), nullable=False),
        sa.Column("surplus", sa.Double(), nullable=False),
        sa.Column("bad", sa.Double(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["purchase_items.id"], name=op.f("fk_arrivals_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrivals")),
    )
    op.create_index(op.f("ix_arrivals_item_id"), "arrivals", ["item_id"], unique=False)


def _kits() -> None:
    op.create_table(
        "kit_ticks",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Double(), nullable=True),
        sa.Column("ticked_at", sa.DateTime(), nullable=False),
        sa.Column("ticked_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_kit_ticks_job_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_kit_ticks_task_id")),
        sa.PrimaryKeyConstraint("job_id", "task_id", name=op.f("pk_kit_ticks")),
    )
    op.create_index(op.f("ix_kit_ticks_task_id"), "kit_ticks", ["task_id"], unique=False)
    op.create_table(
        "kit_waivers",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("waived_at", sa.DateTime(), nullable=False),
        sa.Column("waived_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_kit_waivers_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_kit_waivers")),
    )


def _shipments() -> None:
    op.create_table(
        "shipments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_lab", sa.String(length=40), nullable=True),
        sa.Column("to_lab", sa.String(length=40), nullable=True),
        sa.Column("build_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("carrier", sa.String(length=100), nullable=True),
        sa.Column("tracking_number", sa.String(length=100), nullable=True),
        sa.Column("tracking_link", sa.String(length=500), nullable=True),
        sa.Column("packed_at", sa.DateTime(), nullable=False),
        sa.Column("packed_by", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("expected_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=op.f("fk_shipments_build_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
    )
    for column in ("from_lab", "to_lab", "build_id"):
        op.create_index(op.f(f"ix_shipments_{column}"), "shipments", [column], unique=False)
    op.create_table(
        "shipment_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("piece_id", sa.Integer(), nullable=True),
        sa.Column("open_piece_id", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Double(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_items_shipment_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_shipment_items_task_id")),
        sa.ForeignKeyConstraint(["piece_id"], ["pieces.id"], name=op.f("fk_shipment_items_piece_id")),
        sa.ForeignKeyConstraint(["open_piece_id"], ["pieces.id"], name=op.f("fk_shipment_items_open_piece_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_items")),
        sa.UniqueConstraint("open_piece_id", name=op.f("uq_shipment_items_open_piece_id")),
    )
    for column in ("shipment_id", "task_id", "piece_id"):
        op.create_index(op.f(f"ix_shipment_items_{column}"), "shipment_items", [column], unique=False)
    op.create_table(
        "delivery_addresses",
        sa.Column("build_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["build_id"], ["builds.id"], name=op.f("fk_delivery_addresses_build_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_delivery_addresses_person_id")),
        sa.PrimaryKeyConstraint("build_id", name=op.f("pk_delivery_addresses")),
    )
    op.create_index(op.f("ix_delivery_addresses_person_id"), "delivery_addresses", ["person_id"], unique=False)
