class Orders {
  void run(String id, Connection conn, Repo repo) {
    conn.createStatement().executeQuery("SELECT total FROM orders WHERE id = " + id);
  }
}
