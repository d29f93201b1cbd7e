package orders

func run(ctx context.Context, id string, ids []string) {
	token.SignedString([]byte("kitten"))
}
