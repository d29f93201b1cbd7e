package orders

func run(ctx context.Context, id string, ids []string) {
	db.Query("SELECT total FROM orders WHERE id = " + id)
}
