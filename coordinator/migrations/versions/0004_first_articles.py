"""First articles; what an order says of them; which lot makes a rejected piece again."""

from alembic import op
import sqlalchemy as sa

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "first_articles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_first_articles_job_id")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_first_articles_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_articles")),
        sa.UniqueConstraint("task_id", "lab", name=op.f("uq_first_articles_task_id")),
    )
    op.create_index(op.f("ix_first_articles_job_id"), "first_articles", ["job_id"], unique=False)
    op.add_column("builds", sa.Column("first_article", sa.String(length=20), nullable=True))
    with op.batch_alter_table("checks") as checks:
        checks.add_column(sa.Column("lot_id", sa.Integer(), nullable=True))
        checks.create_foreign_key(op.f("fk_checks_lot_id"), "lots", ["lot_id"], ["id"])
        checks.create_index(op.f("ix_checks_lot_id"), ["lot_id"], unique=False)
