"""Tables for builds, avatars, photos and assets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "build_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=True),
        sa.Column("sentence", sa.String(length=2000), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'published', 'rejected', 'failed')",
            name=op.f("ck_build_run_status_known"),
        ),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_build_run_attempt_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_build_run")),
    )
    with op.batch_alter_table("build_run") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_build_run_status_started_at"), ["status", "started_at"], unique=False
        )

    op.create_table(
        "avatar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("build_run_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["build_run_id"], ["build_run.id"], name=op.f("fk_avatar_build_run_id_build_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avatar")),
        sa.UniqueConstraint("build_run_id", name=op.f("uq_avatar_build_run_id")),
    )
    with op.batch_alter_table("avatar") as batch_op:
        batch_op.create_index(batch_op.f("ix_avatar_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_avatar_owner_name"), ["owner", "name"], unique=False)

    op.create_table(
        "asset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("avatar_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.CheckConstraint("size >= 0", name=op.f("ck_asset_size_natural")),
        sa.ForeignKeyConstraint(
            ["avatar_id"], ["avatar.id"], name=op.f("fk_asset_avatar_id_avatar")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("avatar_id", "name", name=op.f("uq_asset_avatar_id_name")),
    )
    with op.batch_alter_table("asset") as batch_op:
        batch_op.create_index(batch_op.f("ix_asset_sha256"), ["sha256"], unique=False)

    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("avatar_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_photo_position_natural")),
        sa.ForeignKeyConstraint(
            ["avatar_id"], ["avatar.id"], name=op.f("fk_photo_avatar_id_avatar")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("avatar_id", "position", name=op.f("uq_photo_avatar_id_position")),
    )
    with op.batch_alter_table("photo") as batch_op:
        batch_op.create_index(batch_op.f("ix_photo_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("photo") as batch_op:
        batch_op.drop_index(batch_op.f("ix_photo_sha256"))

    op.drop_table("photo")
    with op.batch_alter_table("asset") as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_sha256"))

    op.drop_table("asset")
    with op.batch_alter_table("avatar") as batch_op:
        batch_op.drop_index(batch_op.f("ix_avatar_owner_name"))
        batch_op.drop_index(batch_op.f("ix_avatar_created_at"))

    op.drop_table("avatar")
    with op.batch_alter_table("build_run") as batch_op:
        batch_op.drop_index(batch_op.f("ix_build_run_status_started_at"))

    op.drop_table("build_run")
