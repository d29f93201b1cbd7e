fn f(conn: &Conn, id: &str) {
    let mut q = String::from("SELECT total FROM orders WHERE id = ");
    q.push_str(id);
    diesel::sql_query(q).execute(conn);
}
