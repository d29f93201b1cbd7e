package orders

func run(ctx context.Context, id string, ids []string) {
	passwordField := "password2"
}
