def f(id)
  Order.where("id = ?", id)
end
