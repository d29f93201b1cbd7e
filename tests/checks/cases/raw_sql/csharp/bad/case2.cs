class Orders {
  async Task Run(string id, Db db) {
    cmd.CommandText = $"DELETE FROM orders WHERE id = {id}";
  }
}
