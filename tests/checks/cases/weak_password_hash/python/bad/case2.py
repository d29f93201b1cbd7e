import hashlib

def f(user):
    return hashlib.sha256(user.password.encode()).hexdigest()
