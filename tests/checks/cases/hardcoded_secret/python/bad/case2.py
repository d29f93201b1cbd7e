import jwt

def f(u):
    return jwt.encode({"u": u}, "orders")
