"""Alerts, and people known elsewhere."""

from alembic import op
import sqlalchemy as sa

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("network", sa.Column("alert_services", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("network", sa.Column("link_by_email", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "alert_keeper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_keeper")),
    )
    op.create_table(
        "alert_matters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=100), nullable=False),
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("build_id", sa.Integer(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("sentence", sa.String(length=600), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_matters")),
    )
    op.create_index(op.f("ix_alert_matters_closed_at"), "alert_matters", ["closed_at"], unique=False)
    op.create_index(op.f("ix_alert_matters_next_at"), "alert_matters", ["next_at"], unique=False)
    op.create_index(op.f("ix_alert_matters_subject"), "alert_matters", ["subject"], unique=False)
    op.create_table(
        "alert_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("scheme", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("code_until", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_answer", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alert_addresses_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_addresses")),
    )
    op.create_index(op.f("ix_alert_addresses_person_id"), "alert_addresses", ["person_id"], unique=False)
    op.create_table(
        "alert_habits",
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=False),
        sa.Column("quiet_until", sa.String(length=5), nullable=False),
        sa.Column("urgent_breaks_through", sa.Boolean(), nullable=False),
        sa.Column("most_per_hour", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alert_habits_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_alert_habits")),
    )
    op.create_table(
        "alert_watches",
        sa.Column("lab", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lab"], ["labs.id"], name=op.f("fk_alert_watches_lab")),
        sa.PrimaryKeyConstraint("lab", name=op.f("pk_alert_watches")),
    )
    op.create_table(
        "alert_wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=60), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alert_wishes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_wishes")),
        sa.UniqueConstraint("person_id", "topic", "about", name=op.f("uq_alert_wishes_person_id")),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("linked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_identities_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identities_issuer")),
    )
    op.create_index(op.f("ix_identities_person_id"), "identities", ["person_id"], unique=False)
    op.create_table(
        "journeys",
        sa.Column("id", sa.String(length=20), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=60), nullable=False),
        sa.Column("verifier", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=True),
        sa.Column("invitation", sa.String(length=200), nullable=False),
        sa.Column("back", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_journeys_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journeys")),
    )
    op.create_index(op.f("ix_journeys_expires_at"), "journeys", ["expires_at"], unique=False)
    op.create_table(
        "alert_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(), nullable=True),
        sa.Column("message", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["alert_addresses.id"], name=op.f("fk_alert_notes_address_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["alert_matters.id"], name=op.f("fk_alert_notes_matter_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_alert_notes_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_notes")),
        sa.UniqueConstraint("matter_id", "address_id", name=op.f("uq_alert_notes_matter_id")),
    )
    op.create_index(op.f("ix_alert_notes_address_id"), "alert_notes", ["address_id"], unique=False)
    op.create_index(op.f("ix_alert_notes_due_at"), "alert_notes", ["due_at"], unique=False)
    op.create_index(op.f("ix_alert_notes_person_id"), "alert_notes", ["person_id"], unique=False)
    op.create_index(op.f("ix_alert_notes_sent_at"), "alert_notes", ["sent_at"], unique=False)
