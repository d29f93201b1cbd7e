"""Events.

Revision ID: 0002
Revises: 0001
"""

# region: migration
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("seats_booked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="draft", nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="events_pkey"),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name="events_owner_id_fkey"),
        sa.CheckConstraint("char_length(title) BETWEEN 1 AND 120", name=op.f("events_title_check")),
        sa.CheckConstraint("capacity BETWEEN 1 AND 100000", name=op.f("events_capacity_check")),
        sa.CheckConstraint("seats_booked BETWEEN 0 AND capacity", name=op.f("events_seats_booked_check")),
        sa.CheckConstraint("price_cents BETWEEN 0 AND 10000000", name=op.f("events_price_cents_check")),
        sa.CheckConstraint("currency IN ('EUR', 'GBP', 'USD')", name=op.f("events_currency_check")),
        sa.CheckConstraint("status IN ('draft', 'published', 'cancelled')", name=op.f("events_status_check")),
    )
    op.create_index("events_owner_id_idx", "events", ["owner_id"])
    # The public list reads nothing but this index.
    op.create_index(
        "events_published_idx", "events", ["starts_at", "id"], postgresql_where=sa.text("status = 'published'")
    )


def downgrade() -> None:
    op.drop_table("events")


# endregion: migration
