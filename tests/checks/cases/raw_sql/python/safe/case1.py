def f(cur, oid):
    cur.execute("SELECT total FROM orders WHERE id = %s", (oid,))
