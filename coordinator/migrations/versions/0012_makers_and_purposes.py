"""What builds are for, and permissions to make designs."""

from alembic import op
import sqlalchemy as sa

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("builds", sa.Column("purpose", sa.String(length=20), nullable=True))
    op.create_table(
        "making_permissions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("design", sa.String(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("up_to", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["design_id"], ["designs.id"], name=op.f("fk_making_permissions_design_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_making_permissions")),
    )
    op.create_index(op.f("ix_making_permissions_design"), "making_permissions", ["design"], unique=False)
