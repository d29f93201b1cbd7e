def f(cur, oid):
    q = "DELETE FROM orders WHERE id = "
    q += oid
    cur.execute(q)
