def f(prices, ids):
    return [prices.get(i) for i in ids]
