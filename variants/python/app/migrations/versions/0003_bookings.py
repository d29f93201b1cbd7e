"""Bookings.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="booked", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="bookings_pkey"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="bookings_event_id_fkey"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="bookings_account_id_fkey"),
        sa.CheckConstraint("seats BETWEEN 1 AND 10", name=op.f("bookings_seats_check")),
        sa.CheckConstraint("total_cents >= 0", name=op.f("bookings_total_cents_check")),
        sa.CheckConstraint("status IN ('booked', 'cancelled')", name=op.f("bookings_status_check")),
    )
    # One active booking each: two requests at once cannot both pass.
    op.create_index(
        "bookings_active_key",
        "bookings",
        ["event_id", "account_id"],
        unique=True,
        postgresql_where=sa.text("status = 'booked'"),
    )
    newest_first = [sa.text("created_at DESC"), sa.text("id DESC")]
    op.create_index("bookings_account_page_idx", "bookings", ["account_id", *newest_first])
    op.create_index("bookings_event_page_idx", "bookings", ["event_id", *newest_first])


def downgrade() -> None:
    op.drop_table("bookings")
