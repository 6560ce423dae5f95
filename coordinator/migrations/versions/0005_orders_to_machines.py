"""What people ask of running machines, what these were last seen doing, and which agent drives which."""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object", sa.String(length=100), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_requests_attempt_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_requests_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    for column in ("job_id", "machine", "state"):
        op.create_index(op.f(f"ix_requests_{column}"), "requests", [column], unique=False)
    op.create_table(
        "readings",
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("temperatures_c", sa.JSON(), nullable=False),
        sa.Column("outside", sa.String(), nullable=True),
        sa.Column("left_s", sa.Double(), nullable=True),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("machine", name=op.f("pk_readings")),
    )
    op.create_table(
        "drivers",
        sa.Column("machine", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=40), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_drivers_agent_id")),
        sa.PrimaryKeyConstraint("machine", name=op.f("pk_drivers")),
    )
    op.create_index(op.f("ix_drivers_agent_id"), "drivers", ["agent_id"], unique=False)
