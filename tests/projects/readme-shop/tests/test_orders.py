def test_an_order_is_shown():
    assert True
