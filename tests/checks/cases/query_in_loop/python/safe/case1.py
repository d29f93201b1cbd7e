def f(session, ids):
    for row in session.execute(select(Order).where(Order.id.in_(ids))):
        print(row)
