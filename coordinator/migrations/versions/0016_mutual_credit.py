"""Mutual credit."""

from alembic import op
import sqlalchemy as sa

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mutual_credit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mutual_credit")),
    )
    op.create_table(
        "credit_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(), nullable=True),
        sa.Column("frozen_why", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_accounts")),
        sa.UniqueConstraint("holder", name=op.f("uq_credit_accounts_holder")),
    )
    op.create_table(
        "credit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("payer_id", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("corrects", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["corrects"], ["credit_entries.id"], name=op.f("fk_credit_entries_corrects")),
        sa.ForeignKeyConstraint(["payee_id"], ["credit_accounts.id"], name=op.f("fk_credit_entries_payee_id")),
        sa.ForeignKeyConstraint(["payer_id"], ["credit_accounts.id"], name=op.f("fk_credit_entries_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entries")),
        sa.UniqueConstraint("corrects", name=op.f("uq_credit_entries_corrects")),
    )
    op.create_index(op.f("ix_credit_entries_payee_id"), "credit_entries", ["payee_id"], unique=False)
    op.create_index(op.f("ix_credit_entries_payer_id"), "credit_entries", ["payer_id"], unique=False)
    op.create_table(
        "credit_disputes",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["credit_entries.id"], name=op.f("fk_credit_disputes_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_credit_disputes")),
    )
    op.create_table(
        "obligations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("debtor_id", sa.Integer(), nullable=False),
        sa.Column("creditor_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column(
            "state", sa.Enum("claimed", "owed", "refused", "settled", name="obligationstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["creditor_id"], ["credit_accounts.id"], name=op.f("fk_obligations_creditor_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["credit_accounts.id"], name=op.f("fk_obligations_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_obligations")),
    )
    op.create_index(op.f("ix_obligations_creditor_id"), "obligations", ["creditor_id"], unique=False)
    op.create_index(op.f("ix_obligations_debtor_id"), "obligations", ["debtor_id"], unique=False)
    op.create_table(
        "netting_rounds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "state", sa.Enum("proposed", "done", "refused", "lapsed", name="nettingstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("struck", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_netting_rounds")),
    )
    op.create_table(
        "netting_strikes",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("obligation_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("struck", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["obligation_id"], ["obligations.id"], name=op.f("fk_netting_strikes_obligation_id")),
        sa.ForeignKeyConstraint(["round_id"], ["netting_rounds.id"], name=op.f("fk_netting_strikes_round_id")),
        sa.PrimaryKeyConstraint("round_id", "obligation_id", name=op.f("pk_netting_strikes")),
    )
    op.create_table(
        "netting_consents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["credit_accounts.id"], name=op.f("fk_netting_consents_account_id")),
        sa.ForeignKeyConstraint(["round_id"], ["netting_rounds.id"], name=op.f("fk_netting_consents_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_netting_consents")),
        sa.UniqueConstraint("round_id", "account_id", name=op.f("uq_netting_consents_round_id")),
    )
    op.create_index(op.f("ix_netting_consents_round_id"), "netting_consents", ["round_id"], unique=False)
