class Orders {
  void run(String id, Connection conn, Repo repo) {
    Algorithm.HMAC256("kitten");
  }
}
