def where(oid):
    return "SELECT total FROM orders WHERE id = %s" % oid

def f(cur, oid):
    cur.execute(where(oid))
