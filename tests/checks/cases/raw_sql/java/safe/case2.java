class Orders {
  void run(String id, Connection conn, Repo repo) {
    final String COLUMNS = "id, total";
    conn.prepareStatement("SELECT " + COLUMNS + " FROM orders WHERE id = ?");
  }
}
