class Orders {
  void run(String id, Connection conn, Repo repo) {
    StringBuilder sb = new StringBuilder("SELECT total FROM orders WHERE id = ");
    sb.append(id);
    conn.prepareStatement(sb.toString());
  }
}
