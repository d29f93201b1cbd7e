"""The code of resources/orm-python.md on a real PostgreSQL: two who pay at once, a stale write, and as many statements for 20 rows as for 2."""

import os
import subprocess
import sys

import pytest
from skill_pages import ROOT, blocks

SQLALCHEMY = """
from concurrent.futures import ThreadPoolExecutor
import os
from sqlalchemy import create_engine

engine = create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
Base.metadata.create_all(engine)
with Session(engine) as s, s.begin():
    for n in range(1, 23):
        s.add(Order(id=n, owner_id=1 if n < 21 else 2, status="open", lines=[Line(id=2 * n), Line(id=2 * n + 1)]))


def twice(way, order):
    def one(_):
        with Session(engine) as s, s.begin():
            return way(s, 1, order)
    with ThreadPoolExecutor(8) as pool:
        return sorted(pool.map(one, range(8)))


print("condition", twice(pay, 1) == [False] * 7 + [True])
print("lock", twice(pay_by_rule, 2) == [False] * 7 + [True])
with Session(engine) as s, s.begin():
    print("stranger", pay(s, 2, 3), pay_by_rule(s, 2, 3))
statements = []
counting(engine, statements)
sizes = []
for size in (2, 20):
    before = len(statements)
    with Session(engine) as s:
        lines = [len(order.lines) for order in page(s, 1, 0, size)]
    sizes.append((len(lines), set(lines), len(statements) - before))
for size, lines, count in sizes:
    print(size, "orders", count, "statements", sorted(lines))
try:
    with Session(engine) as s:
        s.get(Order, 5).lines
except Exception as error:
    print("forgotten", type(error).__name__)
try:
    with Session(engine) as stale, stale.begin():
        order = stale.get(Order, 6)
        with Session(engine) as other, other.begin():
            pay(other, 1, 6)
        order.status = "void"
except Exception as error:
    print("stale", type(error).__name__)
"""
DJANGO_BEFORE = """
import os
from urllib.parse import urlsplit
import django
from django.conf import settings

url = urlsplit(os.environ["DATABASE_URL"])
one = {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "HOST": url.hostname, "PORT": url.port, "USER": url.username}
settings.configure(DATABASES={"default": one}, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True)
django.setup()
"""
DJANGO_AFTER = """
from concurrent.futures import ThreadPoolExecutor
from django.db import connection

with connection.schema_editor() as editor:
    editor.create_model(Order)
for n in (1, 2, 3):
    Order.objects.create(pk=n, owner_id=7)
sent = []


def by_condition(_):
    done = pay(1, 7)
    connection.close()
    return done


def by_rule(_):
    try:
        pay_by_rule(2, 7, lambda: sent.append(2))
        return True
    except ValueError:
        return False
    finally:
        connection.close()


with ThreadPoolExecutor(8) as pool:
    print("condition", sorted(pool.map(by_condition, range(8))) == [False] * 7 + [True])
    print("lock", sorted(pool.map(by_rule, range(8))) == [False] * 7 + [True], sent)
print("version", rename(3, 1, "void"), rename(3, 1, "open"), Order.objects.get(pk=3).status)
print("stranger", pay(3, 8))
"""


def said(tmp_path, code: str) -> "list[str]":
    script = tmp_path / "page.py"
    script.write_text(code, encoding="utf-8")
    wrapper = os.path.join(ROOT, "scripts", "with_postgres.py")
    call = [sys.executable, wrapper, "--fresh", "--", sys.executable, str(script)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def page_blocks() -> "list[str]":
    found = blocks("resources/orm-python.md", "python")
    assert len(found) == 2
    return found


def test_the_sqlalchemy_block_does_what_it_says(tmp_path, page_blocks):
    shown = next(b for b in blocks("resources/examples.md", "console") if "statements" in b).splitlines()
    assert len(shown) == 2
    assert said(tmp_path, page_blocks[0] + SQLALCHEMY) == [
        "condition True",
        "lock True",
        "stranger False False",
        *[f"{line} [2]" for line in shown],
        "forgotten InvalidRequestError",
        "stale StaleDataError",
    ]


def test_the_django_block_does_what_it_says(tmp_path, page_blocks):
    assert said(tmp_path, DJANGO_BEFORE + page_blocks[1] + DJANGO_AFTER) == [
        "condition True",
        "lock True [2]",
        "version True False void",
        "stranger False",
    ]
