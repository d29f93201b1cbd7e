async function f(pool, id) {
  let sql = "UPDATE orders SET paid = true WHERE id = ";
  sql += id;
  await pool.query({ text: sql });
}
