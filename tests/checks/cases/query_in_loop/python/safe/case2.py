def f(session):
    for attempt in range(3):
        session.execute(QUERY)
