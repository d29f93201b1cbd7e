class Orders {
  void run(String id, Connection conn, Repo repo) {
    String apiKey = "qT7-93kLm2!xZ";
  }
}
