def f(session, ids):
    for i in ids:
        session.get(Order, i)
