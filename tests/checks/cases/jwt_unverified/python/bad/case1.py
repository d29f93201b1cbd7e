import jwt

def f(t):
    return jwt.decode(t, options={"verify_signature": False})
