import logging

def f(cur, oid):
    logging.info(f"select an order from the list: {oid}")
