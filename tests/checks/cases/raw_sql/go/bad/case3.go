package orders

func run(ctx context.Context, id string, ids []string) {
	q := "SELECT total FROM orders"
	q += " WHERE id = " + id
	db.QueryRowContext(ctx, q)
}
