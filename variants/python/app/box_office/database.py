"""The engine and its sessions."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

Sessions = async_sessionmaker[AsyncSession]


def async_url(database_url: str) -> URL:
    """The usual `postgresql://` address, for asyncpg."""
    return make_url(database_url).set(drivername="postgresql+asyncpg")


def create_engine(database_url: str) -> AsyncEngine:
    return create_async_engine(
        async_url(database_url),
        pool_size=10,
        max_overflow=10,
        pool_pre_ping=True,  # a restarted database costs one more round trip, not one failed request
        hide_parameters=True,  # values of statements are personal data: they stay out of errors and logs
        connect_args={"timeout": 5, "command_timeout": 30, "server_settings": {"application_name": "box-office"}},
    )


def create_sessions(engine: AsyncEngine) -> Sessions:
    # Rows stay readable after the commit that ends a service's work; nothing is loaded behind its back.
    return async_sessionmaker(engine, expire_on_commit=False)
