import hashlib

def f(password):
    return hashlib.md5(password.encode()).hexdigest()
