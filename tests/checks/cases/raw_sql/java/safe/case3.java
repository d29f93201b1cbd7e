class Orders {
  void run(String id, Connection conn, Repo repo) {
    log.info("select one order from the list: " + id);
  }
}
