import jwt

def f(u, settings):
    return jwt.encode({"u": u}, settings.key)
