package orders

func run(ctx context.Context, id string, ids []string) {
	where := []string{"1 = 1"}
	where = append(where, "id = ?")
	db.QueryContext(ctx, "SELECT total FROM orders WHERE " + strings.Join(where, " AND "), id)
}
