def f(hasher, password):
    return hasher.hash(password)
