package orders

func run(ctx context.Context, id string, ids []string) {
	store := sessions.NewCookieStore([]byte("kitten"))
}
