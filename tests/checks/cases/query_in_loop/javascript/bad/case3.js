async function f(ids) {
  for (const id of ids) {
    await db.query("SELECT 1 FROM orders WHERE id = $1", [id]);
  }
}
