class Orders {
  async Task Run(string id, Db db) {
    db.Orders.FromSqlInterpolated($"SELECT * FROM orders WHERE id = {id}");
  }
}
