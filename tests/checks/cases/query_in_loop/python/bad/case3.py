def f(cursor, ids):
    for i in ids:
        cursor.execute("SELECT 1 FROM orders WHERE id = %s", (i,))
