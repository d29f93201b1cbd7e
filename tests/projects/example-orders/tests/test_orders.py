import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.main import app
from app.store import Base, Order, engine

client = TestClient(app)


@pytest.fixture(autouse=True)
def tables():
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(Order(id=1, owner="ann"))


def test_pay_works_once():
    assert client.post("/orders/1/pay", headers={"x-user": "ann"}).status_code == 200
    assert client.post("/orders/1/pay", headers={"x-user": "ann"}).status_code == 409


def test_a_stranger_sees_nothing():
    assert client.get("/orders/1", headers={"x-user": "bob"}).status_code == 404
