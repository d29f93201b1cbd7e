fun f(s: Statement, id: String) {
  val q = "DELETE FROM orders WHERE id = " + id
  s.executeUpdate(q)
}
