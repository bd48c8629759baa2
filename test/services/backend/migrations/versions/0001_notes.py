"""A table with the tenant of the database."""

import os

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    origin = op.create_table("origin", sa.Column("database", sa.Text), sa.Column("tenant", sa.Text))
    op.bulk_insert(
        origin, [{"database": os.environ["MIGRATE_DATABASE"], "tenant": os.environ["MIGRATE_TENANT"]}]
    )


def downgrade():
    op.drop_table("origin")
    op.drop_table("notes")
