import jwt

def f(p, k):
    return jwt.encode(p, k, algorithm="RS256")
