async function f(q) {
  for (const row of await db.query(q)) {
    console.log(row);
  }
}
