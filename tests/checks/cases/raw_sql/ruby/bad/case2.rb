def f(id)
  sql = "DELETE FROM orders WHERE id = "
  sql += id
  conn.execute(sql)
end
