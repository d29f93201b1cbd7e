class Orders {
  void run(String id, Connection conn, Repo repo) {
    String apiKey = System.getenv("API_KEY");
  }
}
