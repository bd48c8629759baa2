"""A column, which takes as long as the database's setting test.seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.add_column("notes", sa.Column("author", sa.Text))
    op.execute("SELECT pg_sleep(coalesce(nullif(current_setting('test.seconds', true), ''), '0')::float)")


def downgrade():
    op.drop_column("notes", "author")
