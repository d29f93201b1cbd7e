class Orders {
  async Task Run(string id, Db db) {
    db.Orders.FromSqlRaw($"SELECT * FROM orders WHERE id = {id}");
  }
}
