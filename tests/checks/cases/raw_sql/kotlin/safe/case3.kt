fun f(id: String) {
  logger.info("select an order from the list: $id")
}
