const val TABLE = "orders"
fun f(s: Statement) {
  s.executeQuery("SELECT total FROM $TABLE")
}
