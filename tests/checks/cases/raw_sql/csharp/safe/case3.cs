class Orders {
  async Task Run(string id, Db db) {
    logger.LogInformation($"select one from the orders: {id}");
  }
}
