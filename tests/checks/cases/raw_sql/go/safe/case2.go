package orders

func run(ctx context.Context, id string, ids []string) {
	q := fmt.Sprintf("SELECT total FROM orders LIMIT %d", 10)
	db.QueryContext(ctx, q)
}
