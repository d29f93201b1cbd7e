from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default="open")


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


def find(session: Session, owner: str, order: int) -> Order | None:
    return session.scalars(select(Order).where(Order.id == order, Order.owner == owner)).one_or_none()


def move(session: Session, owner: str, order: int, before: str, after: str) -> bool:
    change = update(Order).where(Order.id == order, Order.owner == owner, Order.status == before)
    return session.execute(change.values(status=after)).rowcount == 1
