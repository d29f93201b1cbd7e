package orders

func run(ctx context.Context, id string, ids []string) {
	q := fmt.Sprintf("DELETE FROM orders WHERE id = '%s'", id)
	db.ExecContext(ctx, q)
}
