fun f(c: Connection, id: String) {
  c.prepareStatement("SELECT total FROM orders WHERE id = ?")
}
