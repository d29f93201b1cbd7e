async function f(q) {
  for (let attempt = 0; attempt < 3; attempt++) {
    await db.query(q);
  }
}
