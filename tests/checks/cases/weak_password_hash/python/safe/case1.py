import hashlib

def f(body):
    return hashlib.sha256(body).hexdigest()
