async function f(db, id) {
  return db.query("SELECT total FROM orders WHERE id = $1", [id]);
}
