class Orders {
  void run(String id, Connection conn, Repo repo) {
    PreparedStatement s = conn.prepareStatement("SELECT total FROM orders WHERE id = ?");
    s.setString(1, id);
  }
}
