class Orders {
  void run(String id, Connection conn, Repo repo) {
    DriverManager.getConnection(url, "shop", "kitten");
  }
}
