"""Networks that we know."""

from alembic import op
import sqlalchemy as sa

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public", sa.String(length=43), nullable=False),
        sa.Column("secret", sa.String(length=43), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_keys")),
        sa.UniqueConstraint("public", name=op.f("uq_network_keys_public")),
    )
    op.create_table(
        "publishing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishing")),
    )
    op.create_table(
        "published",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("network", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_published")),
    )
    op.create_index(op.f("ix_published_subject"), "published", ["subject"], unique=False)
    op.create_table(
        "neighbours",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("network", sa.String(length=43), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.Column("last_answer", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_neighbours")),
        sa.UniqueConstraint("network", name=op.f("uq_neighbours_network")),
    )
    op.create_table(
        "heard",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("neighbour", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(), nullable=False),
        sa.Column("came_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("in_conflict", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["neighbour"], ["neighbours.name"], name=op.f("fk_heard_neighbour")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heard")),
        sa.UniqueConstraint("neighbour", "sha256", name=op.f("uq_heard_neighbour")),
    )
    op.create_index(op.f("ix_heard_kind"), "heard", ["kind"], unique=False)
    op.create_index(op.f("ix_heard_neighbour"), "heard", ["neighbour"], unique=False)
    op.create_table(
        "refused",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("neighbour", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("begins", sa.String(length=200), nullable=False),
        sa.Column("came_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refused")),
        sa.UniqueConstraint("neighbour", "sha256", name=op.f("uq_refused_neighbour")),
    )
    op.create_table(
        "brought_in",
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("neighbour", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=43), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("document_sha256", sa.String(length=64), nullable=False),
        sa.Column("licence", sa.String(), nullable=True),
        sa.Column("brought_at", sa.DateTime(), nullable=False),
        sa.Column("brought_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_brought_in_design_id")),
        sa.PrimaryKeyConstraint("design_id", name=op.f("pk_brought_in")),
    )
