def f(ids):
    return [Order.objects.get(id=i) for i in ids]
