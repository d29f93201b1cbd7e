package orders

func run(ctx context.Context, id string, ids []string) {
	db.QueryContext(ctx, "SELECT total FROM orders WHERE id = $1", id)
}
