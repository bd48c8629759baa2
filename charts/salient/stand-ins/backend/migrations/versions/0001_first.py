"""The tables of the admin database, and those of each tenant's."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    if os.environ["MIGRATE_DATABASE"] == "admin":
        op.create_table(
            "tokens",
            sa.Column("id", sa.Uuid, primary_key=True),
            sa.Column("account_id", sa.Uuid, nullable=False),
            sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now()),
        )
    else:
        op.create_table(
            "messages",
            sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
            sa.Column("agent", sa.Text, nullable=False),
            sa.Column("text", sa.Text, nullable=False),
        )


def downgrade():
    op.drop_table("tokens" if os.environ["MIGRATE_DATABASE"] == "admin" else "messages")
