fun f(s: Statement, id: String) {
  s.executeQuery("SELECT total FROM orders WHERE id = ${id.trim()}")
}
