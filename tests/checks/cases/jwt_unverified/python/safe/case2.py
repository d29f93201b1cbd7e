def f(b):
    return b.decode("utf-8")
