class Orders {
  async Task Run(string id, Db db) {
    new SqlCommand("SELECT total FROM orders WHERE id = " + id);
  }
}
