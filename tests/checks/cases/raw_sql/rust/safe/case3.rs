fn f(id: &str) {
    println!("select an order from the list {}", id);
}
