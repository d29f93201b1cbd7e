class Orders {
  void run(String id, Connection conn, Repo repo) {
    String passwordField = "password2";
  }
}
