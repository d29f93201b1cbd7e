TABLE = "orders"

def f(cur):
    cur.execute(f"SELECT total FROM {TABLE}")
