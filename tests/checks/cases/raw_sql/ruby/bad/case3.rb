def f(id)
  Order.find_by_sql("SELECT * FROM orders WHERE id = '#{id}'")
end
