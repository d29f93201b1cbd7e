def f(cur, oid):
    cur.execute(f"SELECT total FROM orders WHERE id = {oid}")
