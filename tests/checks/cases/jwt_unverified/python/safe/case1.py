import jwt

def f(t, k):
    return jwt.decode(t, k, algorithms=["RS256"])
