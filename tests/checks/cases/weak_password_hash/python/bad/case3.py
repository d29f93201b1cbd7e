from hashlib import sha1

def f(pwd):
    return sha1(pwd)
