"""What shipments really cost."""

from alembic import op
import sqlalchemy as sa

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shipments", sa.Column("cost_cents", sa.Integer(), nullable=True))
    op.add_column("shipments", sa.Column("currency", sa.String(length=3), nullable=True))
