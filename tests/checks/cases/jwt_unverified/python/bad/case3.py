import jwt

def f(t, k):
    return jwt.decode(t, k, verify=False)
