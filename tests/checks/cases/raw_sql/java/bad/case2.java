class Orders {
  void run(String id, Connection conn, Repo repo) {
    String q = String.format("DELETE FROM orders WHERE id = '%s'", id);
    conn.prepareStatement(q).execute();
  }
}
